//! Hosts, rings, fans and blocks of lanes at the same time: every answer is checked, and nothing is lost.
//!
//! The same load finds mistakes that are planted in the device's text. Built with ThreadSanitizer, the lanes are watched as
//! well.

#[path = "../machine/mod.rs"]
mod machine;
#[path = "../machine/simulated.rs"]
mod simulated;

mod load;
mod planted;

use std::time::Duration;

use ringkernel::runtime::BackendFactory;
use ringkernel_cuda::CudaFactory;

/// Messages of a whole run: more than 100,000.
const WHOLE: u32 = 110;

/// How long a single answer may take on a machine that is busy with this.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_messages_of_all_kinds_arrive() {
    if let Err(reason) = machine::prepare().and_then(|()| CudaFactory.probe()) {
        return ringkernel_testkit::gate::skip("cuda", &reason);
    }
    let handled = load::run(WHOLE, PATIENCE).await;
    assert!(handled >= 100_000, "{handled}");
}
