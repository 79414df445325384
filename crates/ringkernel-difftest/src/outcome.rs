//! What came of one run of a program.

/// What came of one run of a program.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The leaves of its result.
    Value(Vec<u64>),
    /// It could not finish.
    Fault(Fault),
}

/// Why a run could not finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The number of its kind, as generated code has it.
    pub kind: u32,
    /// The function that it lies in, by its place in the program, and the line in that function, counted from 1. `None`
    /// where it lies inside of the standard library.
    pub place: Option<(usize, u32)>,
}
