use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy, Default)]
#[repr(C)]
struct Total {
    sum: u32,
}

#[device_fn]
struct Marked;

#[device_fn(inline)]
fn doubled(amount: u32) -> u32 {
    amount * 2
}

#[device_fn]
impl Default for Marked {
    fn default() -> Self {
        Self
    }
}

#[device_fn]
impl Total {}

impl Total {
    #[device_fn]
    fn add(&mut self, amount: u32) {
        self.sum += amount;
    }
}

#[device_fn]
fn pair<T>(value: T) -> (T, u32) {
    (value, 1)
}

fn main() {}
