//! Runs a plan: one step after the other, stopping at the first that fails, with a summary at the end.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::step::{Place, Requirement, Skip, Step};

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// An optional tool is missing; holds the advice.
    Skipped(&'static str),
}

/// One line of the summary.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    outcome: Outcome,
    elapsed: Duration,
    left_out: Option<&'static str>,
}

/// Runs `steps` in order and prints the summary. The exit code is a failure when a step failed.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    let entries = execute(steps, Place::here());
    print!("{}", summary(&entries));
    if let Some(failed) = entries.iter().find(|entry| entry.outcome == Outcome::Failed) {
        eprintln!("xtask: step '{}' failed; the steps after it did not run", failed.name);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn execute(steps: &[Step], place: Place) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(steps.len());
    for step in steps {
        let start = Instant::now();
        let outcome = run_one(step, place);
        let failed = outcome == Outcome::Failed;
        entries.push(Entry { name: step.name, outcome, elapsed: start.elapsed(), left_out: step.left_out });
        if failed {
            break;
        }
    }
    entries
}

fn run_one(step: &Step, place: Place) -> Outcome {
    if let Requirement::Tool { probe, remedy, skip } = &step.requirement
        && !probe.succeeds()
    {
        if *skip == Skip::ByDevelopers && place == Place::ContinuousIntegration {
            eprintln!("{}: `{probe}` does not work, and CI must not do without it; {remedy}", step.name);
            return Outcome::Failed;
        }
        println!("\nSKIPPED: {}: `{probe}` does not work here; {remedy}", step.name);
        return Outcome::Skipped(remedy);
    }
    println!("\n==> {}: {}", step.name, step.invocation);
    if let Some(what) = step.left_out {
        println!("LEFT OUT: {what}");
    }
    match step.invocation.run() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => {
            eprintln!("{}: {status}", step.name);
            Outcome::Failed
        }
        Err(error) => {
            eprintln!("{}: cannot start {}: {error}", step.name, step.invocation.program);
            Outcome::Failed
        }
    }
}

/// The summary: a line per step and, last, the counts.
fn summary(entries: &[Entry]) -> String {
    let mut text = String::from("\nSummary\n");
    for Entry { name, outcome, elapsed, left_out } in entries {
        let seconds = elapsed.as_secs_f64();
        text += &match outcome {
            Outcome::Passed => format!("  passed   {seconds:7.1} s  {name}\n"),
            Outcome::Failed => format!("  FAILED   {seconds:7.1} s  {name}\n"),
            Outcome::Skipped(remedy) => format!("  SKIPPED             {name} ({remedy})\n"),
        };
        if let Some(what) = left_out.filter(|_| *outcome == Outcome::Passed) {
            text += &format!("  LEFT OUT            {name}: {what}\n");
        }
    }
    let count = |wanted: fn(&Outcome) -> bool| entries.iter().filter(|entry| wanted(&entry.outcome)).count();
    let passed = count(|outcome| *outcome == Outcome::Passed);
    let failed = count(|outcome| *outcome == Outcome::Failed);
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    text + &format!("{passed} passed, {failed} failed, {skipped} skipped\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Invocation;

    /// A program that every machine with this test has, and that exits with zero or not as asked.
    fn step(name: &'static str, words: &str) -> Step {
        Step::new(name, Invocation::new("cargo", words))
    }

    #[test]
    fn the_first_failure_stops_the_plan() {
        let steps =
            [step("good", "--version"), step("bad", "no-such-subcommand"), step("never", "--version")];
        let entries = execute(&steps, Place::Developer);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].outcome, Outcome::Failed);
        assert!(summary(&entries).ends_with("1 passed, 1 failed, 0 skipped\n"));
    }

    #[test]
    fn a_missing_tool_is_skipped_and_counted() {
        let missing = Invocation::new("ringkernel-no-such-program", "");
        let steps = [step("optional", "--version").needs_tool(missing, "get it"), step("good", "--version")];
        let text = summary(&execute(&steps, Place::Developer));
        assert!(text.contains("SKIPPED             optional (get it)"), "{text}");
        assert!(text.ends_with("1 passed, 0 failed, 1 skipped\n"), "{text}");
    }

    #[test]
    fn what_ci_has_to_have_is_skipped_by_developers_only() {
        let steps = [step("device", "--version")
            .needs_tool_in_ci(Invocation::new("ringkernel-no-such-program", ""), "get it")];
        assert_eq!(execute(&steps, Place::Developer)[0].outcome, Outcome::Skipped("get it"));
        assert_eq!(execute(&steps, Place::ContinuousIntegration)[0].outcome, Outcome::Failed);
        let steps = [step("optional", "--version")
            .needs_tool(Invocation::new("ringkernel-no-such-program", ""), "get it")];
        assert_eq!(execute(&steps, Place::ContinuousIntegration)[0].outcome, Outcome::Skipped("get it"));
    }

    #[test]
    fn a_program_that_cannot_start_is_a_failure() {
        let steps = [Step::new("absent", Invocation::new("ringkernel-no-such-program", ""))];
        assert_eq!(execute(&steps, Place::Developer)[0].outcome, Outcome::Failed);
    }
}
