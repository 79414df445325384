//! The section of a Markdown file that holds the results.

use super::{Machine, contestants, floors, targets};
use crate::run::Outcome;
use crate::statistics::Spread;

/// The heading of the section; the text below it, up to the next heading of this level, is written by the benchmark.
const HEADING: &str = "## The benchmark table\n";

/// The section. The remarks, lines of text, stand below the contestants.
pub fn section(machine: &Machine, distance: Spread, outcomes: &[Outcome], remarks: &str) -> String {
    let setups: String = outcomes
        .iter()
        .map(|outcome| format!("- **{}**: {}\n", outcome.comparison.title, outcome.comparison.setup))
        .collect();
    let retaken: usize = outcomes.iter().map(|outcome| outcome.retaken).sum();
    let remarks: String = remarks.lines().map(|line| format!("\n{line}\n")).collect();
    let simulated = match outcomes.iter().any(Outcome::is_proof) {
        true => {
            "\n\nRows that say SIMULATED ran on an imitation of a device: their answers were checked, and nothing was measured."
        }
        false => "",
    };
    let kept: usize = outcomes.iter().map(|outcome| outcome.kept_apart).sum();
    format!(
        "{HEADING}
`cargo bench -p ringkernel-bench -- --markdown docs/measurements.md` wrote this section.

{machine}

Medians of samples that the contestants gave in turns; every sample's result was checked. A ratio is ours divided by theirs, \
within this run; differences under 15 % are noise. A cache line took {:.0} ns to the other processor and back ({:.0} to {:.0}); \
{retaken} samples beside which it took more than twice the median were thrown away and taken again, {kept} were kept after five \
attempts.{simulated}

{}
### Every contestant

{}{remarks}
### What the machine allows

{}
### What is compared

{setups}",
        distance.median,
        distance.min,
        distance.max,
        targets(outcomes),
        contestants(outcomes),
        floors(outcomes),
    )
}

/// The page with the section in place of its old one, or at its end.
pub fn replace_section(page: &str, section: &str) -> String {
    let Some(start) = page.find(HEADING) else {
        return format!("{}\n\n{section}", page.trim_end());
    };
    let after = page[start + HEADING.len()..].find("\n## ").map(|end| start + HEADING.len() + end + 1);
    let rest = after.map_or(String::new(), |end| format!("\n{}", &page[end..]));
    format!("{}{}\n{rest}", &page[..start], section.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::{Comparison, Threads};

    #[test]
    fn remarks_are_paragraphs_and_a_run_without_figures_says_so() {
        let comparison = Comparison {
            id: "id",
            title: "work".into(),
            setup: "".into(),
            unit: "ns",
            measures: &[""],
            threads: Threads::One,
            contestants: Vec::new(),
            targets: Vec::new(),
        };
        let none = Spread { min: 1.0, median: 1.0, max: 1.0 };
        let text = |outcomes: &[Outcome]| section(&Machine::here(&[]), none, outcomes, "One.\nTwo.\n");
        assert!(
            text(&[]).contains("\n\nOne.\n\nTwo.\n\n### What") && !text(&[]).contains("SIMULATED"),
            "{}",
            text(&[])
        );
        assert!(text(&[Outcome::for_tests(comparison, None)]).contains("SIMULATED"));
    }

    #[test]
    fn only_the_section_is_replaced() {
        let new = format!("{HEADING}\nnew\n");
        for (page, expected) in [
            ("# Page\n".to_owned(), format!("# Page\n\n{new}")),
            (format!("# Page\n\n{HEADING}\nold\n\n### old\n"), format!("# Page\n\n{new}")),
            (
                format!("# Page\n\n{HEADING}\nold\n\n## Next\n\nkept\n"),
                format!("# Page\n\n{new}\n## Next\n\nkept\n"),
            ),
        ] {
            assert_eq!(replace_section(&page, &new), expected);
        }
    }
}
