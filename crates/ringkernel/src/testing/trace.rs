//! What has run, in order.

use std::fmt;
use std::ops::Deref;

use ringkernel_cpu::Step;

/// Steps that are kept at least; the oldest give way when there are twice as many.
const KEPT: usize = 100_000;

/// The steps of a test runtime, oldest first. Dereferences to a slice; equal when the same happened in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    steps: Vec<Step>,
    omitted: u64,
}

impl Trace {
    /// Steps that are not kept any more. The latest 100,000 always are.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The latest `count` steps, one a line.
    pub(super) fn tail(&self, count: usize) -> String {
        let from = self.steps.len().saturating_sub(count);
        let number = |index: usize| self.omitted + index as u64 + 1;
        let lines = self.steps.iter().enumerate().skip(from);
        lines.map(|(index, step)| format!("{:>6}  {step}\n", number(index))).collect()
    }

    pub(super) fn push(&mut self, step: Step) {
        if self.steps.len() == 2 * KEPT {
            self.steps.drain(..KEPT);
            self.omitted += KEPT as u64;
        }
        self.steps.push(step);
    }
}

impl Deref for Trace {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        &self.steps
    }
}

/// One line a step: its number, time, sender, kernel, message and outcome.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tail(self.steps.len()))
    }
}
