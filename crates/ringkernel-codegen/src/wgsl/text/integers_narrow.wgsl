//! Arithmetic of $S, which is kept in $T, that does not fault. What overflows $S does not overflow $T, but that what is
//! below zero becomes large in u32.

fn rk_saturating_add_$S(a: $T, b: $T) -> $T {
    return clamp(a + b, $MIN, $MAX);
}

fn rk_saturating_multiply_$S(a: $T, b: $T) -> $T {
    return clamp(a * b, $MIN, $MAX);
}

fn rk_add_overflows_$S(a: $T, b: $T) -> bool {
    let sum = a + b;
    return sum < $MIN || sum > $MAX;
}

fn rk_subtract_overflows_$S(a: $T, b: $T) -> bool {
    let difference = a - b;
    return difference < $MIN || difference > $MAX;
}

fn rk_multiply_overflows_$S(a: $T, b: $T) -> bool {
    let product = a * b;
    return product < $MIN || product > $MAX;
}

fn rk_saturating_subtract_$S(a: $T, b: $T) -> $T {
    if $MIN == $T() {
        return select(a - b, $T(), b > a);
    }
    return clamp(a - b, $MIN, $MAX);
}
