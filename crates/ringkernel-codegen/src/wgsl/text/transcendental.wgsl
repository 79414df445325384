//! Functions that come from a series. Built-in ones may do anything for infinities, NaNs and what is out of their range,
//! so that those cases are decided here.

fn rk_exp_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    if x > 88.75f {
        return bitcast<f32>(rk_u32(0x7f800000u));
    }
    if x < -104.0f {
        return 0.0f;
    }
    return exp(x);
}

fn rk_exp2_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    if x >= 128.0f {
        return bitcast<f32>(rk_u32(0x7f800000u));
    }
    if x < -150.0f {
        return 0.0f;
    }
    return exp2(x);
}

fn rk_log2_f32(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    if (bits & 0x7fffffffu) == 0u {
        return bitcast<f32>(rk_u32(0xff800000u));
    }
    if bits == 0x7f800000u || rk_is_nan_f32(x) {
        return x;
    }
    if bits > 0x7f800000u {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    return log2(x);
}

fn rk_ln_f32(x: f32) -> f32 {
    return rk_log2_f32(x) * 0.6931472f;
}

fn rk_log10_f32(x: f32) -> f32 {
    return rk_log2_f32(x) * 0.30103f;
}

fn rk_sin_f32(x: f32) -> f32 {
    if !rk_is_finite_f32(x) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    return sin(x);
}

fn rk_cos_f32(x: f32) -> f32 {
    if !rk_is_finite_f32(x) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    return cos(x);
}

fn rk_tan_f32(x: f32) -> f32 {
    return rk_sin_f32(x) / rk_cos_f32(x);
}

fn rk_asin_f32(x: f32) -> f32 {
    if rk_abs_f32(x) > 1.0f || rk_is_nan_f32(x) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    return asin(x);
}

fn rk_acos_f32(x: f32) -> f32 {
    if rk_abs_f32(x) > 1.0f || rk_is_nan_f32(x) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    return acos(x);
}

fn rk_atan_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    if rk_is_infinite_f32(x) {
        return rk_copysign_f32(1.5707964f, x);
    }
    return atan(x);
}

fn rk_atan2_f32(y: f32, x: f32) -> f32 {
    if rk_is_nan_f32(x) || rk_is_nan_f32(y) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    let behind = rk_is_sign_negative_f32(x);
    let up = rk_abs_f32(y);
    let along = rk_abs_f32(x);
    var angle: f32;
    if up == 0.0f {
        angle = 0.0f;
    } else if along == 0.0f {
        angle = 1.5707964f;
    } else if rk_is_infinite_f32(along) {
        angle = select(0.0f, 0.7853982f, rk_is_infinite_f32(up));
    } else if rk_is_infinite_f32(up) {
        angle = 1.5707964f;
    } else if up > along {
        angle = 1.5707964f - atan(along / up);
    } else {
        angle = atan(up / along);
    }
    if behind {
        angle = 3.1415927f - angle;
    }
    return rk_copysign_f32(angle, y);
}

fn rk_sinh_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if size < 0.5f {
        let square = x * x;
        return x + x * square * (0.16666667f + square * (0.008333333f + square * 0.0001984127f));
    }
    let half = rk_exp_f32(size * 0.5f);
    return rk_copysign_f32(0.5f * half * half - 0.5f / half / half, x);
}

fn rk_cosh_f32(x: f32) -> f32 {
    let half = rk_exp_f32(rk_abs_f32(x) * 0.5f);
    return 0.5f * half * half + 0.5f / half / half;
}

fn rk_tanh_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if size > 9.1f {
        return rk_copysign_f32(1.0f, x);
    }
    if size < 0.5f {
        let square = x * x;
        let series = 0.33333334f - square * (0.13333334f - square * (0.053968254f - square * (0.021869488f - square * 0.008863236f)));
        return x - x * square * series;
    }
    return rk_copysign_f32(1.0f - 2.0f / (rk_exp_f32(size * 2.0f) + 1.0f), x);
}

fn rk_powf_f32(x: f32, y: f32) -> f32 {
    if y == 0.0f || x == 1.0f {
        return 1.0f;
    }
    if rk_is_nan_f32(x) || rk_is_nan_f32(y) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    let size = rk_abs_f32(x);
    let whole = rk_trunc_f32(y) == y;
    let odd = whole && rk_abs_f32(y) < 16777216.0f && rk_trunc_f32(y * 0.5f) * 2.0f != y;
    let rises = (size > 1.0f) == (y > 0.0f);
    var power: f32;
    if size == 1.0f {
        power = 1.0f;
    } else if rk_is_infinite_f32(y) || size == 0.0f || rk_is_infinite_f32(size) {
        power = bitcast<f32>(select(0u, rk_u32(0x7f800000u), rises));
    } else if rk_is_sign_negative_f32(x) && !whole {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    } else {
        power = rk_exp2_f32(y * rk_log2_f32(size));
    }
    if rk_is_sign_negative_f32(x) && odd {
        return -power;
    }
    return power;
}

fn rk_hypot_f32(x: f32, y: f32) -> f32 {
    let a = rk_abs_f32(x);
    let b = rk_abs_f32(y);
    if rk_is_infinite_f32(a) || rk_is_infinite_f32(b) {
        return bitcast<f32>(rk_u32(0x7f800000u));
    }
    if rk_is_nan_f32(a) || rk_is_nan_f32(b) {
        return bitcast<f32>(rk_u32(0x7fc00000u));
    }
    let large = max(a, b);
    let small = min(a, b);
    if large == 0.0f {
        return 0.0f;
    }
    let ratio = small / large;
    return large * sqrt(1.0f + ratio * ratio);
}

fn rk_cbrt_f32(x: f32) -> f32 {
    if x == 0.0f || !rk_is_finite_f32(x) {
        return x;
    }
    let size = rk_abs_f32(x);
    var root = rk_exp2_f32(rk_log2_f32(size) * 0.33333334f);
    root = root - (root - size / (root * root)) * 0.33333334f;
    root = root - (root - size / (root * root)) * 0.33333334f;
    return rk_copysign_f32(root, x);
}
