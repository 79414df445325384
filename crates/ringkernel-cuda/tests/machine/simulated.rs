//! Whether the tests run in simulation: some of them are about it.

use ringkernel_cuda::driver::Devices;
use ringkernel_cuda_sim::DEVICE_NAME;

/// Whether the first device is the simulator's, once [`prepare`](super::machine::prepare) has chosen a driver.
pub(crate) fn is_simulated() -> bool {
    Devices::find().is_ok_and(|devices| devices.usable()[0].name == DEVICE_NAME)
}
