//! Functions on $S that are exact. Drivers may take it that there are no NaNs and no infinities, and may lose the sign of
//! a zero, so that these look at bits.

fn rk_is_nan_$S(x: $S) -> bool {
    return (bitcast<$B>(x) & $REST) > $INFINITY;
}

fn rk_is_infinite_$S(x: $S) -> bool {
    return (bitcast<$B>(x) & $REST) == $INFINITY;
}

fn rk_is_finite_$S(x: $S) -> bool {
    return (bitcast<$B>(x) & $REST) < $INFINITY;
}

fn rk_is_sign_negative_$S(x: $S) -> bool {
    return (bitcast<$B>(x) & $SIGN) != $0;
}

fn rk_abs_$S(x: $S) -> $S {
    return bitcast<$S>(bitcast<$B>(x) & $REST);
}

fn rk_copysign_$S(x: $S, sign: $S) -> $S {
    return bitcast<$S>((bitcast<$B>(x) & $REST) | (bitcast<$B>(sign) & $SIGN));
}

fn rk_signum_$S(x: $S) -> $S {
    if rk_is_nan_$S(x) {
        return x;
    }
    return bitcast<$S>($ONE | (bitcast<$B>(x) & $SIGN));
}

// A number rather than a NaN.
fn rk_min_$S(a: $S, b: $S) -> $S {
    if rk_is_nan_$S(a) {
        return b;
    }
    if rk_is_nan_$S(b) || a < b {
        return a;
    }
    return b;
}

fn rk_max_$S(a: $S, b: $S) -> $S {
    if rk_is_nan_$S(a) {
        return b;
    }
    if rk_is_nan_$S(b) || a > b {
        return a;
    }
    return b;
}

// The bits behind the point go.
fn rk_trunc_$S(x: $S) -> $S {
    let bits = bitcast<$B>(x);
    let exponent = u32((bits & $REST) >> $POINT);
    if exponent < $BIAS {
        return bitcast<$S>(bits & $SIGN);
    }
    if exponent >= $BIAS + $POINT {
        return x;
    }
    return bitcast<$S>(bits & ~($FRACTION >> (exponent - $BIAS)));
}

fn rk_floor_$S(x: $S) -> $S {
    let whole = rk_trunc_$S(x);
    if x < whole {
        return whole - $S(1);
    }
    return whole;
}

fn rk_ceil_$S(x: $S) -> $S {
    let whole = rk_trunc_$S(x);
    if x > whole {
        return rk_copysign_$S(whole + $S(1), x);
    }
    return whole;
}

fn rk_fract_$S(x: $S) -> $S {
    return x - rk_trunc_$S(x);
}

fn rk_round_$S(x: $S) -> $S {
    let whole = rk_trunc_$S(x);
    if rk_abs_$S(x - whole) >= $S(0.5) {
        return whole + rk_copysign_$S($S(1), x);
    }
    return whole;
}

fn rk_round_ties_even_$S(x: $S) -> $S {
    let whole = rk_trunc_$S(x);
    let rest = rk_abs_$S(x - whole);
    if rest > $S(0.5) || (rest == $S(0.5) && rk_trunc_$S(whole * $S(0.5)) * $S(2) != whole) {
        return whole + rk_copysign_$S($S(1), x);
    }
    return whole;
}

fn rk_recip_$S(x: $S) -> $S {
    return $S(1) / x;
}

fn rk_to_degrees_$S(x: $S) -> $S {
    return x * bitcast<$S>($DEGREES);
}

fn rk_to_radians_$S(x: $S) -> $S {
    return x * bitcast<$S>($RADIANS);
}

fn rk_powi_$S(x: $S, exponent: i32) -> $S {
    var rest = u32(abs(exponent));
    var base = x;
    var power = $S(1);
    loop {
        if (rest & 1u) != 0u {
            power = power * base;
        }
        rest = rest >> 1u;
        if rest == 0u {
            break;
        }
        base = base * base;
    }
    if exponent < 0i {
        return $S(1) / power;
    }
    return power;
}

// The rest of a division, exactly, however large the quotient: one bit of it after the other, on significands.
fn rk_remainder_$S(x: $S, y: $S) -> $S {
    let sign = bitcast<$B>(x) & $SIGN;
    var a = bitcast<$B>(x) & $REST;
    let b = bitcast<$B>(y) & $REST;
    if a >= $INFINITY || b > $INFINITY || b == $0 {
        return bitcast<$S>($NAN | (a & $0));
    }
    if a < b {
        return x;
    }
    var exponent_a = max(u32(a >> $POINT), 1u);
    let exponent_b = max(u32(b >> $POINT), 1u);
    a = (a & $FRACTION) | select($0, $HIDDEN, (a >> $POINT) != $0);
    let divisor = (b & $FRACTION) | select($0, $HIDDEN, (b >> $POINT) != $0);
    a = a % divisor;
    for (; exponent_a > exponent_b; exponent_a--) {
        a = (a << 1u) % divisor;
    }
    if a == $0 {
        return bitcast<$S>(sign);
    }
    for (; (a & $HIDDEN) == $0 && exponent_a > 1u; exponent_a--) {
        a = a << 1u;
    }
    if (a & $HIDDEN) != $0 {
        a = (a & $FRACTION) | ($B(exponent_a) << $POINT);
    }
    return bitcast<$S>(a | sign);
}
