//! Why a handler could not finish.

use std::fmt;

use ringkernel_abi::device;

/// What kind of fault a handler ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The handler called `ctx.fail(code)`.
    Failed,
    /// An index was outside its array, slice or vector.
    IndexOutOfBounds,
    /// A division or remainder by zero.
    DivisionByZero,
    /// Arithmetic overflowed in a build with overflow checks.
    ArithmeticOverflow,
    /// Any other panic.
    Panic,
    /// Lanes of a cooperative handler did not meet where they had to: at a barrier, or in a warp operation.
    Divergence,
    /// Two lanes used one plain cell, at least one of them writing, with no barrier in between.
    DataRace,
    /// A block asked for more shared memory than it was launched with, or read what none of its lanes had written.
    SharedMemory,
}

impl FaultKind {
    /// The code that such a fault reports as `last_error`. Codes of `ctx.fail` are the user's own.
    pub const fn code(self) -> u32 {
        match self {
            Self::Failed => 0x8000_0000,
            Self::IndexOutOfBounds => 0x8000_0001,
            Self::DivisionByZero => 0x8000_0002,
            Self::ArithmeticOverflow => 0x8000_0003,
            Self::Panic => 0x8000_0004,
            Self::Divergence => 0x8000_0005,
            Self::DataRace => 0x8000_0006,
            Self::SharedMemory => 0x8000_0007,
        }
    }

    /// The kind that the text of one of rustc's own panics means.
    pub fn of_panic_message(message: &str) -> Self {
        if message.starts_with("index out of bounds")
            || message.starts_with("range ") && message.contains("out of range")
            || message.starts_with("slice index starts at ")
        {
            Self::IndexOutOfBounds
        } else if message == "attempt to divide by zero"
            || message == "attempt to calculate the remainder with a divisor of zero"
        {
            Self::DivisionByZero
        } else if message.starts_with("attempt to ") && message.ends_with(" with overflow") {
            Self::ArithmeticOverflow
        } else {
            Self::Panic
        }
    }
}

/// A handler that could not finish: what happened, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// The code given to `ctx.fail`, else [`FaultKind::code`].
    pub code: u32,
    /// The text of the panic, or of the failure.
    pub message: String,
    /// Source file, as the compiler names it.
    pub file: String,
    /// Source line, counted from 1.
    pub line: u32,
}

impl Fault {
    /// A fault that a device reports, in the words that the compiler has for it. `code` is what `ctx.fail` was given.
    pub fn on_device(kind: device::FaultKind, code: u32, file: &str, line: u32) -> Self {
        use device::FaultKind as Reported;
        let (kind, message) = match kind {
            Reported::Failed => (FaultKind::Failed, "the handler called `ctx.fail`"),
            Reported::IndexOutOfBounds => (FaultKind::IndexOutOfBounds, "index out of bounds"),
            Reported::DivisionByZero => (FaultKind::DivisionByZero, "attempt to divide by zero"),
            Reported::ArithmeticOverflow => {
                (FaultKind::ArithmeticOverflow, "attempt to calculate with overflow")
            }
            Reported::Panic => (FaultKind::Panic, "the handler panicked"),
            Reported::Divergence => (
                FaultKind::Divergence,
                "lanes do not meet: they take different ways around a barrier or warp operation",
            ),
            Reported::SharedMemory => {
                (FaultKind::SharedMemory, "the block's arrays take more than its shared memory")
            }
            Reported::OutOfMemory => (FaultKind::Panic, "vectors take more memory than the largest message"),
        };
        let code = if kind == FaultKind::Failed { code } else { kind.code() };
        Self { kind, code, message: message.into(), file: file.into(), line }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {:#x}, at {}:{})", self.message, self.code, self.file, self.line)
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::panic::catch_unwind;

    use super::*;

    fn kind_of(panics: impl FnOnce() -> i32 + std::panic::UnwindSafe) -> FaultKind {
        let payload = catch_unwind(panics).expect_err("it panics");
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        FaultKind::of_panic_message(&text.expect("a panic of the standard library says something"))
    }

    #[test]
    fn panics_of_the_standard_library_have_their_kind() {
        let list = black_box([1, 2, 3]);
        let (three, zero) = (black_box(3usize), black_box(0));
        let outside = FaultKind::IndexOutOfBounds;
        assert_eq!(kind_of(|| list[three]), outside);
        assert_eq!(kind_of(|| list[..=three].len() as i32), outside);
        assert_eq!(kind_of(|| list[three + 1..].len() as i32), outside);
        assert_eq!(kind_of(|| list[three - 1..three - 2].len() as i32), outside);
        assert_eq!(kind_of(|| 1 / zero), FaultKind::DivisionByZero);
        assert_eq!(kind_of(|| 1 % zero), FaultKind::DivisionByZero);
        assert_eq!(kind_of(|| i32::MIN / (zero - 1)), FaultKind::ArithmeticOverflow);
        assert_eq!(kind_of(|| black_box(None).unwrap_or_else(|| panic!("nothing"))), FaultKind::Panic);
    }
}
