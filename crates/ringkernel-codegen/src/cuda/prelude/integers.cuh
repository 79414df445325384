// Integers with the meaning of Rust: two's complement, wrapping, without undefined behaviour.

template <class T> struct rk_of;
#define RK_INTEGER(T, U, S, BITS, LOW, HIGH) \
    template <> struct rk_of<T> { \
        typedef U Unsigned; \
        typedef S Signed; \
        static constexpr rk_u32 bits = BITS; \
        static constexpr T min = LOW; \
        static constexpr T max = HIGH; \
        static constexpr bool is_signed = (LOW) != 0; \
    };
RK_INTEGER(rk_i8, rk_u8, rk_i8, 8u, -128, 127)
RK_INTEGER(rk_i16, rk_u16, rk_i16, 16u, -32768, 32767)
RK_INTEGER(rk_i32, rk_u32, rk_i32, 32u, -2147483647 - 1, 2147483647)
RK_INTEGER(rk_i64, rk_u64, rk_i64, 64u, -9223372036854775807ll - 1, 9223372036854775807ll)
RK_INTEGER(rk_u8, rk_u8, rk_i8, 8u, 0, 255)
RK_INTEGER(rk_u16, rk_u16, rk_i16, 16u, 0, 65535)
RK_INTEGER(rk_u32, rk_u32, rk_i32, 32u, 0u, 4294967295u)
RK_INTEGER(rk_u64, rk_u64, rk_i64, 64u, 0ull, 18446744073709551615ull)
#undef RK_INTEGER

// Computed in 64 bits without a sign, where nothing is undefined, and cut off. Widening copies the sign.
template <class T> RK_FN T rk_add(T a, T b) { return (T)((rk_u64)a + (rk_u64)b); }
template <class T> RK_FN T rk_subtract(T a, T b) { return (T)((rk_u64)a - (rk_u64)b); }
template <class T> RK_FN T rk_multiply(T a, T b) { return (T)((rk_u64)a * (rk_u64)b); }
template <class T> RK_FN T rk_negate(T a) { return (T)(0ull - (rk_u64)a); }
template <class T> RK_FN T rk_not(T a) { return (T)~(rk_u64)a; }

// The distance counts modulo the width.
template <class T> RK_FN T rk_shift_left(T a, rk_u32 distance) {
    return (T)((rk_u64)a << (distance & (rk_of<T>::bits - 1u)));
}
template <class T> RK_FN T rk_shift_right(T a, rk_u32 distance) {
    return (T)(a >> (distance & (rk_of<T>::bits - 1u)));
}

template <class T> RK_FN bool rk_add_overflows(T a, T b) {
    T sum = rk_add<T>(a, b);
    if (rk_of<T>::is_signed) {
        return (a < T(0)) == (b < T(0)) && (sum < T(0)) != (a < T(0));
    }
    return sum < a;
}
template <class T> RK_FN bool rk_subtract_overflows(T a, T b) {
    T difference = rk_subtract<T>(a, b);
    if (rk_of<T>::is_signed) {
        return (a < T(0)) != (b < T(0)) && (difference < T(0)) != (a < T(0));
    }
    return a < b;
}

RK_FN rk_u64 rk_multiply_high(rk_u64 a, rk_u64 b) {
#ifdef __CUDACC__
    return __umul64hi(a, b);
#else
    return (rk_u64)(((unsigned __int128)a * b) >> 64);
#endif
}
template <class T> RK_FN rk_u64 rk_magnitude(T a) {
    return a < T(0) ? 0ull - (rk_u64)a : (rk_u64)a;
}
template <class T> RK_FN bool rk_multiply_overflows(T a, T b) {
    rk_u64 x = rk_magnitude<T>(a);
    rk_u64 y = rk_magnitude<T>(b);
    bool negative = (a < T(0)) != (b < T(0));
    rk_u64 limit = negative ? rk_magnitude<T>(rk_of<T>::min) : (rk_u64)rk_of<T>::max;
    return rk_multiply_high(x, y) != 0ull || x * y > limit;
}

template <class T> RK_FN T rk_saturating_add(T a, T b) {
    T limit = b < T(0) ? rk_of<T>::min : rk_of<T>::max;
    return rk_add_overflows<T>(a, b) ? limit : rk_add<T>(a, b);
}
template <class T> RK_FN T rk_saturating_subtract(T a, T b) {
    T limit = !rk_of<T>::is_signed || b > T(0) ? rk_of<T>::min : rk_of<T>::max;
    return rk_subtract_overflows<T>(a, b) ? limit : rk_subtract<T>(a, b);
}
template <class T> RK_FN T rk_saturating_multiply(T a, T b) {
    T limit = (a < T(0)) != (b < T(0)) ? rk_of<T>::min : rk_of<T>::max;
    return rk_multiply_overflows<T>(a, b) ? limit : rk_multiply<T>(a, b);
}

template <class T> RK_FN T rk_abs(T a) { return a < T(0) ? rk_negate<T>(a) : a; }
template <class T> RK_FN typename rk_of<T>::Unsigned rk_abs_diff(T a, T b) {
    return (typename rk_of<T>::Unsigned)(a < b ? (rk_u64)b - (rk_u64)a : (rk_u64)a - (rk_u64)b);
}
template <class T> RK_FN T rk_signum(T a) { return (T)((a > T(0)) - (a < T(0))); }

// The bits of a value in the low end of 64.
template <class T> RK_FN rk_u64 rk_bits(T a) { return (rk_u64)(typename rk_of<T>::Unsigned)a; }

RK_FN rk_u32 rk_count_ones_64(rk_u64 a) {
    a = a - ((a >> 1) & 0x5555555555555555ull);
    a = (a & 0x3333333333333333ull) + ((a >> 2) & 0x3333333333333333ull);
    return (rk_u32)((((a + (a >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull) >> 56);
}
RK_FN rk_u32 rk_leading_zeros_64(rk_u64 a) {
#ifdef __CUDACC__
    return (rk_u32)__clzll((rk_i64)a);
#else
    return a == 0ull ? 64u : (rk_u32)__builtin_clzll(a);
#endif
}
RK_FN rk_u64 rk_swap_bytes_64(rk_u64 a) {
    a = ((a >> 8) & 0x00ff00ff00ff00ffull) | ((a & 0x00ff00ff00ff00ffull) << 8);
    a = ((a >> 16) & 0x0000ffff0000ffffull) | ((a & 0x0000ffff0000ffffull) << 16);
    return (a >> 32) | (a << 32);
}
RK_FN rk_u64 rk_reverse_bits_64(rk_u64 a) {
#ifdef __CUDACC__
    return __brevll(a);
#else
    a = ((a >> 1) & 0x5555555555555555ull) | ((a & 0x5555555555555555ull) << 1);
    a = ((a >> 2) & 0x3333333333333333ull) | ((a & 0x3333333333333333ull) << 2);
    a = ((a >> 4) & 0x0f0f0f0f0f0f0f0full) | ((a & 0x0f0f0f0f0f0f0f0full) << 4);
    return rk_swap_bytes_64(a);
#endif
}
template <class T> RK_FN rk_u32 rk_count_ones(T a) { return rk_count_ones_64(rk_bits<T>(a)); }
template <class T> RK_FN rk_u32 rk_leading_zeros(T a) {
    return rk_leading_zeros_64(rk_bits<T>(a)) - (64u - rk_of<T>::bits);
}
template <class T> RK_FN rk_u32 rk_trailing_zeros(T a) {
    rk_u64 bits = rk_bits<T>(a);
    return bits == 0ull ? rk_of<T>::bits : rk_count_ones_64((bits & (0ull - bits)) - 1ull);
}
template <class T> RK_FN T rk_reverse_bits(T a) {
    return (T)(rk_reverse_bits_64(rk_bits<T>(a)) >> (64u - rk_of<T>::bits));
}
template <class T> RK_FN T rk_swap_bytes(T a) {
    return (T)(rk_swap_bytes_64(rk_bits<T>(a)) >> (64u - rk_of<T>::bits));
}
template <class T> RK_FN T rk_rotate_left(T a, rk_u32 distance) {
    rk_u32 left = distance & (rk_of<T>::bits - 1u);
    rk_u32 right = (rk_of<T>::bits - left) & (rk_of<T>::bits - 1u);
    return (T)((rk_bits<T>(a) << left) | (rk_bits<T>(a) >> right));
}
template <class T> RK_FN T rk_rotate_right(T a, rk_u32 distance) {
    return rk_rotate_left<T>(a, rk_of<T>::bits - (distance & (rk_of<T>::bits - 1u)));
}

// What can fault leaves zero then.
template <class T> RK_FN T rk_checked_add(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (rk_add_overflows<T>(a, b)) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_add<T>(a, b);
}
template <class T> RK_FN T rk_checked_subtract(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (rk_subtract_overflows<T>(a, b)) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_subtract<T>(a, b);
}
template <class T> RK_FN T rk_checked_multiply(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (rk_multiply_overflows<T>(a, b)) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_multiply<T>(a, b);
}
template <class T> RK_FN T rk_checked_negate(rk_lane* rk, T a, rk_u32 file, rk_u32 line) {
    if (a == rk_of<T>::min) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_negate<T>(a);
}
template <class T> RK_FN bool rk_is_minus_one(T a) { return rk_of<T>::is_signed && a == (T)~0ull; }
// Division by minus one is done without dividing: the hardware does not define it for the smallest value.
template <class T> RK_FN T rk_wrapping_divide(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (b == T(0)) {
        rk_raise(rk, RK_DIVISION_BY_ZERO, 0u, file, line);
        return T(0);
    }
    return rk_is_minus_one<T>(b) ? rk_negate<T>(a) : (T)(a / b);
}
template <class T> RK_FN T rk_wrapping_remainder(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (b == T(0)) {
        rk_raise(rk, RK_DIVISION_BY_ZERO, 0u, file, line);
        return T(0);
    }
    return rk_is_minus_one<T>(b) ? T(0) : (T)(a % b);
}
template <class T> RK_FN T rk_checked_divide(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (rk_is_minus_one<T>(b) && a == rk_of<T>::min) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_wrapping_divide<T>(rk, a, b, file, line);
}
template <class T> RK_FN T rk_checked_remainder(rk_lane* rk, T a, T b, rk_u32 file, rk_u32 line) {
    if (rk_is_minus_one<T>(b) && a == rk_of<T>::min) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_wrapping_remainder<T>(rk, a, b, file, line);
}
template <class T> RK_FN T rk_checked_shift_left(rk_lane* rk, T a, rk_u32 distance, rk_u32 file, rk_u32 line) {
    if (distance >= rk_of<T>::bits) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_shift_left<T>(a, distance);
}
template <class T> RK_FN T rk_checked_shift_right(rk_lane* rk, T a, rk_u32 distance, rk_u32 file, rk_u32 line) {
    if (distance >= rk_of<T>::bits) {
        rk_raise(rk, RK_ARITHMETIC_OVERFLOW, 0u, file, line);
        return T(0);
    }
    return rk_shift_right<T>(a, distance);
}
