// The lanes of a cooperative handler: a workgroup is a block, and the grid's blocks follow each other.
//
// The actor's lane in the turn before has chosen the message; its lane in the turn after accounts for it. Only the first
// lane of the grid has the actor's clock, ids and ways out: what needs them faults in other lanes.

var<private> rk_lane: u32;
var<private> rk_block_number: u32;
var<private> rk_blocks: u32;

fn rk_leads() -> bool {
    return rk_lane == 0u && rk_block_number == 0u;
}

fn rk_thread_id() -> u32 {
    return rk_lane;
}

fn rk_block_id() -> u32 {
    return rk_block_number;
}

fn rk_block_dim() -> u32 {
    return RK_BLOCK_SIZE;
}

fn rk_grid_dim() -> u32 {
    return rk_blocks;
}

var<workgroup> rk_block_handler: u32;

@compute @workgroup_size(RK_BLOCK_SIZE)
fn rk_run_block(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    // As in the turn of all actors.
    if (rk_turn.w != 0u) {
        return;
    }
    rk_load_given();
    // The members of this kernel: their number of blocks, then the actors.
    let members = rk_turn.y;
    rk_blocks = rk_mem[members];
    rk_lane = lane;
    rk_block_number = group.x % rk_blocks;
    rk_self = rk_mem[members + 1u + group.x / rk_blocks];
    rk_d = rk_self * A_WORDS;
    rk_s = rk_shared_at(rk_self);
    if (lane == 0u) {
        rk_block_handler = 0u;
        if (rk_actors[rk_d + A_RUN] == 1u) {
            let head = rk_actors[rk_d + A_HEAD];
            rk_block_handler =
                rk_handler_of(rk_actors[rk_d + A_KERNEL], rk_mem[head + H_TYPE], rk_mem[head + H_HANDLER]);
        }
    }
    let handler = workgroupUniformLoad(&rk_block_handler);
    if (handler == 0u) {
        return;
    }
    rk_load_own();
    rk_head = rk_own[A_HEAD];
    rk_load_head();
    rk_message = rk_head + H_WORDS;
    rk_state = rk_own[A_STATE];
    rk_scratch = rk_own[A_SCRATCH];
    rk_scratch_words = select(0u, rk_own[A_SCRATCH_WORDS], rk_leads());
    rk_out_at = rk_own[A_OUT_AT];
    rk_out_end = rk_own[A_OUT_END];
    rk_run_handler(handler - 1u);
    rk_block_fault();
    if (lane == 0u && rk_fault != 0u) {
        // The first block to fault says why.
        loop {
            let noted = atomicCompareExchangeWeak(&rk_shared[rk_s + S_FAULT], 0u, rk_fault);
            if (noted.exchanged) {
                atomicStore(&rk_shared[rk_s + S_FAULT + 1u], rk_fault_code);
                atomicStore(&rk_shared[rk_s + S_FAULT + 2u], rk_fault_file);
                atomicStore(&rk_shared[rk_s + S_FAULT + 3u], rk_fault_line);
            }
            if (noted.exchanged || noted.old_value != 0u) {
                break;
            }
        }
    }
    if (rk_leads()) {
        rk_own[A_OUT_AT] = rk_out_at;
        rk_own[A_OUTCOME] = rk_outcome;
        rk_save_own();
    }
}
