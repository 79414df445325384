//! Functions in a module of their own, found there through imports and paths.

use ringkernel::device_fn;

use crate::messages::Point;

pub(crate) const SCALE: f32 = 2.0;
pub(crate) const STEPS: usize = 3;

/// Doubles.
#[device_fn]
pub(crate) fn scaled(value: f32) -> f32 {
    value * SCALE
}

#[device_fn]
pub(crate) fn of_point(point: Point) -> f32 {
    let mut sum = 0.0;
    for _ in 0..STEPS {
        sum += inner::half(point.squared());
    }
    sum
}

pub(crate) mod inner {
    //! One more module.

    #[ringkernel::device_fn]
    pub(crate) fn half(value: f32) -> f32 {
        value / 2.0
    }
}
