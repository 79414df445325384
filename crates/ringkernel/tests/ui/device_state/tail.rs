use ringkernel::prelude::*;

#[derive(DeviceState)]
struct Log {
    count: SharedCell<u32>,
    entries: Vec<u32>,
    named: Option<String>,
}

fn main() {}
