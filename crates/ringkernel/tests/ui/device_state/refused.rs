use ringkernel::prelude::*;

#[derive(DeviceState)]
struct Generic<T>(T);

#[derive(DeviceState)]
enum Choice {
    Left,
    Right,
}

fn main() {}
