//! Takes the samples: contestants in turns, so that what changes on the machine meets all of them.

use crate::comparison::{Comparison, Effort, Threads};
use crate::host::Distance;
use crate::statistics::Spread;

/// How often one sample is taken again when the host has moved the processors.
const MOST_RETAKES: usize = 5;

/// A comparison with its figures.
pub struct Outcome {
    /// What was compared.
    pub comparison: Comparison,
    /// For each contestant, the spread of each measure.
    pub spreads: Vec<Vec<Spread>>,
    /// Samples that were thrown away and taken again.
    pub retaken: usize,
    /// Samples that were kept although the processors stayed apart.
    pub kept_apart: usize,
}

impl Outcome {
    /// Takes all samples of a comparison.
    pub fn of(mut comparison: Comparison, effort: Effort, distance: &mut Distance) -> Self {
        let count = comparison.contestants.len();
        let mut samples = vec![vec![Vec::new(); comparison.measures.len()]; count];
        let (mut retaken, mut kept_apart) = (0, 0);
        for round in 0..effort.samples() {
            for turn in 0..count {
                // Another one begins each round, so that nobody always follows the same neighbour.
                let index = (round + turn) % count;
                let contestant = &mut comparison.contestants[index];
                let mut takes = Takes { threads: comparison.threads, distance, retaken: 0, kept_apart: 0 };
                let figures = takes.sample(&mut *contestant.sample);
                retaken += takes.retaken;
                kept_apart += takes.kept_apart;
                assert_eq!(figures.len(), comparison.measures.len(), "{}", contestant.name);
                for (measure, figure) in samples[index].iter_mut().zip(figures) {
                    measure.push(figure);
                }
            }
        }
        let spreads =
            samples.iter().map(|measures| measures.iter().map(|m| Spread::of(m)).collect()).collect();
        Self { comparison, spreads, retaken, kept_apart }
    }
}

/// One sample and its repetitions.
struct Takes<'a> {
    threads: Threads,
    distance: &'a mut Distance,
    retaken: usize,
    kept_apart: usize,
}

impl Takes<'_> {
    fn sample(&mut self, sample: &mut dyn FnMut() -> Vec<f64>) -> Vec<f64> {
        if self.threads == Threads::One {
            return sample();
        }
        loop {
            let before = self.distance.is_usual();
            let figures = sample();
            let after = self.distance.is_usual();
            if before && after {
                return figures;
            }
            if self.retaken == MOST_RETAKES {
                self.kept_apart += 1;
                return figures;
            }
            self.retaken += 1;
        }
    }
}
