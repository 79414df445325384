//! The device, and a runtime on it.

use std::time::{Duration, Instant};

use ringkernel::prelude::*;
use ringkernel::runtime::RuntimeConfig;
use ringkernel_testkit::kernels::peers::{Arrived, Connect, Token};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_wgpu::device::{AdapterDescription, Adapters, ApiSet};
use ringkernel_wgpu::{DeviceFigures, WgpuRuntime};

/// How long anything may take before the benchmark gives up.
const LIMIT: Duration = Duration::from_secs(60);

/// The device that a runtime takes when it is not told otherwise.
pub(crate) fn device() -> Result<AdapterDescription, RingKernelError> {
    let adapters = Adapters::find(ApiSet::Any).map_err(|error| error.of(ApiSet::Any.backend()))?;
    Ok(adapters.choose(&RuntimeConfig::default())?.description().clone())
}

/// A runtime on that device.
pub(crate) struct Ours {
    tokio: tokio::runtime::Runtime,
    runtime: WgpuRuntime,
}

impl Ours {
    pub(crate) fn start() -> Self {
        let tokio = super::super::actors::tokio_runtime();
        let runtime = WgpuRuntime::start(ApiSet::Any, RuntimeConfig::default());
        Self { tokio, runtime: runtime.expect("the device can be used") }
    }

    pub(crate) fn figures(&self) -> DeviceFigures {
        self.runtime.figures()
    }

    /// Launches an actor of the kernel `name`.
    pub(crate) fn launch(&self, name: &str, number: usize, options: LaunchOptions) -> KernelHandle {
        let id = format!("{name}-{number}");
        let launched = self.tokio.block_on(self.runtime.launch(&id, options.with_handler(name)));
        launched.expect("the kernel launches")
    }

    /// Launches actors that double numbers.
    pub(crate) fn doublers(&self, count: usize) -> Vec<KernelHandle> {
        let options = || LaunchOptions::default().with_queue_capacity(64).with_max_payload(64);
        (0..count).map(|number| self.launch("testkit.doubler", number, options())).collect()
    }

    /// Launches a ring of actors that pass tokens on.
    pub(crate) fn ring(&self, count: usize) -> Vec<KernelHandle> {
        let options = || LaunchOptions::default().with_queue_capacity(64).with_max_payload(64).with_k2k(true);
        let places: Vec<_> =
            (0..count).map(|number| self.launch("testkit.place", number, options())).collect();
        for (index, place) in places.iter().enumerate() {
            let target = places[(index + 1) % count].actor_ref();
            place.send_blocking(Connect { target }).expect("there is room");
        }
        // A first lap, so that everything is where it will be.
        pass_token(&places, count as u32);
        places
    }

    pub(crate) fn end(self) {
        self.tokio.block_on(self.runtime.shutdown()).expect("the runtime shuts down");
    }
}

/// Asks an actor to double a number, and checks the answer.
pub(crate) fn double(doubler: &KernelHandle, value: u64) {
    let doubled: Doubled = doubler.call_blocking(Number::of(value), LIMIT).expect("an answer");
    assert_eq!(doubled.value, 2 * value);
}

/// Sends `each` numbers to every actor, and checks what comes of all of them.
pub(crate) fn double_many(doublers: &[KernelHandle], each: u64) -> Duration {
    let started = Instant::now();
    for (number, doubler) in (0..).zip(doublers) {
        for value in 0..each {
            doubler.send_blocking(Number::of(number << 32 | value)).expect("there is room");
        }
    }
    for (number, doubler) in (0..).zip(doublers) {
        for value in 0..each {
            let output = doubler.receive_blocking(LIMIT).expect("an answer");
            let doubled: Doubled = output.decode().expect("a doubled number");
            assert_eq!(doubled.value, 2 * (number << 32 | value));
        }
    }
    started.elapsed()
}

/// Lets a token make so many hops, and checks where it ends.
pub(crate) fn pass_token(ring: &[KernelHandle], hops: u32) -> Duration {
    let started = Instant::now();
    ring[0].send_blocking(Token { number: hops, hops_left: hops }).expect("there is room");
    let last = &ring[hops as usize % ring.len()];
    let arrived: Arrived = last.receive_blocking(LIMIT).expect("it arrives").decode().expect("a token");
    assert_eq!(arrived.number, hops);
    started.elapsed()
}
