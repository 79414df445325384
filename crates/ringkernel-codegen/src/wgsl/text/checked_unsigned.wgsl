//! Arithmetic of $S that can fault. A fault leaves zero.

fn rk_add_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    let sum = a + b;
    if sum < a {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return sum;
}

fn rk_subtract_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b > a {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a - b;
}

// The upper half of the product.
fn rk_multiply_high_$S(a: $S, b: $S) -> $S {
    let a_low = a & $LOWER;
    let a_high = a >> $HALF;
    let b_low = b & $LOWER;
    let b_high = b >> $HALF;
    let low = a_low * b_low;
    let first = a_high * b_low + (low >> $HALF);
    let second = a_low * b_high + (first & $LOWER);
    return a_high * b_high + (first >> $HALF) + (second >> $HALF);
}

fn rk_multiply_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if rk_multiply_high_$S(a, b) != $0 {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a * b;
}

fn rk_divide_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    return a / b;
}

fn rk_remainder_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    return a % b;
}

fn rk_shift_left_$S(a: $S, b: u32, file: u32, line: u32) -> $S {
    if b >= $BITS {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a << b;
}

fn rk_shift_right_$S(a: $S, b: u32, file: u32, line: u32) -> $S {
    if b >= $BITS {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a >> b;
}
