//! Parts of words of rk_mem, which belong to one lane at a time.

fn rk_mem_put(word: u32, shift: u32, mask: u32, bits: u32) {
    rk_mem[word] = (rk_mem[word] & ~(mask << shift)) | ((bits & mask) << shift);
}

fn rk_mem_put_u64(word: u32, value: u64) {
    rk_mem[word] = u32(value & 0xfffffffflu);
    rk_mem[word + 1u] = u32(value >> 32u);
}
