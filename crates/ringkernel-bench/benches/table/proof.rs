//! What `cargo test` makes of this program: each row of CUDA once, on a simulated device, with every answer checked.

use ringkernel_bench::comparison::Effort;
use ringkernel_bench::cuda::card::Card;
use ringkernel_bench::run::Outcome;
use ringkernel_codegen::cuda::LIBRARIES_VARIABLE;
use ringkernel_cuda_sim::Libraries;
use ringkernel_testkit::gate;

use crate::cuda::{ROWS, Row};

/// Proves all rows, or says why not.
pub(crate) fn run() {
    let card = match card() {
        Ok(card) => card,
        Err(reason) => return gate::skip("cuda", &reason),
    };
    if let Err(reason) = crate::device::device() {
        // One contestant of one row needs it.
        gate::skip("wgpu", &reason);
    }
    for (id, row) in ROWS {
        let outcome = of(row, &card);
        assert_eq!(outcome.comparison.id, id, "the list of rows has another name");
        println!("works, and was not measured: {}", outcome.comparison.title);
    }
}

/// One small sample of each contestant of a row, without figures.
pub(crate) fn of(row: Row, card: &Card) -> Outcome {
    Outcome::proof(row(Effort::Proof, card))
}

fn card() -> Result<Card, String> {
    // What the variable names is loaded first anyway.
    if std::env::var_os(LIBRARIES_VARIABLE).is_none() {
        Libraries::build().and_then(|libraries| libraries.load()).map_err(|error| error.to_string())?;
    }
    Card::find()
}
