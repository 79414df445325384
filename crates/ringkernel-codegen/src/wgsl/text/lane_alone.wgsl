//! Operations of a warp in a scalar handler, whose block is one lane.

fn rk_single_lane(source: u32, mask: u32, file: u32, line: u32) {
    if (mask != 1u && mask != 0xffffffffu) || source != 0u {
        rk_raise(6u, 0u, file, line);
    }
}
