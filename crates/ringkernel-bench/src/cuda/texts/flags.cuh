// Two threads that count in turns. Each writes its own word and waits for the other's.

// Begins, and waits for each answer. Gives the last number, or 0 when none came.
#define RK_LEAD(NAME, LOAD, STORE) \
    RK_FN rk_u32 NAME(const rk_u32* world, rk_u32* mine, const rk_u32* theirs, rk_u32 number, rk_u32 rounds) { \
        for (rk_u32 round = 0u; round < rounds; round += 1u) { \
            STORE(mine, number + 1u); \
            rk_patience patience = {}; \
            while (LOAD(theirs) != number + 2u) { \
                if (rk_is_over(world, &patience)) { \
                    return 0u; \
                } \
            } \
            number += 2u; \
        } \
        return number; \
    }

// Answers each number with the next one.
#define RK_FOLLOW(NAME, LOAD, STORE) \
    RK_FN void NAME(const rk_u32* world, rk_u32* mine, const rk_u32* theirs, rk_u32 rounds) { \
        for (rk_u32 number = 0u; number < 2u * rounds; number += 2u) { \
            rk_patience patience = {}; \
            while (LOAD(theirs) != number + 1u) { \
                if (rk_is_over(world, &patience)) { \
                    return; \
                } \
            } \
            STORE(mine, number + 2u); \
        } \
    }

// The first eighth of the rounds finds the other one still starting and is not timed.
#define RK_TIMED(LEAD, WORLD, MINE, THEIRS) \
    do { \
        rk_u32 rounds = WORLD[RK_COUNT], first = rounds / 8u; \
        rk_u32 number = LEAD(WORLD, MINE, THEIRS, 0u, first); \
        rk_u64 begin = rk_globaltimer(); \
        number = LEAD(WORLD, MINE, THEIRS, number, rounds - first); \
        rk_report(WORLD, number, rk_globaltimer() - begin); \
    } while (false)
