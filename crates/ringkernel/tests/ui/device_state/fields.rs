use std::collections::HashMap;

use ringkernel::prelude::*;

struct Bucket {
    count: AtomicCell<u32>,
}

#[derive(DeviceState)]
struct Histogram {
    buckets: Bucket,
    names: HashMap<u32, u32>,
}

fn main() {}
