//! Takes the samples: contestants in turns, so that what changes on the machine meets all of them.

use crate::comparison::{Comparison, Effort, Threads};
use crate::statistics::Spread;

/// How often one sample is taken again when the host has moved the processors.
const MOST_RETAKES: usize = 5;

/// A comparison with its figures.
pub struct Outcome {
    /// What was compared.
    pub comparison: Comparison,
    /// For each contestant, the spread of each measure; nothing where the work was only proved to be done.
    spreads: Option<Vec<Vec<Spread>>>,
    /// Samples that were thrown away and taken again.
    pub retaken: usize,
    /// Samples that were kept although the processors stayed apart.
    pub kept_apart: usize,
}

impl Outcome {
    /// Takes all samples of a comparison. `is_usual` looks at the machine and is asked before and after each sample that
    /// involves several threads.
    ///
    /// # Panics
    /// When a sample's result is wrong, or it does not have a figure for each measure.
    pub fn of(mut comparison: Comparison, effort: Effort, mut is_usual: impl FnMut() -> bool) -> Self {
        let count = comparison.contestants.len();
        let mut samples = vec![vec![Vec::new(); comparison.measures.len()]; count];
        let (mut retaken, mut kept_apart) = (0, 0);
        for round in 0..effort.samples() {
            for turn in 0..count {
                // Another one begins each round, so that nobody always follows the same neighbour.
                let index = (round + turn) % count;
                let contestant = &mut comparison.contestants[index];
                let taken = match comparison.threads {
                    Threads::One => Taken { figures: (contestant.sample)(), retakes: 0, apart: false },
                    Threads::Several => take(&mut *contestant.sample, &mut is_usual),
                };
                retaken += taken.retakes;
                kept_apart += usize::from(taken.apart);
                assert_eq!(taken.figures.len(), comparison.measures.len(), "{}", contestant.name);
                for (measure, figure) in samples[index].iter_mut().zip(taken.figures) {
                    measure.push(figure);
                }
            }
        }
        let spread_of =
            |measures: &Vec<Vec<f64>>| measures.iter().map(|figures| Spread::of(figures)).collect();
        let spreads = Some(samples.iter().map(spread_of).collect());
        Self { comparison, spreads, retaken, kept_apart }
    }

    /// Takes one sample of each contestant, which checks its own result, and throws the figures away: on an imitation of a device
    /// they mean nothing.
    ///
    /// # Panics
    /// When a sample's result is wrong, or it does not have a figure for each measure.
    pub fn proof(mut comparison: Comparison) -> Self {
        for contestant in &mut comparison.contestants {
            let figures = (contestant.sample)();
            assert_eq!(figures.len(), comparison.measures.len(), "{}", contestant.name);
            assert!(figures.iter().all(|figure| *figure >= 0.0), "{}: {figures:?}", contestant.name);
        }
        Self { comparison, spreads: None, retaken: 0, kept_apart: 0 }
    }

    /// What a contestant gave, unless it was only proved to work.
    pub fn spread(&self, contestant: usize, measure: usize) -> Option<Spread> {
        self.spreads.as_ref().map(|spreads| spreads[contestant][measure])
    }

    /// Whether nothing was measured.
    pub fn is_proof(&self) -> bool {
        self.spreads.is_none()
    }

    #[cfg(test)]
    pub(crate) fn for_tests(comparison: Comparison, spreads: Option<Vec<Vec<Spread>>>) -> Self {
        Self { comparison, spreads, retaken: 0, kept_apart: 0 }
    }
}

/// A sample that counts.
struct Taken {
    figures: Vec<f64>,
    /// How many were thrown away before it.
    retakes: usize,
    /// Whether it counts only because there were too many of those.
    apart: bool,
}

/// Takes a sample until the machine was as usual before and after it, within reason.
fn take(sample: &mut dyn FnMut() -> Vec<f64>, is_usual: &mut impl FnMut() -> bool) -> Taken {
    let mut retakes = 0;
    loop {
        let before = is_usual();
        let figures = sample();
        let undisturbed = is_usual() && before;
        if undisturbed || retakes == MOST_RETAKES {
            return Taken { figures, retakes, apart: !undisturbed };
        }
        retakes += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::comparison::Contestant;

    #[test]
    fn a_proof_takes_one_sample_of_each_and_has_no_figures() {
        let taken = Rc::new(Cell::new(0));
        let contestants = ["us", "peer"].map(|name| {
            let taken = Rc::clone(&taken);
            Contestant::peer(name, move || {
                taken.set(taken.get() + 1);
                1.0
            })
        });
        let outcome = Outcome::proof(comparison(contestants.into(), Threads::Several));
        assert_eq!((taken.get(), outcome.is_proof(), outcome.spread(1, 0)), (2, true, None));
    }

    fn comparison(contestants: Vec<Contestant>, threads: Threads) -> Comparison {
        Comparison {
            id: "id",
            title: "work".into(),
            setup: "".into(),
            unit: "ns",
            measures: &[""],
            threads,
            contestants,
            targets: Vec::new(),
        }
    }

    /// Measures two contestants whose samples count up together, on a machine that is as usual when `is_usual` says so.
    fn outcome(threads: Threads, is_usual: impl FnMut() -> bool) -> Outcome {
        let taken = Rc::new(Cell::new(0.0));
        let sample = |taken: &Rc<Cell<f64>>| {
            let taken = Rc::clone(taken);
            move || {
                taken.set(taken.get() + 1.0);
                taken.get()
            }
        };
        let contestants =
            vec![Contestant::ours("us", sample(&taken)), Contestant::peer("peer", sample(&taken))];
        Outcome::of(comparison(contestants, threads), Effort::Quick, is_usual)
    }

    #[test]
    fn contestants_take_turns_and_another_begins_each_round() {
        let outcome = outcome(Threads::One, || false);
        // Rounds: us peer, peer us, us peer.
        assert_eq!(outcome.spread(0, 0), Some(Spread { min: 1.0, median: 4.0, max: 5.0 }));
        assert_eq!(outcome.spread(1, 0), Some(Spread { min: 2.0, median: 3.0, max: 6.0 }));
        assert_eq!((outcome.retaken, outcome.kept_apart), (0, 0));
    }

    #[test]
    fn a_disturbed_sample_is_taken_again() {
        let mut looks = 0;
        let outcome = outcome(Threads::Several, || {
            looks += 1;
            // After the first sample, and before its first repetition.
            !(2..=3).contains(&looks)
        });
        assert_eq!((outcome.retaken, outcome.kept_apart), (2, 0));
        assert_eq!(outcome.spread(0, 0).map(|spread| spread.min), Some(3.0));
    }

    #[test]
    fn a_machine_that_stays_disturbed_is_put_up_with() {
        let outcome = outcome(Threads::Several, || false);
        assert_eq!((outcome.retaken, outcome.kept_apart), (6 * MOST_RETAKES, 6));
    }
}
