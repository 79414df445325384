use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy)]
struct NoRepr {
    value: u32,
}

#[derive(GpuType, Clone, Copy)]
#[repr(C, packed)]
struct Packed {
    small: u8,
    large: u32,
}

#[derive(GpuType, Clone, Copy)]
#[repr(transparent)]
struct Transparent(u32);

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
struct Empty {}

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
struct Generic<T> {
    value: T,
}

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
union Either {
    a: u32,
    b: f32,
}

fn main() {}
