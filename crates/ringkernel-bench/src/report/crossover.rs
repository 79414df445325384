//! For which sizes of a batch the first contestant loses to the others.

use crate::run::Outcome;

/// A line for each other contestant, about every measure of the comparison.
pub fn crossover(outcome: &Outcome) -> String {
    if outcome.is_proof() {
        return "SIMULATED: at which sizes launches win was not measured.\n".to_owned();
    }
    let median = |contestant, measure| outcome.spread(contestant, measure).map(|spread| spread.median);
    let measures = outcome.comparison.measures.iter().enumerate();
    let contestants = outcome.comparison.contestants.iter().enumerate();
    let Some(ours) = outcome.comparison.contestants.first() else { return String::new() };
    let line = |(index, name): (usize, &str)| {
        let lost: Vec<_> = measures
            .clone()
            .filter(|(measure, _)| median(index, *measure) < median(0, *measure))
            .map(|(_, size)| *size)
            .collect();
        match lost.is_empty() {
            true => format!("{} wins over {name} at every size.\n", ours.name),
            false => format!("{} loses to {name} at: {}.\n", ours.name, lost.join(", ")),
        }
    };
    contestants.skip(1).map(|(index, contestant)| line((index, contestant.name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::{Comparison, Contestant, Threads};
    use crate::statistics::Spread;

    fn comparison() -> Comparison {
        let contestant = |name| Contestant::peer(name, || 0.0);
        Comparison {
            id: "id",
            title: "work".into(),
            setup: "".into(),
            unit: "ns",
            measures: &["1", "8", "64"],
            threads: Threads::One,
            contestants: ["actors", "launches", "ticks"].map(contestant).into(),
            targets: Vec::new(),
        }
    }

    #[test]
    fn each_size_at_which_another_is_faster_is_named() {
        let of = |medians: [f64; 3]| medians.map(|median| Spread { min: 0.0, median, max: 99.0 }).to_vec();
        let spreads = vec![of([5.0, 4.0, 3.0]), of([9.0, 3.9, 1.0]), of([50.0, 40.0, 3.0])];
        let text = crossover(&Outcome::for_tests(comparison(), Some(spreads)));
        assert_eq!(text, "actors loses to launches at: 8, 64.\nactors wins over ticks at every size.\n");
    }

    #[test]
    fn a_proof_says_that_nothing_was_measured() {
        let text = crossover(&Outcome::for_tests(comparison(), None));
        assert!(text.contains("SIMULATED") && !text.contains("wins over"), "{text}");
    }
}
