//! The command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use ringkernel_bench::comparison::Effort;

/// Measures RingKernel beside what a user would pick instead, and prints the table.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p ringkernel-bench --")]
pub(crate) struct Options {
    /// Only the comparisons whose short name contains this; may be given several times.
    #[arg(long, value_name = "NAME")]
    filter: Vec<String>,
    /// Not the comparisons whose short name contains this; may be given several times.
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
    /// Fewer and shorter samples: a look, not a measurement.
    #[arg(long)]
    quick: bool,
    /// Writes the results into this Markdown file, in place of those of the last run. Relative to the repository.
    #[arg(long, value_name = "PATH")]
    markdown: Option<PathBuf>,
    /// Measures nothing: keeps a ring of actors hopping for so long, and prints what was allocated meanwhile.
    #[arg(long, value_name = "SECONDS")]
    steady_state: Option<u64>,
    /// Cargo passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn from_command_line() -> Self {
        Self::parse()
    }

    pub(crate) fn steady_state(&self) -> Option<Duration> {
        self.steady_state.map(Duration::from_secs)
    }

    /// The file to write into. Cargo starts benchmarks in the folder of their crate, which is not where it was called.
    pub(crate) fn markdown(&self) -> Option<PathBuf> {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // On another machine than the one that it was built on there is none.
        let folder = if repository.is_dir() { repository } else { PathBuf::new() };
        self.markdown.as_ref().map(|path| folder.join(path))
    }

    pub(crate) fn effort(&self) -> Effort {
        if self.quick { Effort::Quick } else { Effort::Full }
    }

    pub(crate) fn selects(&self, id: &str) -> bool {
        let is_named = |parts: &[String]| parts.iter().any(|part| id.contains(part.as_str()));
        (self.filter.is_empty() || is_named(&self.filter)) && !is_named(&self.without)
    }
}
