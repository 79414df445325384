use ringkernel::prelude::*;

#[derive(GpuType)]
#[repr(C)]
struct Position {
    x: f32,
    y: f32,
}

fn main() {}
