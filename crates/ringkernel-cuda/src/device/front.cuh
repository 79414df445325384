// Stands in front of the program: actors may have fewer lanes than a block of the grid.
__device__ unsigned rk_barrier_count(unsigned lanes, bool predicate);
#define RK_COUNT_BLOCK(rk, predicate) rk_barrier_count((rk)->block_dim, (predicate))
