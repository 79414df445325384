use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
struct Named {
    id: u32,
    name: String,
}

fn main() {}
