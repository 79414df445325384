//! Which rows the tables have.

use super::Grid;
use crate::comparison::{Against, Comparison, Contestant, Role, Target};
use crate::run::Outcome;
use crate::statistics::Spread;

/// What is aimed at, and what came of it.
pub fn targets(outcomes: &[Outcome]) -> Grid {
    let mut grid = Grid::new(["Work", "Ours", "Median", "Against", "Median", "Ratio", "Limit", ""]);
    for outcome in outcomes {
        for target in &outcome.comparison.targets {
            let verdict = Verdict::of(outcome, target);
            grid.row([
                work(&outcome.comparison, target.measure),
                target.ours.into(),
                figure(verdict.ours),
                verdict.against,
                figure(verdict.theirs),
                format!("{:.2}", verdict.ratio),
                format!("{:.2}", target.limit),
                if verdict.ratio <= target.limit { "met" } else { "missed" }.into(),
            ]);
        }
    }
    grid
}

/// Every contestant of every comparison, with its distance from the best peer. What is about floors alone is not in it.
pub fn contestants(outcomes: &[Outcome]) -> Grid {
    let mut grid = Grid::new(["Work", "Contestant", "Unit", "Median", "Min to max", "x best peer"]);
    let is_floor = |contestant: &Contestant| contestant.role == Role::Floor;
    for outcome in outcomes.iter().filter(|outcome| !outcome.comparison.contestants.iter().all(is_floor)) {
        for measure in 0..outcome.comparison.measures.len() {
            let best = best_peer(outcome, measure);
            for (contestant, spreads) in outcome.comparison.contestants.iter().zip(&outcome.spreads) {
                let spread = spreads[measure];
                grid.row([
                    work(&outcome.comparison, measure),
                    named(contestant.role, contestant.name),
                    outcome.comparison.unit.into(),
                    figure(spread.median),
                    range(spread),
                    best.map_or_else(String::new, |best| format!("{:.2}", spread.median / best)),
                ]);
            }
        }
    }
    grid
}

/// What the machine allows.
pub fn floors(outcomes: &[Outcome]) -> Grid {
    let mut grid = Grid::new(["Limit", "ns", "Min to max"]);
    for outcome in outcomes {
        for (contestant, spreads) in outcome.comparison.contestants.iter().zip(&outcome.spreads) {
            if contestant.role == Role::Floor {
                let spread = spreads[0];
                let prefix = match outcome.comparison.contestants.len() {
                    1 => String::new(),
                    _ => format!("{}: ", outcome.comparison.title),
                };
                grid.row([format!("{prefix}{}", contestant.name), figure(spread.median), range(spread)]);
            }
        }
    }
    grid
}

/// A target, worked out.
struct Verdict {
    ours: f64,
    theirs: f64,
    against: String,
    ratio: f64,
}

impl Verdict {
    fn of(outcome: &Outcome, target: &Target) -> Self {
        let ours = median_of(outcome, target.ours, target.measure);
        let (against, theirs) = match target.against {
            Against::Figure(figure, spelling) => (spelling.to_owned(), figure),
            Against::BestOf(names) => names
                .iter()
                .map(|name| ((*name).to_owned(), median_of(outcome, name, target.measure)))
                .min_by(|(_, left), (_, right)| left.total_cmp(right))
                .expect("a target names whom it is held against"),
        };
        Self { ours, theirs, against, ratio: ours / theirs }
    }
}

fn median_of(outcome: &Outcome, name: &str, measure: usize) -> f64 {
    let index = outcome.comparison.contestants.iter().position(|contestant| contestant.name == name);
    let index = index.unwrap_or_else(|| panic!("{}: no contestant is called {name}", outcome.comparison.id));
    outcome.spreads[index][measure].median
}

fn best_peer(outcome: &Outcome, measure: usize) -> Option<f64> {
    let contestants = outcome.comparison.contestants.iter().zip(&outcome.spreads);
    contestants
        .filter(|(contestant, _)| contestant.role == Role::Peer)
        .map(|(_, spreads)| spreads[measure].median)
        .min_by(f64::total_cmp)
}

fn work(comparison: &Comparison, measure: usize) -> String {
    match comparison.measures[measure] {
        "" => comparison.title.to_string(),
        name => format!("{}, {name}", comparison.title),
    }
}

fn named(role: Role, name: &str) -> String {
    match role {
        Role::Ours => format!("**{name}**"),
        Role::Peer => name.to_owned(),
        Role::Floor => format!("({name})"),
    }
}

/// Three digits are more than the machine's noise leaves.
fn figure(value: f64) -> String {
    match value {
        value if value < 100.0 => format!("{value:.1}"),
        value => group_thousands(&format!("{value:.0}")),
    }
}

fn range(spread: Spread) -> String {
    format!("{} to {}", figure(spread.min), figure(spread.max))
}

fn group_thousands(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Threads;

    fn outcome(target: Target) -> Outcome {
        let spread = |median| vec![Spread { min: median, median, max: median }];
        Outcome {
            comparison: Comparison {
                id: "id",
                title: "work".into(),
                setup: "".into(),
                unit: "ns",
                measures: &[""],
                threads: Threads::One,
                contestants: vec![
                    Contestant::ours("us", || 0.0),
                    Contestant::peer("slow", || 0.0),
                    Contestant::peer("fast", || 0.0),
                    Contestant::floor("floor", || 0.0),
                ],
                targets: vec![target],
            },
            spreads: vec![spread(22.0), spread(40.0), spread(20.0), spread(1234.0)],
            retaken: 0,
            kept_apart: 0,
        }
    }

    #[track_caller]
    fn check(limit: f64, against: Against, ratio: &str, verdict: &str) {
        let table = targets(&[outcome(Target { measure: 0, ours: "us", limit, against })]).to_string();
        let row = table.lines().nth(2).unwrap();
        assert!(row.contains(&format!("| {ratio} ")) && row.contains(&format!("| {verdict} ")), "{row}");
    }

    #[test]
    fn a_target_is_met_up_to_its_limit_against_the_best_of_those_named() {
        check(1.15, Against::BestOf(&["slow", "fast"]), "1.10", "met");
        check(1.05, Against::BestOf(&["slow", "fast"]), "1.10", "missed");
        check(0.55, Against::BestOf(&["slow"]), "0.55", "met");
        check(1.0, Against::Figure(11.0, "11 ns"), "2.00", "missed");
    }

    #[test]
    fn ratios_are_to_the_best_peer_and_floors_have_a_table_of_their_own() {
        let outcomes =
            [outcome(Target { measure: 0, ours: "us", limit: 1.0, against: Against::BestOf(&["fast"]) })];
        let all = contestants(&outcomes).to_string();
        assert!(all.contains("| **us** "), "{all}");
        assert!(all.contains("| 1,234  | 1,234 to 1,234 | 61.70"), "{all}");
        let floors = floors(&outcomes).to_string();
        assert!(floors.contains("work: floor") && !floors.contains("fast"), "{floors}");
    }
}
