use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Add {
    amount: u32,
}

#[derive(GpuType, Clone, Copy, Default)]
#[repr(C)]
struct Total {
    sum: u32,
}

impl Total {
    fn zero() -> Self {
        Self { sum: 0 }
    }
}

#[derive(GpuType, Clone, Copy, Default)]
#[repr(C)]
struct Limit {
    most: u32,
}

#[device_fn]
impl Limit {
    fn of(most: u32) -> Self {
        Self { most }
    }
}

impl Limit {
    fn none() -> Self {
        Self { most: u32::MAX }
    }
}

fn doubled(amount: u32) -> u32 {
    amount * 2
}

mod helpers {
    pub fn halved(amount: u32) -> u32 {
        amount / 2
    }
}

#[ring_kernel(id = "add")]
fn add(_ctx: &mut RingContext, total: &mut Total, message: Add) {
    *total = Total::zero();
    total.sum += doubled(message.amount);
    total.sum += helpers::halved(message.amount);
    total.sum += Limit::of(3).most;
    total.sum += Limit::none().most;
}

// Not on devices.
#[ring_kernel(id = "add_here", backends(cpu))]
fn add_here(_ctx: &mut RingContext, total: &mut Total, message: Add) {
    total.sum += doubled(message.amount) + Total::zero().sum;
}

fn main() {}
