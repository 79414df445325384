//! The quick start: a message type, a handler, one request, and the handler's own answer.
//!
//! ```sh
//! cargo run --release --example quickstart -- --backend auto
//! ```

// A command line program talks to its user on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it does")]

#[path = "common/backend.rs"]
mod backend;

use std::process::ExitCode;

use clap::Parser;
use ringkernel::prelude::*;

use backend::BackendChoice;

#[derive(RingMessage)]
struct AddRequest {
    #[message(id)]
    id: MessageId,
    a: f32,
    b: f32,
}

#[derive(Debug, RingMessage)]
struct AddResponse {
    sum: f32,
}

#[ring_kernel(id = "adder")]
fn adder(_ctx: &mut RingContext, request: AddRequest) -> AddResponse {
    AddResponse { sum: request.a + request.b }
}

/// Sends one request to an actor and prints its answer.
#[derive(Parser)]
struct Options {
    /// Where the actor runs.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let runtime = RingKernel::builder().backend(options.backend.into()).build().await?;
    println!("{}", backend::describe(runtime.selection()));

    let kernel = runtime.launch("adder", LaunchOptions::default()).await?;
    kernel.activate().await?;

    kernel.send(AddRequest { id: MessageId::generate(), a: 1.0, b: 2.0 }).await?;

    let response = kernel.receive().await?;
    println!("Envelope: {response:?}");
    let answer: AddResponse = response.decode()?;
    println!("Result: {answer:?}");
    assert_eq!(answer.sum, 3.0, "the adder adds");

    kernel.terminate().await?;
    runtime.shutdown().await
}
