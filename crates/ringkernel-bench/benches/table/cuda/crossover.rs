//! From which batch on launches win over actors.

use ringkernel_bench::run::Outcome;

use super::batches::ID;

/// What the row of batches says about each way to launch; nothing where it did not run.
pub(crate) fn crossover(outcomes: &[Outcome]) -> String {
    let Some(outcome) = outcomes.iter().find(|outcome| outcome.comparison.id == ID) else {
        return String::new();
    };
    if outcome.is_proof() {
        return "SIMULATED: at which batch size launches win was not measured.\n".to_owned();
    }
    let names = outcome.names();
    let wins = |contestant: usize, measure: usize| {
        let median = |index| outcome.spread(index, measure).map_or(f64::NAN, |spread| spread.median);
        median(contestant) < median(0)
    };
    let line = |(contestant, name): (usize, &str)| {
        let sizes: Vec<_> = (0..outcome.comparison.measures.len())
            .filter(|measure| wins(contestant, *measure))
            .map(|measure| outcome.comparison.measures[measure])
            .collect();
        match sizes.is_empty() {
            true => format!("Actors win over {name} at every size.\n"),
            false => format!("Actors lose to {name} at: {}.\n", sizes.join(", ")),
        }
    };
    names.into_iter().enumerate().skip(1).map(line).collect()
}
