// Floats with the meaning of Rust, where C has another or none.

// The smaller and the larger one: a number rather than a NaN, and the first of two that are equal.
template <class T> RK_FN T rk_min(T a, T b) { return b < a || a != a ? b : a; }
template <class T> RK_FN T rk_max(T a, T b) { return b > a || a != a ? b : a; }

RK_FN bool rk_is_sign_negative(rk_f32 a) { return rk_bitcast<rk_u32>(a) >> 31 != 0u; }
RK_FN bool rk_is_sign_negative(rk_f64 a) { return rk_bitcast<rk_u64>(a) >> 63 != 0ull; }
RK_FN rk_f32 rk_float_abs(rk_f32 a) { return rk_bitcast<rk_f32>(rk_bitcast<rk_u32>(a) & 0x7fffffffu); }
RK_FN rk_f64 rk_float_abs(rk_f64 a) { return rk_bitcast<rk_f64>(rk_bitcast<rk_u64>(a) & 0x7fffffffffffffffull); }
// C may give a NaN another sign when it negates; Rust turns the bit over.
RK_FN rk_f32 rk_float_negate(rk_f32 a) { return rk_bitcast<rk_f32>(rk_bitcast<rk_u32>(a) ^ 0x80000000u); }
RK_FN rk_f64 rk_float_negate(rk_f64 a) { return rk_bitcast<rk_f64>(rk_bitcast<rk_u64>(a) ^ 0x8000000000000000ull); }
RK_FN rk_f32 rk_copysign(rk_f32 a, rk_f32 sign) { return rk_is_sign_negative(a) == rk_is_sign_negative(sign) ? a : rk_float_negate(a); }
RK_FN rk_f64 rk_copysign(rk_f64 a, rk_f64 sign) { return rk_is_sign_negative(a) == rk_is_sign_negative(sign) ? a : rk_float_negate(a); }

template <class T> RK_FN bool rk_is_nan(T a) { return a != a; }
RK_FN bool rk_is_finite(rk_f32 a) { return (rk_bitcast<rk_u32>(a) & 0x7f800000u) != 0x7f800000u; }
RK_FN bool rk_is_finite(rk_f64 a) { return (rk_bitcast<rk_u64>(a) & 0x7ff0000000000000ull) != 0x7ff0000000000000ull; }
template <class T> RK_FN bool rk_is_infinite(T a) { return !rk_is_finite(a) && a == a; }
template <class T> RK_FN T rk_float_signum(T a) { return a != a ? a : rk_copysign(T(1), a); }

// The algorithm of the compiler's runtime library, which Rust uses.
template <class T> RK_FN T rk_powi(T a, rk_i32 exponent) {
    bool reciprocal = exponent < 0;
    T result = T(1);
    for (;;) {
        if (exponent & 1) {
            result *= a;
        }
        exponent /= 2;
        if (exponent == 0) {
            break;
        }
        a *= a;
    }
    return reciprocal ? T(1) / result : result;
}

// `as` from a float: towards zero, the nearest value where it does not fit, zero for a NaN. The limits are powers of two,
// which both float types have. Hardware of NVIDIA converts like this itself; C leaves it undefined.
template <class To, class From> RK_FN To rk_float_to(From a) {
    const From half = (From)(1ull << (rk_of<To>::bits - 1u));
    const From above = rk_of<To>::is_signed ? half : half * From(2);
    const From below = rk_of<To>::is_signed ? -half : From(0);
    if (a != a) {
        return To(0);
    }
    if (a >= above) {
        return rk_of<To>::max;
    }
    return a <= below ? rk_of<To>::min : (To)a;
}
