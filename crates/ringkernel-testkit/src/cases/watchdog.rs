//! Handlers that take long are reported while they run.

use std::time::Duration;

use ringkernel::prelude::*;

use crate::kernels::walker::{Walk, Walked, walk};
use crate::rig::{Factory, Rig};
use crate::wait::eventually;

const WATCHDOG: Duration = Duration::from_millis(20);

/// A handler that takes longer than the watchdog allows is shown while it runs, counted, and forgotten when it returns.
pub async fn a_handler_that_takes_long_is_visible_and_counted(factory: Factory) {
    let rig = Rig::start_with(factory, |config| config.watchdog = WATCHDOG).await;
    let kernel = rig.launch_default("testkit.walker").await;
    let mut steps = 1 << 16;
    // How long a step takes is the device's, so the walks grow until one is long enough.
    let stuck_for = loop {
        kernel.send(Walk { steps }).await.unwrap();
        let mut stuck_for = None;
        let walked = loop {
            stuck_for = kernel.status().stuck_for.or(stuck_for);
            match kernel.try_receive() {
                Err(RingKernelError::QueueEmpty) => tokio::time::sleep(Duration::from_millis(1)).await,
                received => break received.unwrap().decode::<Walked>().unwrap(),
            }
        };
        assert_eq!(walked.place, walk(steps));
        match stuck_for {
            Some(stuck_for) if rig.metrics().stuck_handlers > 0 => break stuck_for,
            _ => steps *= 2,
        }
        assert!(steps < 1 << 31, "the watchdog has not noticed {} steps", steps / 2);
    };
    assert!(stuck_for > WATCHDOG);
    eventually("it is not stuck any longer", || kernel.status().stuck_for.is_none()).await;
    assert_eq!(kernel.state(), KernelState::Active, "stuck is no failure");
    rig.finish().await;
}
