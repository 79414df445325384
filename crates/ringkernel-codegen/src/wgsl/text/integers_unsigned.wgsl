//! Arithmetic of $S that does not fault.

fn rk_min_$S(a: $S, b: $S) -> $S {
    return select(b, a, a < b);
}

fn rk_max_$S(a: $S, b: $S) -> $S {
    return select(b, a, a > b);
}

fn rk_abs_diff_$S(a: $S, b: $S) -> $S {
    return select(b - a, a - b, a > b);
}

fn rk_add_overflows_$S(a: $S, b: $S) -> bool {
    return a + b < a;
}

fn rk_subtract_overflows_$S(a: $S, b: $S) -> bool {
    return b > a;
}

fn rk_multiply_overflows_$S(a: $S, b: $S) -> bool {
    return rk_multiply_high_$S(a, b) != $0;
}

fn rk_saturating_add_$S(a: $S, b: $S) -> $S {
    return select(a + b, $MAX, a + b < a);
}

fn rk_saturating_subtract_$S(a: $S, b: $S) -> $S {
    return select(a - b, $0, b > a);
}

fn rk_saturating_multiply_$S(a: $S, b: $S) -> $S {
    return select(a * b, $MAX, rk_multiply_overflows_$S(a, b));
}

// Rotates the lowest `width` bits of a pattern that has no others.
fn rk_rotate_$S(pattern: $S, distance: u32, width: u32) -> $S {
    let left = distance & (width - 1u);
    if left == 0u {
        return pattern;
    }
    return (pattern << left) | (pattern >> (width - left));
}
