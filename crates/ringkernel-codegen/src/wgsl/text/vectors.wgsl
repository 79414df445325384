//! Vectors in the scratch memory of a lane.

// Room for `count` elements, or nothing and a fault. A lane without scratch memory gets an empty vector.
fn rk_vec_new(count: u32, size: u32, align: u32, file: u32, line: u32) -> RkVec {
    if rk_scratch_words == 0u || rk_fault != 0u {
        return RkVec(0u, 0u, 0u);
    }
    let start = rk_align(rk_scratch_used, align);
    let limit = rk_scratch_words << 2u;
    if start > limit || count > (limit - start) / size {
        rk_raise(8u, 0u, file, line);
        return RkVec(0u, 0u, 0u);
    }
    rk_scratch_used = start + count * size;
    return RkVec((rk_scratch << 2u) + start, 0u, count);
}

// The vector with one element more, which the caller writes if it is kept. The last vector grows where it is; another one
// moves, to twice its room where there is as much.
fn rk_vec_grow(v: RkVec, size: u32, align: u32, file: u32, line: u32) -> RkVec {
    if rk_fault != 0u {
        return v;
    }
    if rk_scratch_words == 0u || v.len < v.capacity {
        return RkVec(v.at, v.len + 1u, v.capacity);
    }
    let limit = rk_scratch_words << 2u;
    if v.capacity != 0u && v.at + v.capacity * size == (rk_scratch << 2u) + rk_scratch_used {
        if size > limit - rk_scratch_used {
            rk_raise(8u, 0u, file, line);
            return v;
        }
        rk_scratch_used += size;
        return RkVec(v.at, v.len + 1u, v.capacity + 1u);
    }
    let start = rk_align(rk_scratch_used, align);
    var room = 0u;
    if start <= limit {
        room = min((limit - start) / size, max(4u, v.len * 2u));
    }
    if room <= v.len {
        rk_raise(8u, 0u, file, line);
        return v;
    }
    rk_scratch_used = start + room * size;
    let at = (rk_scratch << 2u) + start;
    rk_copy(at, v.at, v.len * size);
    return RkVec(at, v.len + 1u, room);
}
