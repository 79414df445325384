//! Reading and writing rk_$M at a byte, and values of two words.

fn rk_$M_byte(at: u32) -> u32 {
    let word = at >> 2u;
    return ($READ >> ((at & 3u) << 3u)) & 255u;
}

fn rk_$M_half(at: u32) -> u32 {
    let word = at >> 2u;
    return ($READ >> ((at & 2u) << 3u)) & 65535u;
}

fn rk_$M_put_byte(at: u32, bits: u32) {
    rk_$M_put(at >> 2u, (at & 3u) << 3u, 255u, bits);
}

fn rk_$M_put_half(at: u32, bits: u32) {
    rk_$M_put(at >> 2u, (at & 2u) << 3u, 65535u, bits);
}

fn rk_$M_u64(at: u32) -> u64 {
    var word = at;
    let low = $READ;
    word += 1u;
    return u64(low) | (u64($READ) << 32u);
}
