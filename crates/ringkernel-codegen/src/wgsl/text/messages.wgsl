//! What the writers of messages share.

// The correlation by which the answer to the last request will arrive.
var<private> rk_asked: vec4<u32>;

fn rk_is_nil(id: vec4<u32>) -> bool {
    return (id.x | id.y | id.z | id.w) == 0u;
}

// Padding and what is not there are zero.
fn rk_clear(word: u32, bytes: u32) {
    let words = (bytes + 3u) >> 2u;
    for (var i = 0u; i < words; i++) {
        rk_mem[word + i] = 0u;
    }
}

fn rk_align(end: u32, align: u32) -> u32 {
    return (end + align - 1u) & ~(align - 1u);
}

// Copies bytes from one place of rk_mem to another that does not overlap it; words where both lie on words.
fn rk_copy(target_byte: u32, source_byte: u32, bytes: u32) {
    var done = 0u;
    if ((target_byte | source_byte) & 3u) == 0u {
        for (; done + 4u <= bytes; done += 4u) {
            rk_mem[(target_byte + done) >> 2u] = rk_mem[(source_byte + done) >> 2u];
        }
    }
    for (; done < bytes; done++) {
        let from_byte = source_byte + done;
        let to_byte = target_byte + done;
        rk_mem_put(to_byte >> 2u, (to_byte & 3u) << 3u, 255u, rk_mem[from_byte >> 2u] >> ((from_byte & 3u) << 3u));
    }
}
