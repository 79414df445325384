//! Functions on the bits of integers that WGSL does not have, or has for 32 bits only.

fn rk_swap_bytes_u32(x: u32) -> u32 {
    return (x << 24u) | ((x & 0xff00u) << 8u) | ((x >> 8u) & 0xff00u) | (x >> 24u);
}

fn rk_low_u64(x: u64) -> u32 {
    return u32(x & 0xfffffffflu);
}

fn rk_high_u64(x: u64) -> u32 {
    return u32(x >> 32u);
}

fn rk_joined_u64(low: u32, high: u32) -> u64 {
    return u64(low) | (u64(high) << 32u);
}

fn rk_swap_bytes_u64(x: u64) -> u64 {
    return rk_joined_u64(rk_swap_bytes_u32(rk_high_u64(x)), rk_swap_bytes_u32(rk_low_u64(x)));
}

fn rk_reverse_bits_u64(x: u64) -> u64 {
    return rk_joined_u64(reverseBits(rk_high_u64(x)), reverseBits(rk_low_u64(x)));
}

fn rk_count_ones_u64(x: u64) -> u32 {
    return countOneBits(rk_low_u64(x)) + countOneBits(rk_high_u64(x));
}

fn rk_leading_zeros_u64(x: u64) -> u32 {
    let high = rk_high_u64(x);
    return select(countLeadingZeros(high), 32u + countLeadingZeros(rk_low_u64(x)), high == 0u);
}

fn rk_trailing_zeros_u64(x: u64) -> u32 {
    let low = rk_low_u64(x);
    return select(countTrailingZeros(low), 32u + countTrailingZeros(rk_high_u64(x)), low == 0u);
}
