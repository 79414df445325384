//! What the atomics of WGSL do not do in one step: attempts until nobody came between.

fn rk_$M_atomic_compare_exchange(word: u32, expected: u32, value: u32) -> u32 {
    loop {
        let seen = atomicCompareExchangeWeak(&rk_$M[word], expected, value);
        if seen.exchanged || seen.old_value != expected {
            return seen.old_value;
        }
    }
    return 0u;
}

fn rk_$M_atomic_add_f32(word: u32, value: f32) -> f32 {
    var old = atomicLoad(&rk_$M[word]);
    loop {
        let seen = atomicCompareExchangeWeak(&rk_$M[word], old, bitcast<u32>(bitcast<f32>(old) + value));
        if seen.exchanged {
            break;
        }
        old = seen.old_value;
    }
    return bitcast<f32>(old);
}

fn rk_$M_atomic_subtract_f32(word: u32, value: f32) -> f32 {
    return rk_$M_atomic_add_f32(word, -value);
}

fn rk_$M_atomic_min_i32(word: u32, value: i32) -> i32 {
    var old = atomicLoad(&rk_$M[word]);
    loop {
        let seen = atomicCompareExchangeWeak(&rk_$M[word], old, bitcast<u32>(min(bitcast<i32>(old), value)));
        if seen.exchanged {
            break;
        }
        old = seen.old_value;
    }
    return bitcast<i32>(old);
}

fn rk_$M_atomic_max_i32(word: u32, value: i32) -> i32 {
    var old = atomicLoad(&rk_$M[word]);
    loop {
        let seen = atomicCompareExchangeWeak(&rk_$M[word], old, bitcast<u32>(max(bitcast<i32>(old), value)));
        if seen.exchanged {
            break;
        }
        old = seen.old_value;
    }
    return bitcast<i32>(old);
}
