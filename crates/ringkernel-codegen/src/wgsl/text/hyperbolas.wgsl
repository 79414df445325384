//! Hyperbolic functions, roots of squares and cubes of f32. Each is within three units of the last place.

fn rk_sinh_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if !rk_is_finite_f32(x) {
        return x;
    }
    var value: f32;
    if size < 1.0f {
        let t = rk_exp_less_one_f32(size);
        value = 0.5f * (2.0f * t - t * t / (t + 1.0f));
    } else if size < 20.0f {
        let t = rk_exp_less_one_f32(size);
        value = 0.5f * (t + t / (t + 1.0f));
    } else {
        let root = rk_exp_f32(size * 0.5f);
        value = 0.5f * root * root;
    }
    return rk_copysign_f32(value, x);
}

fn rk_cosh_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if !rk_is_finite_f32(x) {
        return size;
    }
    if size < 0.6931f {
        let t = rk_exp_less_one_f32(size);
        return 1.0f + t * t / (2.0f * (1.0f + t));
    }
    if size < 20.0f {
        let t = rk_exp_f32(size);
        return 0.5f * (t + 1.0f / t);
    }
    let root = rk_exp_f32(size * 0.5f);
    return 0.5f * root * root;
}

fn rk_tanh_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if rk_is_nan_f32(x) {
        return x;
    }
    var value: f32;
    if size > 10.0f {
        value = 1.0f;
    } else if size > 0.5493f {
        value = 1.0f - 2.0f / (rk_exp_less_one_f32(2.0f * size) + 2.0f);
    } else if size > 0.2554f {
        let t = rk_exp_less_one_f32(2.0f * size);
        value = t / (t + 2.0f);
    } else {
        let t = rk_exp_less_one_f32(-2.0f * size);
        value = -t / (t + 2.0f);
    }
    return rk_copysign_f32(value, x);
}

fn rk_hypot_f32(x: f32, y: f32) -> f32 {
    let a = rk_abs_f32(x);
    let b = rk_abs_f32(y);
    if rk_is_infinite_f32(a) || rk_is_infinite_f32(b) {
        return rk_f32_infinity();
    }
    if rk_is_nan_f32(a) || rk_is_nan_f32(b) {
        return rk_f32_nan();
    }
    let large = max(a, b);
    let small = min(a, b);
    if large == 0.0f {
        return 0.0f;
    }
    let ratio = small / large;
    return large * sqrt(1.0f + ratio * ratio);
}

// A third of the exponent, and Newton's method.
fn rk_cbrt_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    let bits = bitcast<u32>(size);
    if bits == 0u || bits >= 0x7f800000u {
        return x;
    }
    var scaled = size;
    var back = 1.0f;
    if bits < 0x800000u {
        scaled = size * 16777216.0f;
        back = 0.00390625f;
    }
    var root = bitcast<f32>(bitcast<u32>(scaled) / 3u + 709958130u);
    for (var i = 0u; i < 4u; i++) {
        root = root - (root - scaled / (root * root)) * 0.33333334f;
    }
    return rk_copysign_f32(root * back, x);
}
