//! Builds the libraries, if they are not there yet. Without arguments it prints their folder for `RINGKERNEL_CUDA_LIBRARIES`; with some it
//! runs the program that they name, with the variable set.

use std::io::Write;
use std::process::{Command, ExitCode};

use ringkernel_cuda_sim::Libraries;

fn main() -> ExitCode {
    // A reader that has gone away is an error, too.
    outcome().unwrap_or(ExitCode::FAILURE)
}

fn outcome() -> std::io::Result<ExitCode> {
    let libraries = match Libraries::build() {
        Ok(libraries) => libraries,
        Err(error) => {
            writeln!(std::io::stderr(), "{error}")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        writeln!(std::io::stdout(), "{}", libraries.folder().display())?;
        return Ok(ExitCode::SUCCESS);
    };
    match Command::new(&program).args(arguments).env("RINGKERNEL_CUDA_LIBRARIES", libraries.folder()).status()
    {
        Ok(status) => Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        Err(error) => {
            writeln!(std::io::stderr(), "{} cannot be started: {error}", program.display())?;
            Ok(ExitCode::FAILURE)
        }
    }
}
