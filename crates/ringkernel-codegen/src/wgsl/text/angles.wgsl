//! Functions of angles of f32, after the float versions of fdlibm; what drivers bring is far off for large angles. Each is
//! within three units of the last place, tan and atan2 within four.

// A word of 2/pi, a quarter of it, from the point on.
fn rk_two_over_pi(index: u32) -> u32 {
    switch index {
        case 0u: { return 0x28be60dbu; }
        case 1u: { return 0x9391054au; }
        case 2u: { return 0x7f09d5f4u; }
        case 3u: { return 0x7d4d3770u; }
        case 4u: { return 0x36d8a566u; }
        case 5u: { return 0x4f10e410u; }
        default: { return 0x7f9458eau; }
    }
}

// The rest of the size of a finite angle from pi/4 on, divided by pi/2, and as bits of the second part, the quotient.
fn rk_reduce_f32(size: f32) -> vec2<f32> {
    let bits = bitcast<u32>(size);
    let significand = (bits << 8u) | 0x80000000u;
    let exponent = (bits >> 23u) - 126u;
    let index = exponent >> 5u;
    let shift = exponent & 31u;
    var high = 0u;
    if index > 0u {
        high = rk_two_over_pi(index - 1u);
    }
    var middle = rk_two_over_pi(index);
    var low = rk_two_over_pi(index + 1u);
    if shift > 0u {
        let last = rk_two_over_pi(index + 2u);
        high = (high << shift) | (middle >> (32u - shift));
        middle = (middle << shift) | (low >> (32u - shift));
        low = (low << shift) | (last >> (32u - shift));
    }
    // Only the part of the product around its point counts.
    let carry = rk_multiply_high_u32(significand, low);
    var rest_low = significand * middle + carry;
    var rest_high = rk_multiply_high_u32(significand, middle) + select(0u, 1u, rest_low < carry) + significand * high;
    var quotient = rest_high >> 30u;
    rest_high = rest_high & 0x3fffffffu;
    let negative = (rest_high & 0x20000000u) != 0u;
    if negative {
        quotient += 1u;
        rest_high = 0x40000000u - rest_high;
        if rest_low != 0u {
            rest_high -= 1u;
            rest_low = 0u - rest_low;
        }
    }
    var zeros = countLeadingZeros(rest_high);
    var top = rest_high << (zeros & 31u);
    if rest_high == 0u {
        zeros = 32u + countLeadingZeros(rest_low);
        top = rest_low << (zeros & 31u);
    } else if zeros > 0u {
        top |= rest_low >> (32u - zeros);
    }
    // The rest in two parts, both exact, times pi/2 in two parts.
    let first = f32(top & 0xfff00000u);
    let second = f32(top & 0xfffffu);
    let scale = bitcast<f32>((127u - 30u - min(zeros, 90u)) << 23u);
    let rest = first * 1.57080078125f + (second * 1.5707964f - first * 4.45445510e-6f);
    return vec2<f32>(select(rest * scale, -rest * scale, negative), bitcast<f32>(quotient & 3u));
}

fn rk_sin_near_zero_f32(x: f32) -> f32 {
    let z = x * x;
    return x + x * z * (-0.16666667163f + z * (0.0083333337680f + z * (-0.00019841270114f + z * 2.7557314297e-6f)));
}

fn rk_cos_near_zero_f32(x: f32) -> f32 {
    let z = x * x;
    let r = z * (0.041666667908f + z * (-0.0013888889225f + z * (2.4801587642e-5f - z * 2.7557314297e-7f)));
    let half = 0.5f * z;
    let w = 1.0f - half;
    return w + (((1.0f - w) - half) + z * r);
}

// Sine and cosine.
fn rk_sin_cos_f32(x: f32) -> vec2<f32> {
    if !rk_is_finite_f32(x) {
        return vec2<f32>(rk_f32_nan());
    }
    let size = rk_abs_f32(x);
    if size < 0.78539816f {
        return vec2<f32>(rk_sin_near_zero_f32(x), rk_cos_near_zero_f32(x));
    }
    let parts = rk_reduce_f32(size);
    let quotient = bitcast<u32>(parts.y);
    var sine = rk_sin_near_zero_f32(parts.x);
    var cosine = rk_cos_near_zero_f32(parts.x);
    if (quotient & 1u) != 0u {
        let old = sine;
        sine = cosine;
        cosine = -old;
    }
    if (quotient & 2u) != 0u {
        sine = -sine;
        cosine = -cosine;
    }
    return vec2<f32>(select(sine, -sine, rk_is_sign_negative_f32(x)), cosine);
}

fn rk_sin_f32(x: f32) -> f32 {
    return rk_sin_cos_f32(x).x;
}

fn rk_cos_f32(x: f32) -> f32 {
    return rk_sin_cos_f32(x).y;
}

fn rk_tan_f32(x: f32) -> f32 {
    let both = rk_sin_cos_f32(x);
    return both.x / both.y;
}

fn rk_arc_series_f32(z: f32) -> f32 {
    return z * (0.16666586697f + z * (-0.042743422091f - z * 0.0086563630030f)) / (1.0f - z * 0.70662963390f);
}

fn rk_asin_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if size > 1.0f || rk_is_nan_f32(x) {
        return rk_f32_nan();
    }
    if size < 0.5f {
        return x + x * rk_arc_series_f32(x * x);
    }
    let z = (1.0f - size) * 0.5f;
    let s = sqrt(z);
    let high = rk_upper_f32(s);
    let low = (z - high * high) / (s + high + 1e-30f);
    let t = 1.5707962513f - (2.0f * high + (2.0f * (low + s * rk_arc_series_f32(z)) - 7.5497894159e-8f));
    return rk_copysign_f32(t, x);
}

fn rk_acos_f32(x: f32) -> f32 {
    let size = rk_abs_f32(x);
    if size > 1.0f || rk_is_nan_f32(x) {
        return rk_f32_nan();
    }
    if size < 0.5f {
        return 1.5707962513f - (x - (7.5497894159e-8f - x * rk_arc_series_f32(x * x)));
    }
    let z = (1.0f - size) * 0.5f;
    let s = sqrt(z);
    if rk_is_sign_negative_f32(x) {
        return 2.0f * (1.5707962513f - (s + (rk_arc_series_f32(z) * s - 7.5497894159e-8f)));
    }
    let high = rk_upper_f32(s);
    let low = (z - high * high) / (s + high + 1e-30f);
    return 2.0f * (high + (rk_arc_series_f32(z) * s + low));
}

fn rk_atan_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    let size = rk_abs_f32(x);
    if size >= 67108864.0f {
        return rk_copysign_f32(1.5707964f, x);
    }
    var high = 0.0f;
    var low = 0.0f;
    var t = size;
    if size >= 2.4375f {
        high = 1.5707962513f;
        low = 7.5497894159e-8f;
        t = -1.0f / size;
    } else if size >= 1.1875f {
        high = 0.98279368877f;
        low = 3.4473217170e-8f;
        t = (size - 1.5f) / (1.0f + 1.5f * size);
    } else if size >= 0.6875f {
        high = 0.78539812565f;
        low = 3.7748947079e-8f;
        t = (size - 1.0f) / (size + 1.0f);
    } else if size >= 0.4375f {
        high = 0.46364760399f;
        low = 5.0121582440e-9f;
        t = (2.0f * size - 1.0f) / (2.0f + size);
    }
    let z = t * t;
    let w = z * z;
    let series = z * (0.33333328366f + w * (0.14253635705f + w * 0.061687607318f)) + w * (-0.19999158382f - w * 0.10648017377f);
    return rk_copysign_f32(high - ((t * series - low) - t), x);
}

fn rk_atan2_f32(y: f32, x: f32) -> f32 {
    if rk_is_nan_f32(x) || rk_is_nan_f32(y) {
        return rk_f32_nan();
    }
    let up = rk_abs_f32(y);
    let along = rk_abs_f32(x);
    var angle: f32;
    if bitcast<u32>(up) == 0u {
        angle = 0.0f;
    } else if bitcast<u32>(along) == 0u {
        angle = 1.5707964f;
    } else if rk_is_infinite_f32(along) {
        angle = select(0.0f, 0.78539816f, rk_is_infinite_f32(up));
    } else if rk_is_infinite_f32(up) {
        angle = 1.5707964f;
    } else {
        angle = rk_atan_f32(up / along);
    }
    if rk_is_sign_negative_f32(x) {
        angle = 3.1415927410f - (angle + 8.7422776573e-8f);
    }
    return rk_copysign_f32(angle, y);
}
