//! What programs take of a device's hardware, by what NVIDIA's assembler says.

use std::collections::BTreeMap;
use std::fmt;

use crate::device::handler_of;

/// What one program takes for each thread.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resources {
    /// The program.
    pub program: String,
    /// Registers.
    pub registers: u32,
    /// Bytes of the stack: arrays that are indexed, and what does not fit into registers.
    pub stack: u32,
    /// Bytes that are written because they do not fit into registers.
    pub spill_stores: u32,
    /// Bytes that are read for that reason.
    pub spill_loads: u32,
}

/// What an assembler's log says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Assembled {
    /// For each entry what it takes, in the order of its handler, the program's name not filled in.
    pub entries: BTreeMap<usize, Resources>,
    /// Functions that were not put into their callers, whose stack is not counted above.
    pub called: Vec<String>,
    /// Everything else: warnings.
    pub other: Vec<String>,
}

impl Assembled {
    /// Reads a log that was asked for with `-v`.
    pub fn read(log: &str) -> Self {
        let mut read = Self::default();
        let mut at = None;
        for line in log.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some((_, name)) = line.split_once("Function properties for ") {
                at = handler_of(name);
                if at.is_none() {
                    read.called.push(name.to_owned());
                }
            } else if line.contains("bytes stack frame") {
                let numbers: Vec<u32> =
                    line.split(',').filter_map(|part| number_before(part, "bytes")).collect();
                match (at.map(|handler| read.entries.entry(handler).or_default()), &numbers[..]) {
                    (None, _) => {}
                    (Some(entry), [stack, stores, loads]) => {
                        (entry.stack, entry.spill_stores, entry.spill_loads) = (*stack, *stores, *loads);
                    }
                    _ => read.other.push(line.to_owned()),
                }
            } else if !line.starts_with("ptxas info") {
                read.other.push(line.to_owned());
            } else if let (Some(handler), Some(registers)) = (at, number_before(line, "registers")) {
                read.entries.entry(handler).or_default().registers = registers;
            }
        }
        read
    }
}

/// The number in front of a word.
fn number_before(line: &str, word: &str) -> Option<u32> {
    let words: Vec<&str> = line.split([' ', ',']).collect();
    let at = words.iter().position(|other| *other == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

impl Resources {
    /// Whether something does not fit into registers.
    pub fn spills(&self) -> bool {
        self.spill_stores > 0 || self.spill_loads > 0
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, registers, stack, spill_stores, spill_loads } = self;
        write!(
            f,
            "{program}: {registers} registers, {stack} bytes of stack, {spill_stores} bytes spilled, {spill_loads} read again"
        )
    }
}

/// What many programs take: the most of each, how many take how many registers, and all that spill.
#[derive(Debug)]
pub struct Summary<'a>(pub &'a [Resources]);

/// Registers of one step of the histogram.
const STEP: u32 = 16;

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = |of: fn(&Resources) -> u32| self.0.iter().max_by_key(|resources| of(resources));
        if let (Some(registers), Some(stack)) = (most(|all| all.registers), most(|all| all.stack)) {
            writeln!(f, "most registers: {registers}\nmost stack: {stack}")?;
        }
        let mut steps: BTreeMap<u32, usize> = BTreeMap::new();
        self.0.iter().for_each(|resources| *steps.entry(resources.registers / STEP).or_default() += 1);
        for (step, programs) in steps {
            let first = step * STEP;
            writeln!(f, "{first} to {} registers: {programs} programs", first + STEP - 1)?;
        }
        let stacks = self.0.iter().filter(|resources| resources.stack > 0).count();
        let spilling: Vec<&Resources> = self.0.iter().filter(|resources| resources.spills()).collect();
        write!(f, "{stacks} programs have a stack, {} spill", spilling.len())?;
        spilling.iter().try_for_each(|resources| write!(f, "\n  {resources}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'difftest_3' for 'sm_90'
ptxas info    : Function properties for difftest_3
ptxas         .     56 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 40 registers, 352 bytes cmem[0]
ptxas info    : Function properties for _Z7rk_sortP7rk_lane
ptxas         .     128 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas warning : something is slow";

    #[test]
    fn a_log_is_read_by_entries() {
        let read = Assembled::read(LOG);
        let expected =
            Resources { program: String::new(), registers: 40, stack: 56, spill_stores: 8, spill_loads: 12 };
        assert_eq!(read.entries, BTreeMap::from([(3, expected)]));
        assert_eq!(read.called, ["_Z7rk_sortP7rk_lane"]);
        assert_eq!(read.other, ["ptxas warning : something is slow"]);
    }

    #[test]
    fn a_summary_names_the_most_and_what_spills() {
        let named = |program: &str, registers, spill_stores| Resources {
            program: program.into(),
            registers,
            spill_stores,
            ..Resources::default()
        };
        let text = Summary(&[named("a", 15, 0), named("b", 255, 16), named("c", 16, 0)]).to_string();
        for part in [
            "most registers: b: 255",
            "0 to 15 registers: 1 programs",
            "16 to 31 registers: 1",
            "1 spill\n  b:",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
