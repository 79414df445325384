//! Exponentials, logarithms and powers of f32, after the float versions of fdlibm, because what drivers bring is far off
//! near the edges of its range. Each is within two units of the last place; powf within four.

fn rk_f32_infinity() -> f32 {
    return bitcast<f32>(rk_u32(0x7f800000u));
}

fn rk_f32_nan() -> f32 {
    return bitcast<f32>(rk_u32(0x7fc00000u));
}

// y * 2^k, also where the power alone is out of range.
fn rk_scale_f32(y: f32, k: i32) -> f32 {
    let half = k >> 1u;
    return y * bitcast<f32>(u32(127i + half) << 23u) * bitcast<f32>(u32(127i + k - half) << 23u);
}

// e^(high - low) for small arguments.
fn rk_exp_near_zero_f32(high: f32, low: f32) -> f32 {
    let x = high - low;
    let square = x * x;
    let c = x - square * (0.16666625440f - square * 0.0027667332906f);
    return 1.0f + (x * c / (2.0f - c) - low + high);
}

fn rk_exp_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    if x > 88.722839f {
        return rk_f32_infinity();
    }
    if x < -103.97208f {
        return 0.0f;
    }
    let whole = rk_round_f32(x * 1.4426950216f);
    return rk_scale_f32(rk_exp_near_zero_f32(x - whole * 0.693145751953125f, whole * 1.4286067653e-6f), i32(whole));
}

fn rk_exp2_f32(x: f32) -> f32 {
    if rk_is_nan_f32(x) {
        return x;
    }
    if x >= 128.0f {
        return rk_f32_infinity();
    }
    if x < -150.0f {
        return 0.0f;
    }
    let whole = rk_round_f32(x);
    return rk_scale_f32(rk_exp_near_zero_f32((x - whole) * 0.69314718f, 0.0f), i32(whole));
}

// e^x - 1 for |x| up to 40.
fn rk_exp_less_one_f32(given: f32) -> f32 {
    if rk_abs_f32(given) < 2.98e-8f {
        return given;
    }
    let whole = rk_round_f32(given * 1.4426950216f);
    let high = given - whole * 0.693138122558594f;
    let low = whole * 9.0580006145e-6f;
    let x = high - low;
    let rest = (high - x) - low;
    let half = 0.5f * x;
    let square = x * half;
    let r = 1.0f + square * (-0.033333212137f + square * 0.0015807170421f);
    let t = 3.0f - r * half;
    var e = square * ((r - t) / (6.0f - x * t));
    if whole == 0.0f {
        return x - (x * e - square);
    }
    e = x * (e - rest) - rest - square;
    if whole == -1.0f {
        return 0.5f * (x - e) - 0.5f;
    }
    if whole == 1.0f {
        if x < -0.25f {
            return -2.0f * (e - (x + 0.5f));
        }
        return 1.0f + 2.0f * (x - e);
    }
    let k = i32(whole);
    if k < 0i || k > 56i {
        return rk_scale_f32(x - e + 1.0f, k) - 1.0f;
    }
    let back = rk_scale_f32(1.0f, -k);
    if k < 23i {
        return rk_scale_f32(x - e + (1.0f - back), k);
    }
    return rk_scale_f32(x - (e + back) + 1.0f, k);
}

// Exponent, and how far the significand, between the roots of 1/2 and 2, is above 1. For positive finite numbers.
fn rk_split_f32(x: f32) -> vec2<f32> {
    var bits = bitcast<u32>(x);
    var exponent = -127i;
    if bits < 0x800000u {
        bits = bitcast<u32>(x * 33554432.0f);
        exponent = -152i;
    }
    bits += 0x3f800000u - 0x3f3504f3u;
    exponent += i32(bits >> 23u);
    let significand = bitcast<f32>((bits & 0x7fffffu) + 0x3f3504f3u);
    return vec2<f32>(f32(exponent), significand - 1.0f);
}

// What logarithms share: s and the rest of the series for the logarithm of 1 + f.
fn rk_log_series_f32(s: f32) -> f32 {
    let z = s * s;
    let w = z * z;
    return z * (0.66666662693f + w * 0.28498786688f) + w * (0.40000972152f + w * 0.24279078841f);
}

// Whether the logarithm of x is none of the series: then y is it.
fn rk_log_edge_f32(x: f32) -> bool {
    let bits = bitcast<u32>(x);
    return bits == 0u || bits >= 0x7f800000u;
}

fn rk_log_at_edge_f32(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    if (bits & 0x7fffffffu) == 0u {
        return -rk_f32_infinity();
    }
    if bits == 0x7f800000u {
        return x;
    }
    return rk_f32_nan();
}

fn rk_ln_f32(x: f32) -> f32 {
    if rk_log_edge_f32(x) {
        return rk_log_at_edge_f32(x);
    }
    let parts = rk_split_f32(x);
    let f = parts.y;
    let s = f / (2.0f + f);
    let half = 0.5f * f * f;
    return s * (half + rk_log_series_f32(s)) + parts.x * 9.0580006145e-6f - half + f + parts.x * 0.693138122558594f;
}

// The logarithm of 1 + f in two parts, the first of few bits.
fn rk_log_parts_f32(f: f32) -> vec2<f32> {
    let s = f / (2.0f + f);
    let half = 0.5f * f * f;
    let high = bitcast<f32>(bitcast<u32>(f - half) & 0xfffff000u);
    return vec2<f32>(high, (f - high) - half + s * (half + rk_log_series_f32(s)));
}

fn rk_log2_f32(x: f32) -> f32 {
    if rk_log_edge_f32(x) {
        return rk_log_at_edge_f32(x);
    }
    let parts = rk_split_f32(x);
    let log = rk_log_parts_f32(parts.y);
    let low = (log.y + log.x) * -1.7605285393e-4f + log.y * 1.44287109375f;
    return low + log.x * 1.44287109375f + parts.x;
}

fn rk_log10_f32(x: f32) -> f32 {
    if rk_log_edge_f32(x) {
        return rk_log_at_edge_f32(x);
    }
    let parts = rk_split_f32(x);
    let log = rk_log_parts_f32(parts.y);
    let low = parts.x * 7.9034151668e-7f + (log.y + log.x) * -3.1689971365e-5f + log.y * 0.434326171875f;
    return low + log.x * 0.434326171875f + parts.x * 0.301029205322266f;
}

// The first half of the bits of a significand: products of two such are exact. Compilers of shaders may take sums apart as
// if they did not round, and this stops them: what was lost by rounding is found by subtracting such halves only.
fn rk_upper_f32(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// x^y for a positive finite x that is not 1 and a finite y that is not 0. The logarithm has twice the usual bits.
fn rk_power_f32(x: f32, y: f32) -> f32 {
    let parts = rk_split_f32(x);
    let f = parts.y;
    let s = f / (2.0f + f);
    let s_high = rk_upper_f32(s);
    let d_high = rk_upper_f32(2.0f + f);
    let d_low = f - (d_high - 2.0f);
    let s_low = ((f - s_high * d_high) - s_high * d_low) / (2.0f + f);
    let first = 2.0f * s_high;
    let second = 2.0f * s_low + s * rk_log_series_f32(s);
    let product = first * 1.44287109375f;
    let sum = rk_upper_f32(parts.x + product);
    let rest = (product - (sum - parts.x)) + (first * -1.7605285393e-4f + second * 1.44269504f);
    let log_high = rk_upper_f32(sum + rest);
    let log_low = rest - (log_high - sum);
    let rises = (log_high > 0.0f) == (y > 0.0f);
    if rk_abs_f32(y) >= 2147483648.0f {
        return select(0.0f, rk_f32_infinity(), rises);
    }
    let y_high = rk_upper_f32(y);
    let high = y_high * log_high;
    let low = (y - y_high) * log_high + y * log_low;
    if high + low >= 128.0f || high + low < -151.0f {
        return select(0.0f, rk_f32_infinity(), rises);
    }
    let whole = rk_round_f32(high + low);
    let power = ((high - whole) + low) * 0.69314718f;
    return rk_scale_f32(rk_exp_near_zero_f32(power, 0.0f), i32(whole));
}

fn rk_powf_f32(x: f32, y: f32) -> f32 {
    if y == 0.0f || bitcast<u32>(x) == 0x3f800000u {
        return 1.0f;
    }
    if rk_is_nan_f32(x) || rk_is_nan_f32(y) {
        return rk_f32_nan();
    }
    let size = rk_abs_f32(x);
    let whole = rk_trunc_f32(y) == y;
    let odd = whole && rk_abs_f32(y) < 16777216.0f && rk_trunc_f32(y * 0.5f) * 2.0f != y;
    var power: f32;
    if size == 1.0f && (whole || rk_is_infinite_f32(y)) {
        power = 1.0f;
    } else if rk_is_infinite_f32(y) || (bitcast<u32>(size) == 0u) || rk_is_infinite_f32(size) {
        power = select(0.0f, rk_f32_infinity(), (size > 1.0f) == (y > 0.0f));
    } else if rk_is_sign_negative_f32(x) && !whole {
        return rk_f32_nan();
    } else {
        power = rk_power_f32(size, y);
    }
    if rk_is_sign_negative_f32(x) && odd {
        return -power;
    }
    return power;
}
