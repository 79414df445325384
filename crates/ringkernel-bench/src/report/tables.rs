//! Which rows the tables have.

use super::Grid;
use crate::comparison::{Against, Comparison, Contestant, Role, Target};
use crate::run::Outcome;
use crate::statistics::Spread;

/// Stands in place of a figure where the work was only proved to be done, on an imitation of a device.
const SIMULATED: &str = "SIMULATED";
/// Stands where there is no figure.
const NOTHING: &str = "-";

/// What is aimed at, and what came of it.
pub fn targets(outcomes: &[Outcome]) -> Grid {
    let mut grid = Grid::new(["Work", "Ours", "Median", "Against", "Median", "Ratio", "Limit", ""]);
    for outcome in outcomes {
        for target in &outcome.comparison.targets {
            let Some(verdict) = Verdict::of(outcome, target) else {
                let against = target.against.to_string();
                let [ours, theirs, ratio] = [(); 3].map(|()| NOTHING.to_owned());
                let work = work(&outcome.comparison, target.measure);
                let limit = format!("{:.2}", target.limit);
                grid.row([work, target.ours.into(), ours, against, theirs, ratio, limit, SIMULATED.into()]);
                continue;
            };
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
            for (index, contestant) in outcome.comparison.contestants.iter().enumerate() {
                let [median, range, ratio] = match outcome.spread(index, measure) {
                    None => [SIMULATED.to_owned(), NOTHING.to_owned(), NOTHING.to_owned()],
                    Some(spread) => [
                        figure(spread.median),
                        range(spread),
                        best.map_or_else(String::new, |best| format!("{:.2}", spread.median / best)),
                    ],
                };
                let work = work(&outcome.comparison, measure);
                let name = named(contestant.role, contestant.name);
                grid.row([work, name, outcome.comparison.unit.into(), median, range, ratio]);
            }
        }
    }
    grid
}

/// What the machine allows.
pub fn floors(outcomes: &[Outcome]) -> Grid {
    let mut grid = Grid::new(["Limit", "ns", "Min to max"]);
    for outcome in outcomes {
        for (index, contestant) in outcome.comparison.contestants.iter().enumerate() {
            if contestant.role == Role::Floor {
                let [median, range] = match outcome.spread(index, 0) {
                    None => [SIMULATED.to_owned(), NOTHING.to_owned()],
                    Some(spread) => [figure(spread.median), range(spread)],
                };
                let prefix = match outcome.comparison.contestants.len() {
                    1 => String::new(),
                    _ => format!("{}: ", outcome.comparison.title),
                };
                grid.row([format!("{prefix}{}", contestant.name), median, range]);
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
    /// Nothing where nothing was measured.
    fn of(outcome: &Outcome, target: &Target) -> Option<Self> {
        if outcome.is_proof() {
            return None;
        }
        let ours = median_of(outcome, target.ours, target.measure);
        let (against, theirs) = match target.against {
            Against::Figure(figure, spelling) => (spelling.to_owned(), figure),
            Against::BestOf(names) => names
                .iter()
                .map(|name| ((*name).to_owned(), median_of(outcome, name, target.measure)))
                .min_by(|(_, left), (_, right)| left.total_cmp(right))
                .expect("a target names whom it is held against"),
        };
        Some(Self { ours, theirs, against, ratio: ours / theirs })
    }
}

fn median_of(outcome: &Outcome, name: &str, measure: usize) -> f64 {
    let index = outcome.comparison.contestants.iter().position(|contestant| contestant.name == name);
    let index = index.unwrap_or_else(|| panic!("{}: no contestant is called {name}", outcome.comparison.id));
    outcome.spread(index, measure).expect("it was measured").median
}

fn best_peer(outcome: &Outcome, measure: usize) -> Option<f64> {
    let contestants = outcome.comparison.contestants.iter().enumerate();
    contestants
        .filter(|(_, contestant)| contestant.role == Role::Peer)
        .filter_map(|(index, _)| outcome.spread(index, measure))
        .map(|spread| spread.median)
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
        Outcome::for_tests(
            Comparison {
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
            Some(vec![spread(22.0), spread(40.0), spread(20.0), spread(1234.0)]),
        )
    }

    #[test]
    fn what_was_only_proved_is_said_to_be_simulated_and_has_no_figures() {
        let target = Target { measure: 0, ours: "us", limit: 1.0, against: Against::BestOf(&["fast"]) };
        let proof = [Outcome::for_tests(outcome(target).comparison, None)];
        for table in [targets(&proof), contestants(&proof), floors(&proof)] {
            let text = table.to_string();
            let rows: Vec<_> = text.lines().skip(2).collect();
            assert!(!rows.is_empty() && rows.iter().all(|row| row.contains(SIMULATED)), "{text}");
            let figures = rows.concat().replace("1.00", "");
            assert!(!figures.contains(|symbol: char| symbol.is_ascii_digit()), "{text}");
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
