//! Arithmetic of $S that can fault. A fault leaves zero.

fn rk_add_overflows_$S(a: $S, b: $S) -> bool {
    let sum = a + b;
    return ((a ^ sum) & (b ^ sum)) < $0;
}

fn rk_subtract_overflows_$S(a: $S, b: $S) -> bool {
    let difference = a - b;
    return ((a ^ b) & (a ^ difference)) < $0;
}

fn rk_multiply_overflows_$S(a: $S, b: $S) -> bool {
    var high = bitcast<$S>(rk_multiply_high_$U(bitcast<$U>(a), bitcast<$U>(b)));
    high = high - ((a >> $TOP) & b) - ((b >> $TOP) & a);
    return high != ((a * b) >> $TOP);
}

fn rk_add_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if rk_add_overflows_$S(a, b) {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a + b;
}

fn rk_subtract_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if rk_subtract_overflows_$S(a, b) {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a - b;
}

fn rk_multiply_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if rk_multiply_overflows_$S(a, b) {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a * b;
}

fn rk_negate_$S(a: $S, file: u32, line: u32) -> $S {
    if a == $MIN {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return $0 - a;
}

fn rk_divide_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    if a == $MIN && b == -$1 {
        rk_raise(4u, 0u, file, line);
        return $0;
    }
    return a / b;
}

fn rk_remainder_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    if b == -$1 {
        if a == $MIN {
            rk_raise(4u, 0u, file, line);
        }
        return $0;
    }
    return a % b;
}

fn rk_wrapping_divide_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    if b == -$1 {
        return $0 - a;
    }
    return a / b;
}

fn rk_wrapping_remainder_$S(a: $S, b: $S, file: u32, line: u32) -> $S {
    if b == $0 {
        rk_raise(3u, 0u, file, line);
        return $0;
    }
    if b == -$1 {
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
