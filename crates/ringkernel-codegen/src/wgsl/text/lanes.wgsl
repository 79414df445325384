//! What the lanes of a block do together. Every function here is called by all lanes of the block, at the same place.

// Lane 0 decides which way all go. A lane that would go another way faults.
fn rk_vote(mine: bool, file: u32, line: u32) -> bool {
    if rk_thread_id() == 0u {
        rk_decision = select(0u, 1u, mine);
    }
    let decided = workgroupUniformLoad(&rk_decision) != 0u;
    if mine != decided {
        rk_raise(6u, 0u, file, line);
    }
    return decided;
}

// Notes the lane's fault for the block. Divergence counts less than others, because it often follows from them.
fn rk_note_fault() {
    if rk_fault != 0u {
        atomicMax(&rk_first_fault, select(4096u, 2048u, rk_fault == 6u) - rk_thread_id());
    }
}

// Whether any lane has faulted.
fn rk_any_fault() -> bool {
    rk_note_fault();
    return workgroupUniformLoad(&rk_first_fault) != 0u;
}

// Gives all lanes the fault of the block, if it has one.
fn rk_block_fault() {
    rk_note_fault();
    workgroupBarrier();
    let first = atomicLoad(&rk_first_fault);
    if rk_fault != 0u && first == select(4096u, 2048u, rk_fault == 6u) - rk_thread_id() {
        rk_fault_of_block = vec4<u32>(rk_fault, rk_fault_code, rk_fault_file, rk_fault_line);
    }
    workgroupBarrier();
    if first != 0u {
        rk_fault = rk_fault_of_block.x;
        rk_fault_code = rk_fault_of_block.y;
        rk_fault_file = rk_fault_of_block.z;
        rk_fault_line = rk_fault_of_block.w;
    }
}

fn rk_sync_threads() {
    workgroupBarrier();
    storageBarrier();
}

// The lanes of the caller's warp that take part, of which it has to be one.
fn rk_warp_lanes(mask: u32, file: u32, line: u32) -> u32 {
    let lane = rk_thread_id() & 31u;
    let count = min(rk_block_lanes - (rk_thread_id() - lane), 32u);
    let existing = 0xffffffffu >> (32u - count);
    let lanes = select(mask, existing, mask == 0xffffffffu);
    if ((lanes >> lane) & 1u) == 0u || (lanes & ~existing) != 0u {
        rk_raise(6u, 0u, file, line);
    }
    return lanes & existing;
}

fn rk_warp_sync(mask: u32, file: u32, line: u32) {
    let lanes = rk_warp_lanes(mask, file, line);
    rk_sync_threads();
}

// The bits that the lane `source` of the warp gives.
fn rk_warp_read(bits: vec2<u32>, source: u32, mask: u32, file: u32, line: u32) -> vec2<u32> {
    let lanes = rk_warp_lanes(mask, file, line);
    if ((lanes >> source) & 1u) == 0u {
        rk_raise(6u, 0u, file, line);
    }
    rk_exchange[rk_thread_id()] = bits;
    workgroupBarrier();
    let from_lane = min((rk_thread_id() & ~31u) + source, rk_block_lanes - 1u);
    let given = rk_exchange[from_lane];
    workgroupBarrier();
    return given;
}

fn rk_lane_below(delta: u32) -> u32 {
    let lane = rk_thread_id() & 31u;
    return select(lane - delta, lane, delta > lane);
}

fn rk_lane_above(delta: u32) -> u32 {
    let lane = rk_thread_id() & 31u;
    return select(lane + delta, lane, delta > 31u - lane);
}

fn rk_lane_across(bits: u32) -> u32 {
    return (rk_thread_id() ^ bits) & 31u;
}

fn rk_warp_ballot(predicate: bool, mask: u32, file: u32, line: u32) -> u32 {
    let lanes = rk_warp_lanes(mask, file, line);
    rk_exchange[rk_thread_id()] = vec2<u32>(select(0u, 1u, predicate), 0u);
    workgroupBarrier();
    let start = rk_thread_id() & ~31u;
    var votes = 0u;
    for (var lane = 0u; lane < 32u; lane++) {
        if ((lanes >> lane) & 1u) != 0u {
            votes |= rk_exchange[start + lane].x << lane;
        }
    }
    workgroupBarrier();
    return votes;
}

fn rk_warp_any(predicate: bool, mask: u32, file: u32, line: u32) -> bool {
    return rk_warp_ballot(predicate, mask, file, line) != 0u;
}

fn rk_warp_all(predicate: bool, mask: u32, file: u32, line: u32) -> bool {
    return rk_warp_ballot(predicate, mask, file, line) == rk_warp_lanes(mask, file, line);
}

// Words of block memory for an array; gives its length. Every lane counts for itself, in the same order.
fn rk_block_take(len: u32, size: u32, file: u32, line: u32) -> u32 {
    let room = rk_block_words - rk_block_used;
    if len > (room * 4u) / max(size, 1u) {
        rk_raise(7u, 0u, file, line);
        return 0u;
    }
    rk_block_used += (len * size + 3u) >> 2u;
    return len;
}

fn rk_pair_of(value: u64) -> vec2<u32> {
    return vec2<u32>(u32(value & 0xfffffffflu), u32(value >> 32u));
}

fn rk_of_pair(pair: vec2<u32>) -> u64 {
    return u64(pair.x) | (u64(pair.y) << 32u);
}
