//! Reductions of $S. Values are combined in pairs, those 16 apart first, so that sums of floats round alike everywhere.

fn rk_tree_$V_$S(start: u32, stride: u32, lanes: u32) -> $S {
    var values: array<$S, 32>;
    var there = lanes;
    for (var i = 0u; i < 32u; i++) {
        if ((lanes >> i) & 1u) != 0u {
            let bits = rk_exchange[start + i * stride];
            values[i] = $FROM;
        }
    }
    for (var distance = 16u; distance > 0u; distance >>= 1u) {
        for (var i = 0u; i < distance; i++) {
            if ((there >> (i + distance)) & 1u) != 0u {
                let a = values[i];
                let b = values[i + distance];
                if ((there >> i) & 1u) != 0u {
                    values[i] = $COMBINE;
                } else {
                    values[i] = b;
                }
                there |= 1u << i;
            }
        }
    }
    return values[0];
}

fn rk_warp_$V_$S(value: $S, mask: u32, file: u32, line: u32) -> $S {
    let lanes = rk_warp_lanes(mask, file, line);
    rk_exchange[rk_thread_id()] = $TO;
    workgroupBarrier();
    let result = rk_tree_$V_$S(rk_thread_id() & ~31u, 1u, lanes);
    workgroupBarrier();
    return result;
}

fn rk_block_$V_$S(given: $S, file: u32, line: u32) -> $S {
    let value = rk_warp_$V_$S(given, 0xffffffffu, file, line);
    rk_exchange[rk_thread_id()] = $TO;
    workgroupBarrier();
    let result = rk_tree_$V_$S(0u, 32u, 0xffffffffu >> (32u - (rk_block_lanes + 31u) / 32u));
    workgroupBarrier();
    return result;
}
