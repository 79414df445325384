use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
struct Nothing {
    nothing: [u32; 0],
}

fn main() {}
