use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy, Default)]
#[repr(C)]
struct Total {
    sum: u32,
}

#[device_fn]
impl Total {
    fn add(&mut self, amount: u32) {
        self.sum += amount;
    }
}

#[device_fn]
impl Total {
    fn clear(&mut self) {
        self.sum = 0;
    }
}

fn main() {}
