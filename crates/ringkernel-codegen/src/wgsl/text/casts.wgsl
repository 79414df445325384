//! Floats to integers: what does not fit becomes the nearest that does, and NaN becomes 0.

fn rk_i32_from_f32(x: f32) -> i32 {
    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u {
        return 0i;
    }
    if x >= 2147483648.0f {
        return 2147483647i;
    }
    if x < -2147483648.0f {
        return -2147483647i - 1i;
    }
    return i32(x);
}

fn rk_u32_from_f32(x: f32) -> u32 {
    if (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u || x <= 0.0f {
        return 0u;
    }
    if x >= 4294967296.0f {
        return 4294967295u;
    }
    return u32(x);
}

fn rk_i8_from_f32(x: f32) -> i32 {
    return clamp(rk_i32_from_f32(x), -128i, 127i);
}

fn rk_i16_from_f32(x: f32) -> i32 {
    return clamp(rk_i32_from_f32(x), -32768i, 32767i);
}

fn rk_u8_from_f32(x: f32) -> u32 {
    return min(rk_u32_from_f32(x), 255u);
}

fn rk_u16_from_f32(x: f32) -> u32 {
    return min(rk_u32_from_f32(x), 65535u);
}

// The bits of the significand, moved to where they belong, so that no driver's conversion is asked.
fn rk_u64_from_f32(x: f32) -> u64 {
    let bits = bitcast<u32>(x);
    let exponent = bits >> 23u;
    if bits > 0x7f800000u || exponent < 127u {
        return 0lu;
    }
    if exponent >= 191u {
        return 0xfffffffffffffffflu;
    }
    let significand = u64((bits & 0x7fffffu) | 0x800000u);
    if exponent >= 150u {
        return significand << (exponent - 150u);
    }
    return significand >> (150u - exponent);
}

fn rk_i64_from_f32(x: f32) -> i64 {
    let bits = bitcast<u32>(x);
    let magnitude = bits & 0x7fffffffu;
    if magnitude > 0x7f800000u {
        return 0li;
    }
    let whole = rk_u64_from_f32(bitcast<f32>(magnitude));
    if bits == magnitude {
        return bitcast<i64>(min(whole, 0x7ffffffffffffffflu));
    }
    return bitcast<i64>(0lu - min(whole, 0x8000000000000000lu));
}

fn rk_u64_from_f64(x: f64) -> u64 {
    let bits = bitcast<u64>(x);
    let exponent = u32(bits >> 52u);
    if bits > 0x7ff0000000000000lu || exponent < 1023u {
        return 0lu;
    }
    if exponent >= 1087u {
        return 0xfffffffffffffffflu;
    }
    let significand = (bits & 0xffffffffffffflu) | 0x10000000000000lu;
    if exponent >= 1075u {
        return significand << (exponent - 1075u);
    }
    return significand >> (1075u - exponent);
}

fn rk_i64_from_f64(x: f64) -> i64 {
    let bits = bitcast<u64>(x);
    let magnitude = bits & 0x7ffffffffffffffflu;
    if magnitude > 0x7ff0000000000000lu {
        return 0li;
    }
    let whole = rk_u64_from_f64(bitcast<f64>(magnitude));
    if bits == magnitude {
        return bitcast<i64>(min(whole, 0x7ffffffffffffffflu));
    }
    return bitcast<i64>(0lu - min(whole, 0x8000000000000000lu));
}

fn rk_u32_from_f64(x: f64) -> u32 {
    return u32(min(rk_u64_from_f64(x), 0xfffffffflu));
}

fn rk_u16_from_f64(x: f64) -> u32 {
    return min(rk_u32_from_f64(x), 65535u);
}

fn rk_u8_from_f64(x: f64) -> u32 {
    return min(rk_u32_from_f64(x), 255u);
}

fn rk_i32_from_f64(x: f64) -> i32 {
    let whole = rk_i64_from_f64(x);
    return i32(min(max(whole, -2147483648li), 2147483647li));
}

fn rk_i16_from_f64(x: f64) -> i32 {
    return clamp(rk_i32_from_f64(x), -32768i, 32767i);
}

fn rk_i8_from_f64(x: f64) -> i32 {
    return clamp(rk_i32_from_f64(x), -128i, 127i);
}

// Integers of 64 bits to floats, to nearest, ties to even. The top bits decide; what is below them is kept as one bit.
fn rk_f32_from_u64(value: u64) -> f32 {
    if (value >> 32u) == 0lu {
        return f32(u32(value));
    }
    let high = u32(value >> 32u);
    let zeros = countLeadingZeros(high);
    let top = value << zeros;
    let sticky = select(0u, 1u, (top & 0xfffffffflu) != 0lu);
    let rounded = f32(u32(top >> 32u) | sticky);
    return rounded * bitcast<f32>((127u + 32u - zeros) << 23u);
}

fn rk_f32_from_i64(value: i64) -> f32 {
    if value < 0li {
        return -rk_f32_from_u64(0lu - bitcast<u64>(value));
    }
    return rk_f32_from_u64(bitcast<u64>(value));
}

fn rk_f64_from_u64(value: u64) -> f64 {
    let high = f64(u32(value >> 32u)) * rk_f64_of(0x41f0000000000000lu);
    return high + f64(u32(value & 0xfffffffflu));
}

fn rk_f64_from_i64(value: i64) -> f64 {
    if value < 0li {
        return -rk_f64_from_u64(0lu - bitcast<u64>(value));
    }
    return rk_f64_from_u64(bitcast<u64>(value));
}
