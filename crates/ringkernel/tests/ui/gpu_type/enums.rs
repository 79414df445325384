use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy)]
enum NoRepr {
    A,
    B,
}

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
enum ReprC {
    A,
}

#[derive(GpuType, Clone, Copy)]
#[repr(usize)]
enum Usize {
    A,
}

#[derive(GpuType, Clone, Copy)]
#[repr(u8)]
enum Full {
    A(u32),
    B { value: u32 },
    C,
}

fn main() {}
