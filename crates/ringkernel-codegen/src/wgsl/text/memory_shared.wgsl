//! Parts of words of rk_$M, which lanes share: only the bits that are written may change.

fn rk_$M_put(word: u32, shift: u32, mask: u32, bits: u32) {
    atomicAnd(&rk_$M[word], ~(mask << shift));
    atomicOr(&rk_$M[word], (bits & mask) << shift);
}

fn rk_$M_put_u64(word: u32, value: u64) {
    atomicStore(&rk_$M[word], u32(value & 0xfffffffflu));
    atomicStore(&rk_$M[word + 1u], u32(value >> 32u));
}
