//! Values that WGSL compilers must not see through: they refuse constant expressions that overflow.

fn rk_bool(value: bool) -> bool {
    return value;
}

fn rk_i32(value: i32) -> i32 {
    return value;
}

fn rk_u32(value: u32) -> u32 {
    return value;
}

fn rk_i64(value: i64) -> i64 {
    return value;
}

fn rk_u64(value: u64) -> u64 {
    return value;
}

fn rk_f32(value: f32) -> f32 {
    return value;
}

fn rk_f64(value: f64) -> f64 {
    return value;
}

fn rk_f32_of(bits: u32) -> f32 {
    return bitcast<f32>(bits);
}

fn rk_f64_of(bits: u64) -> f64 {
    return bitcast<f64>(bits);
}
