//! Faults that a device can have, each on a known line.

use ringkernel::prelude::*;

/// Asks for `ctx.fail`.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Fail {
    /// The code to fail with.
    pub code: u32,
}

/// Reads from an array of four numbers.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ReadAt {
    /// Where to read; valid below 4.
    pub index: u32,
}

/// Divides 100.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct DivideBy {
    /// The divisor.
    pub divisor: u32,
}

/// Adds to the largest number.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Overflow {
    /// What to add.
    pub amount: u32,
}

/// The result of a calculation that succeeded.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The result.
    pub value: u32,
}

/// Faults on request.
#[derive(Debug, Default)]
pub struct Faulty;

/// The line of this file on which the kernel's code says `code`, counted from 1.
pub fn line_of(code: &str) -> u32 {
    let kernel = "impl Faulty {";
    let lines = (1..).zip(include_str!("faulty.rs").lines());
    let mut in_kernel = lines.skip_while(|(_, line)| *line != kernel);
    in_kernel.find(|(_, line)| line.contains(code)).map_or(0, |(number, _)| number)
}

#[ring_kernel(id = "testkit.faulty")]
impl Faulty {
    #[handler]
    fn fail(&mut self, ctx: &mut RingContext, message: Fail) {
        ctx.fail(message.code);
    }

    #[handler]
    fn read(&mut self, _ctx: &mut RingContext, message: ReadAt) -> Outcome {
        let numbers = [10u32, 11, 12, 13];
        Outcome { value: numbers[message.index as usize] }
    }

    #[handler]
    fn divide(&mut self, _ctx: &mut RingContext, message: DivideBy) -> Outcome {
        Outcome { value: 100 / message.divisor }
    }

    #[handler]
    fn overflow(&mut self, _ctx: &mut RingContext, message: Overflow) -> Outcome {
        Outcome { value: u32::MAX + message.amount }
    }
}
