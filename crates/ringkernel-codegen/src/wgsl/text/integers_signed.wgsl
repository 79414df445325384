//! Arithmetic of $S that does not fault.

fn rk_min_$S(a: $S, b: $S) -> $S {
    return select(b, a, a < b);
}

fn rk_max_$S(a: $S, b: $S) -> $S {
    return select(b, a, a > b);
}

fn rk_abs_$S(a: $S) -> $S {
    return select(a, $0 - a, a < $0);
}

fn rk_sign_$S(a: $S) -> $S {
    return select(select($0, $1, a > $0), -$1, a < $0);
}

fn rk_abs_diff_$S(a: $S, b: $S) -> $U {
    return bitcast<$U>(select(b - a, a - b, a > b));
}

fn rk_saturating_add_$S(a: $S, b: $S) -> $S {
    return select(a + b, select($MAX, $MIN, a < $0), rk_add_overflows_$S(a, b));
}

fn rk_saturating_subtract_$S(a: $S, b: $S) -> $S {
    return select(a - b, select($MAX, $MIN, a < $0), rk_subtract_overflows_$S(a, b));
}

fn rk_saturating_multiply_$S(a: $S, b: $S) -> $S {
    return select(a * b, select($MAX, $MIN, (a < $0) != (b < $0)), rk_multiply_overflows_$S(a, b));
}
