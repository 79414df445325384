//! What the handlers here take, give and keep.

use ringkernel::prelude::*;

#[derive(GpuType, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Kind {
    Small = 3,
    Large = 700,
}

#[derive(GpuType, Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub(crate) struct Point {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

impl Point {
    pub(crate) const ORIGIN: Self = Self { x: 0.0, y: 0.5 };
}

#[device_fn]
impl Point {
    pub(crate) fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    pub(crate) fn squared(self) -> f32 {
        self.x * self.x + self.y * self.y
    }
}

#[derive(RingMessage, Debug, Default)]
pub(crate) struct Place {
    pub(crate) at: Point,
    pub(crate) number: u32,
}

#[device_fn]
impl Place {
    pub(crate) fn is_origin(&self) -> bool {
        self.at == Point::ORIGIN
    }
}

#[derive(RingMessage, Debug, Default)]
pub(crate) struct Tick;

#[derive(RingMessage, Debug)]
pub(crate) struct Distance {
    pub(crate) squared: f32,
}

#[derive(GpuType, Default, Clone, Copy)]
#[repr(C)]
pub(crate) struct Seen {
    pub(crate) places: u32,
}
