//! Builds the libraries, if they are not there yet, and prints their folder for `RINGKERNEL_CUDA_LIBRARIES`.

use std::io::Write;
use std::process::ExitCode;

use ringkernel_cuda_sim::Libraries;

fn main() -> ExitCode {
    let outcome = match Libraries::build() {
        Ok(libraries) => writeln!(std::io::stdout(), "{}", libraries.folder().display()).map(|()| 0),
        Err(error) => writeln!(std::io::stderr(), "{error}").map(|()| 1),
    };
    // A reader that has gone away is an error, too.
    ExitCode::from(outcome.unwrap_or(1))
}
