//! Arithmetic of $S, which is kept in $T, that can fault. A fault leaves zero.

fn rk_in_$S(value: $T, file: u32, line: u32) -> $T {
    if value < $MIN || value > $MAX {
        rk_raise(4u, 0u, file, line);
        return $T();
    }
    return value;
}

fn rk_add_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    return rk_in_$S(a + b, file, line);
}

// The difference of unsigned values that is below zero has its top bit set.
fn rk_subtract_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    return rk_in_$S(a - b, file, line);
}

fn rk_multiply_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    return rk_in_$S(a * b, file, line);
}

fn rk_negate_$S(a: $T, file: u32, line: u32) -> $T {
    return rk_in_$S($T() - a, file, line);
}

fn rk_divide_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    if b == $T() {
        rk_raise(3u, 0u, file, line);
        return $T();
    }
    return rk_in_$S(a / b, file, line);
}

fn rk_remainder_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    if b == $T() {
        rk_raise(3u, 0u, file, line);
        return $T();
    }
    let quotient = rk_in_$S(a / b, file, line);
    return a % b;
}

// The quotient of the smallest value and -1 is one too large; the caller wraps it.
fn rk_wrapping_divide_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    if b == $T() {
        rk_raise(3u, 0u, file, line);
        return $T();
    }
    return a / b;
}

fn rk_wrapping_remainder_$S(a: $T, b: $T, file: u32, line: u32) -> $T {
    if b == $T() {
        rk_raise(3u, 0u, file, line);
        return $T();
    }
    return a % b;
}

// The caller wraps the result.
fn rk_shift_left_$S(a: $T, b: u32, file: u32, line: u32) -> $T {
    if b >= $BITS {
        rk_raise(4u, 0u, file, line);
        return $T();
    }
    return a << b;
}

fn rk_shift_right_$S(a: $T, b: u32, file: u32, line: u32) -> $T {
    if b >= $BITS {
        rk_raise(4u, 0u, file, line);
        return $T();
    }
    return a >> b;
}
