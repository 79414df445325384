use std::collections::HashMap;

use ringkernel::prelude::*;

#[derive(RingMessage)]
struct Add {
    amount: u32,
}

#[derive(RingMessage)]
struct Total {
    sum: u32,
}

#[device_fn]
fn largest(values: &[u32]) -> u32 {
    values.iter().copied().max().unwrap_or(0)
}

#[ring_kernel(id = "add")]
fn add(_ctx: &mut RingContext, message: Add) -> Total {
    let mut seen = HashMap::new();
    seen.insert(message.amount, 1);
    println!("{}", message.amount);
    Total { sum: message.amount }
}

#[ring_kernel(id = "add_here", backends(cpu))]
fn add_here(_ctx: &mut RingContext, message: Add) -> Total {
    println!("{}", message.amount);
    Total { sum: message.amount }
}

fn main() {}
