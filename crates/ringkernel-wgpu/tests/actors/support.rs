//! A runtime whose figures can be read.

use std::future::Future;

use ringkernel::prelude::*;
use ringkernel::runtime::{BackendFactory, RuntimeConfig};
use ringkernel_testkit::gate;
use ringkernel_wgpu::device::{Adapters, ApiSet, Device};
use ringkernel_wgpu::{WgpuFactory, WgpuRuntime};

/// Runs a test on the first device: as it is, and as one whose memory the host copies to and from. Or says that it is skipped because there
/// is none.
pub(crate) fn on_a_device<F: Future<Output = ()>>(test: impl Fn(WgpuRuntime) -> F) {
    if let Err(reason) = WgpuFactory.probe() {
        return gate::skip("wgpu", &reason);
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let tokio = tokio.expect("a tokio runtime");
    tokio.block_on(test(start()));
    tokio.block_on(test(start_apart()));
}

/// A runtime on the first device.
pub(crate) fn start() -> WgpuRuntime {
    WgpuRuntime::start(ApiSet::Any, RuntimeConfig::default()).expect("the device can be used")
}

/// A runtime on the first device, whose memory the host does not reach in place.
fn start_apart() -> WgpuRuntime {
    let adapters = Adapters::find(ApiSet::Any).expect("there was one");
    let device = Device::open_apart(&adapters.usable()[0]).expect("a usable adapter can be opened");
    WgpuRuntime::on(device, RuntimeConfig::default()).expect("the device can be used")
}

/// Launches `count` instances of the kernel `name`.
pub(crate) async fn launch_many(
    runtime: &WgpuRuntime,
    name: &str,
    count: usize,
    options: LaunchOptions,
) -> Vec<KernelHandle> {
    let mut kernels = Vec::with_capacity(count);
    for index in 0..count {
        let options = options.clone().with_handler(name);
        let launched = runtime.launch(&format!("{name}-{index}"), options).await;
        kernels.push(launched.expect("the kernel launches"));
    }
    kernels
}
