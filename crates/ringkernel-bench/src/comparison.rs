//! What is compared: contestants that do the same work, and the ratios that are aimed at.

use std::borrow::Cow;
use std::fmt;

/// How much work a sample does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// What published figures are made of.
    Full,
    /// A look, for use while something is being changed.
    Quick,
    /// Just enough to see that everything works and is checked.
    Proof,
}

impl Effort {
    /// How many times a sample does its work, given the count for [`Full`](Self::Full).
    pub const fn count(self, full: u64) -> u64 {
        match self {
            Effort::Full => full,
            Effort::Quick => full.div_ceil(8),
            Effort::Proof => full.div_ceil(1024),
        }
    }

    /// How many samples each contestant gives.
    pub const fn samples(self) -> usize {
        match self {
            Effort::Full => 11,
            Effort::Quick => 3,
            Effort::Proof => 1,
        }
    }
}

/// Whether a sample's figures depend on how far apart the host has put the machine's processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One thread does all the work.
    One,
    /// Threads hand work to each other, so samples taken on distant processors are repeated.
    Several,
}

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// RingKernel.
    Ours,
    /// What a user would pick instead.
    Peer,
    /// What the machine allows: the same work by hand, with nothing around it.
    Floor,
}

/// One way of doing a comparison's work.
pub struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) sample: Box<dyn FnMut() -> Vec<f64>>,
}

impl Contestant {
    /// A contestant whose sample is one figure.
    pub fn new(role: Role, name: &'static str, mut sample: impl FnMut() -> f64 + 'static) -> Self {
        Self::with_measures(role, name, move || vec![sample()])
    }

    /// A contestant whose sample is one figure for each of the comparison's measures. A sample prepares, does the work,
    /// checks its result and cleans up; it panics when the result is wrong.
    pub fn with_measures(role: Role, name: &'static str, sample: impl FnMut() -> Vec<f64> + 'static) -> Self {
        Self { name, role, sample: Box::new(sample) }
    }

    /// RingKernel.
    pub fn ours(name: &'static str, sample: impl FnMut() -> f64 + 'static) -> Self {
        Self::new(Role::Ours, name, sample)
    }

    /// What a user would pick instead.
    pub fn peer(name: &'static str, sample: impl FnMut() -> f64 + 'static) -> Self {
        Self::new(Role::Peer, name, sample)
    }

    /// What the machine allows.
    pub fn floor(name: &'static str, sample: impl FnMut() -> f64 + 'static) -> Self {
        Self::new(Role::Floor, name, sample)
    }
}

/// What a figure of ours is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Against {
    /// The smallest median of these contestants.
    BestOf(&'static [&'static str]),
    /// A number in the comparison's unit, with its spelling.
    Figure(f64, &'static str),
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Against::BestOf([one]) => f.write_str(one),
            Against::BestOf(names) => write!(f, "best of {}", names.join(", ")),
            Against::Figure(_, spelling) => f.write_str(spelling),
        }
    }
}

/// The ratio of medians that is aimed at.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Which of the comparison's measures.
    pub measure: usize,
    /// The contestant of ours.
    pub ours: &'static str,
    /// The largest ratio that meets the target.
    pub limit: f64,
    /// What ours is divided by.
    pub against: Against,
}

/// Contestants that do the same work.
pub struct Comparison {
    /// Short name for the command line.
    pub id: &'static str,
    /// What is done, and on which device if that is not the processor.
    pub title: Cow<'static, str>,
    /// What exactly is set up for each contestant.
    pub setup: Cow<'static, str>,
    /// What the figures count, such as "ns a message".
    pub unit: &'static str,
    /// Names of the figures of a sample. One empty name where there is one figure.
    pub measures: &'static [&'static str],
    /// Whether distant processors spoil a sample.
    pub threads: Threads,
    /// Who is measured, in the order of the table.
    pub contestants: Vec<Contestant>,
    /// What is aimed at.
    pub targets: Vec<Target>,
}
