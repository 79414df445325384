//! A step: one program with its arguments and environment, and what must be there for it to run.

use std::fmt;
use std::process::{Command, ExitStatus, Stdio};

/// One program call, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    /// Variables set for this call on top of the inherited environment.
    pub(crate) env: Vec<(String, String)>,
}

/// What a step needs besides the Rust toolchain that built this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Nothing: the step always runs.
    None,
    /// An optional tool: the step runs when `probe` succeeds and is counted as skipped otherwise.
    Tool {
        /// The call whose success shows that the tool is there.
        probe: Invocation,
        /// How to get the tool, shown when it is missing.
        remedy: &'static str,
        /// Where the step may be skipped.
        skip: Skip,
    },
}

/// Where a step whose tool is missing may be skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    Everywhere,
    /// In continuous integration, it fails.
    ByDevelopers,
}

/// Who runs the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Developer,
    ContinuousIntegration,
}

impl Place {
    /// Continuous integration says so in the variable `CI`.
    pub(crate) fn here() -> Self {
        Self::of(std::env::var("CI").ok().as_deref())
    }

    fn of(ci: Option<&str>) -> Self {
        match ci {
            None | Some("" | "0" | "false") => Self::Developer,
            Some(_) => Self::ContinuousIntegration,
        }
    }
}

/// One named entry of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) invocation: Invocation,
    pub(crate) requirement: Requirement,
    /// What belongs here and cannot run, with the reason.
    pub(crate) left_out: Option<&'static str>,
}

impl Invocation {
    /// A call of `program` with arguments given as one line of words without quoting.
    pub(crate) fn new(program: &str, words: &str) -> Self {
        Self {
            program: program.to_owned(),
            args: words.split_whitespace().map(str::to_owned).collect(),
            env: Vec::new(),
        }
    }

    /// Adds one argument that is taken as it is.
    pub(crate) fn arg(mut self, value: impl Into<String>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds arguments given as words without quoting.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.args.extend(words.split_whitespace().map(str::to_owned));
        self
    }

    /// Sets a variable for this call.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the call with this program's input and output.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub(crate) fn run(&self) -> std::io::Result<ExitStatus> {
        self.command().status()
    }

    /// Runs the call silently and says whether it succeeded; a missing program is a `false`.
    pub(crate) fn succeeds(&self) -> bool {
        self.command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs the call silently and gives what it printed; `None` when it cannot be started or fails.
    pub(crate) fn output(&self) -> Option<String> {
        let output = self.command().stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}='{value}' ")?;
        }
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

impl Step {
    /// A step that always runs.
    pub(crate) fn new(name: &'static str, invocation: Invocation) -> Self {
        Self { name, invocation, requirement: Requirement::None, left_out: None }
    }

    /// Makes the step depend on an optional tool.
    pub(crate) fn needs_tool(mut self, probe: Invocation, remedy: &'static str) -> Self {
        self.requirement = Requirement::Tool { probe, remedy, skip: Skip::Everywhere };
        self
    }

    /// Makes the step depend on a tool that continuous integration has to have.
    pub(crate) fn needs_tool_in_ci(mut self, probe: Invocation, remedy: &'static str) -> Self {
        self.requirement = Requirement::Tool { probe, remedy, skip: Skip::ByDevelopers };
        self
    }

    /// Says what the step does not cover, each time that it runs.
    pub(crate) fn leaves_out(mut self, what: &'static str) -> Self {
        self.left_out = Some(what);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_prints_as_the_line_a_user_can_paste() {
        let call = Invocation::new("cargo", "test --release").arg("a b").env("RUSTFLAGS", "--cfg loom");
        assert_eq!(call.to_string(), "RUSTFLAGS='--cfg loom' cargo test --release a b");
    }

    #[test]
    fn continuous_integration_says_so() {
        for (value, place) in [
            (None, Place::Developer),
            (Some(""), Place::Developer),
            (Some("false"), Place::Developer),
            (Some("true"), Place::ContinuousIntegration),
            (Some("1"), Place::ContinuousIntegration),
        ] {
            assert_eq!(Place::of(value), place, "{value:?}");
        }
    }

    #[test]
    fn a_program_that_does_not_exist_does_not_succeed() {
        assert!(!Invocation::new("ringkernel-no-such-program", "").succeeds());
        assert_eq!(Invocation::new("ringkernel-no-such-program", "").output(), None);
    }
}
