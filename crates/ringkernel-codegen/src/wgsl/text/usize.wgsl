//! Conversions to usize, which has 32 bits here: what needs more is a fault.

fn rk_usize_from_i32(value: i32, file: u32, line: u32) -> u32 {
    if value < 0i {
        rk_raise(4u, 0u, file, line);
        return 0u;
    }
    return u32(value);
}

fn rk_usize_from_u64(value: u64, file: u32, line: u32) -> u32 {
    if (value >> 32u) != 0lu {
        rk_raise(4u, 0u, file, line);
        return 0u;
    }
    return u32(value);
}

fn rk_usize_from_i64(value: i64, file: u32, line: u32) -> u32 {
    return rk_usize_from_u64(bitcast<u64>(value), file, line);
}

fn rk_usize_from_f32(value: f32, file: u32, line: u32) -> u32 {
    if (bitcast<u32>(value) & 0x7fffffffu) <= 0x7f800000u && value >= 4294967296.0f {
        rk_raise(4u, 0u, file, line);
        return 0u;
    }
    return rk_u32_from_f32(value);
}

fn rk_usize_from_f64(value: f64, file: u32, line: u32) -> u32 {
    return rk_usize_from_u64(rk_u64_from_f64(value), file, line);
}
