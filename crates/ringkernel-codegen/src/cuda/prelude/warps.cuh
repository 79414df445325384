// What the lanes of a warp, and of a block, compute together.

#ifndef RK_SHUFFLE
#define RK_SHUFFLE(rk, lanes, value, source) __shfl_sync(lanes, value, (int)(source))
#define RK_BALLOT(rk, lanes, predicate) __ballot_sync(lanes, (predicate) ? 1 : 0)
#define RK_SYNC_WARP(rk, lanes) __syncwarp(lanes)
#endif

RK_FN rk_u32 rk_lane_id(rk_lane* rk) { return rk->thread % 32u; }

// The lanes that take part, or none: a mask that leaves out the calling lane, or names lanes that the warp does not have,
// is a fault; a broken block does not meet again. They learn here whether one of them has faulted.
RK_FN rk_u32 rk_warp_lanes(rk_lane* rk, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 behind = rk->block_dim - rk->thread / 32u * 32u;
    rk_u32 existing = behind >= 32u ? 0xffffffffu : (1u << behind) - 1u;
    rk_u32 lanes = mask == 0xffffffffu ? existing : mask;
    if ((lanes >> rk_lane_id(rk) & 1u) == 0u || (lanes & ~existing) != 0u) {
        rk_raise(rk, RK_DIVERGENCE, 0u, file, line);
        return 0u;
    }
    if (rk->broken != 0u) {
        return 0u;
    }
    if ((lanes & (lanes - 1u)) != 0u && RK_BALLOT(rk, lanes, rk->fault != 0u || rk->poisoned != 0u) != 0u) {
        rk->poisoned = 1u;
    }
    return lanes;
}

// The value of lane `source`, which takes part. A single lane asks nobody.
template <class T> RK_FN T rk_exchange(rk_lane* rk, rk_u32 lanes, T value, rk_u32 source) {
    if ((lanes & (lanes - 1u)) == 0u) {
        return value;
    }
    if constexpr (sizeof(T) == 8) {
        return rk_bitcast<T>((rk_u64)RK_SHUFFLE(rk, lanes, rk_bitcast<rk_u64>(value), source));
    } else {
        rk_u32 bits = 0u;
        memcpy(&bits, &value, sizeof(T));
        bits = (rk_u32)RK_SHUFFLE(rk, lanes, bits, source);
        T given;
        memcpy(&given, &bits, sizeof(T));
        return given;
    }
}

template <class T> RK_FN T rk_shuffle_from(rk_lane* rk, T value, rk_u32 source, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 lanes = rk_warp_lanes(rk, mask, file, line);
    if (lanes == 0u) {
        return T(0);
    }
    bool takes_part = (lanes >> source & 1u) != 0u;
    T given = rk_exchange<T>(rk, lanes, value, takes_part ? source : rk_lane_id(rk));
    if (!takes_part) {
        rk_raise(rk, RK_DIVERGENCE, 0u, file, line);
        return T(0);
    }
    return given;
}
template <class T> RK_FN T rk_shuffle(rk_lane* rk, T value, rk_u32 source, rk_u32 mask, rk_u32 file, rk_u32 line) {
    return rk_shuffle_from<T>(rk, value, source % 32u, mask, file, line);
}
template <class T> RK_FN T rk_shuffle_up(rk_lane* rk, T value, rk_u32 delta, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 own = rk_lane_id(rk);
    return rk_shuffle_from<T>(rk, value, delta > own ? own : own - delta, mask, file, line);
}
template <class T> RK_FN T rk_shuffle_down(rk_lane* rk, T value, rk_u32 delta, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 own = rk_lane_id(rk);
    return rk_shuffle_from<T>(rk, value, delta > 31u - own ? own : own + delta, mask, file, line);
}
template <class T> RK_FN T rk_shuffle_xor(rk_lane* rk, T value, rk_u32 bits, rk_u32 mask, rk_u32 file, rk_u32 line) {
    return rk_shuffle_from<T>(rk, value, (rk_lane_id(rk) ^ bits) % 32u, mask, file, line);
}

RK_FN void rk_sync_warp(rk_lane* rk, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 lanes = rk_warp_lanes(rk, mask, file, line);
    if ((lanes & (lanes - 1u)) != 0u) {
        RK_SYNC_WARP(rk, lanes);
    }
}

RK_FN rk_u32 rk_votes(rk_lane* rk, bool predicate, rk_u32 lanes) {
    if ((lanes & (lanes - 1u)) == 0u) {
        return predicate ? lanes : 0u;
    }
    return RK_BALLOT(rk, lanes, predicate);
}
RK_FN rk_u32 rk_ballot(rk_lane* rk, bool predicate, rk_u32 mask, rk_u32 file, rk_u32 line) {
    return rk_votes(rk, predicate, rk_warp_lanes(rk, mask, file, line));
}
RK_FN bool rk_any(rk_lane* rk, bool predicate, rk_u32 mask, rk_u32 file, rk_u32 line) {
    return rk_ballot(rk, predicate, mask, file, line) != 0u;
}
RK_FN bool rk_all(rk_lane* rk, bool predicate, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 lanes = rk_warp_lanes(rk, mask, file, line);
    return lanes != 0u && rk_votes(rk, predicate, lanes) == lanes;
}

struct rk_sum {
    template <class T> static RK_FN T of(T a, T b) {
        if constexpr (T(1) / T(2) == T(0)) {
            return rk_add<T>(a, b);
        } else {
            return a + b;
        }
    }
};
struct rk_smaller {
    template <class T> static RK_FN T of(T a, T b) { return rk_min<T>(a, b); }
};
struct rk_larger {
    template <class T> static RK_FN T of(T a, T b) { return rk_max<T>(a, b); }
};

// The lane of the mask that has `rank` lanes of the mask below it.
RK_FN rk_u32 rk_lane_of_rank(rk_u32 lanes, rk_u32 rank) {
    for (; rank > 0u; rank -= 1u) {
        lanes &= lanes - 1u;
    }
    return rk_trailing_zeros<rk_u32>(lanes);
}

// In pairs, lanes 16 apart first, so that sums of floats round in the same way on every backend.
template <class Op, class T> RK_FN T rk_warp_reduce(rk_lane* rk, T value, rk_u32 mask, rk_u32 file, rk_u32 line) {
    rk_u32 lanes = rk_warp_lanes(rk, mask, file, line);
    if (lanes == 0u) {
        return T(0);
    }
    rk_u32 count = rk_count_ones<rk_u32>(lanes);
    rk_u32 rank = rk_count_ones<rk_u32>(lanes & ((1u << rk_lane_id(rk)) - 1u));
    for (rk_u32 distance = 16u; distance > 0u; distance /= 2u) {
        bool pairs = rank < distance && rank + distance < count;
        T other = rk_exchange<T>(rk, lanes, value, pairs ? rk_lane_of_rank(lanes, rank + distance) : rk_lane_id(rk));
        value = pairs ? Op::template of<T>(value, other) : value;
    }
    return rk_exchange<T>(rk, lanes, value, rk_lane_of_rank(lanes, 0u));
}

template <class T> RK_FN rk_u64 rk_widen(T value) {
    rk_u64 bits = 0ull;
    memcpy(&bits, &value, sizeof(T));
    return bits;
}
template <class T> RK_FN T rk_narrow(rk_u64 bits) {
    T value;
    memcpy(&value, &bits, sizeof(T));
    return value;
}

// Over the warps first, then over their results.
template <class Op, class T> RK_FN T rk_block_reduce(rk_lane* rk, T value, rk_u32 site, rk_u32 file, rk_u32 line) {
    T of_warp = rk_warp_reduce<Op, T>(rk, value, 0xffffffffu, file, line);
    if (rk->block_dim == 1u) {
        return of_warp;
    }
    if (rk_lane_id(rk) == 0u) {
        *(volatile rk_u64*)&rk->shared->values[rk->thread / 32u] = rk_widen<T>(of_warp);
    }
    rk_meet(rk, site, file, line);
    rk_u32 warps = (rk->block_dim + 31u) / 32u;
    T values[32];
    for (rk_u32 warp = 0u; warp < 32u; warp += 1u) {
        values[warp] = warp < warps ? rk_narrow<T>(*(volatile rk_u64*)&rk->shared->values[warp]) : T(0);
    }
    for (rk_u32 distance = 16u; distance > 0u; distance /= 2u) {
        for (rk_u32 warp = 0u; warp < distance; warp += 1u) {
            if (warp + distance < warps) {
                values[warp] = Op::template of<T>(values[warp], values[warp + distance]);
            }
        }
    }
    // The values are overwritten by the next reduction.
    rk_meet(rk, site, file, line);
    return rk->broken != 0u ? T(0) : values[0];
}
