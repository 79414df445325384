//! A runtime on a device, and what is asked of its actors. Every answer is checked.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_bench::cuda::serve::answer;
use ringkernel_cuda::CudaRuntime;
use ringkernel_wgpu::WgpuRuntime;
use ringkernel_wgpu::device::ApiSet;

use super::kernels::{Arrived, Connect, Connected, Mixed, Packet, Station, Traveller};

/// How long anything may take before the benchmark gives up.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A runtime with actors in the memory of a device.
pub(crate) struct Ours {
    tokio: tokio::runtime::Runtime,
    runtime: Box<dyn RingKernelRuntime>,
}

impl Ours {
    /// On the CUDA device.
    pub(crate) fn start() -> Self {
        Self::with(CudaRuntime::start(RuntimeConfig::default()).expect("the device can be used"))
    }

    /// On the CUDA device, with time for the end of many actors.
    pub(crate) fn patient() -> Self {
        let mut config = RuntimeConfig::default();
        config.shutdown_timeout = 10 * LIMIT;
        Self::with(CudaRuntime::start(config).expect("the device can be used"))
    }

    /// On a WebGPU device.
    pub(crate) fn on_webgpu() -> Self {
        Self::with(WgpuRuntime::start(ApiSet::Any, RuntimeConfig::default()).expect("the device can be used"))
    }

    fn with(runtime: impl RingKernelRuntime + 'static) -> Self {
        Self { tokio: super::super::actors::tokio_runtime(), runtime: Box::new(runtime) }
    }

    /// Runs a future to its end.
    pub(crate) fn block_on<R>(&self, future: impl Future<Output = R>) -> R {
        self.tokio.block_on(future)
    }

    /// Launches an actor of a kernel under a name of its own.
    pub(crate) fn launch(&self, kernel: &str, number: u64) -> KernelHandle {
        let id = format!("{kernel}-{number}");
        let options = LaunchOptions::default()
            .with_handler(kernel)
            .with_queue_capacity(1024)
            .with_max_payload(128)
            .with_k2k(kernel == "bench.station");
        self.block_on(self.runtime.launch(&id, options)).expect("the kernel launches")
    }

    /// Launches as many actors of a kernel.
    pub(crate) fn launch_all(&self, kernel: &str, count: u64) -> Vec<KernelHandle> {
        (0..count).map(|number| self.launch(kernel, number)).collect()
    }

    /// Launches a ring of stations.
    pub(crate) fn ring(&self, count: u64) -> Vec<KernelHandle> {
        let stations = self.launch_all("bench.station", count);
        connect(&stations);
        stations
    }

    /// Launches small stations, each of which knows the one before as the next, until there are as many. The first knows none.
    pub(crate) fn grow_ring(&self, ring: &mut Vec<KernelHandle>, count: u64) -> Result<(), RingKernelError> {
        self.block_on(async {
            for number in ring.len() as u64..count {
                let next = ring.last().map_or(ActorRef::NONE, KernelHandle::actor_ref);
                let options = LaunchOptions::default()
                    .with_handler("bench.station")
                    .with_queue_capacity(16)
                    .with_max_payload(128)
                    .with_k2k(true)
                    .with_state(Station::towards(next));
                ring.push(self.runtime.launch(&format!("small-{number}"), options).await?);
            }
            Ok(())
        })
    }

    /// Lets the first station of a ring know the last one.
    pub(crate) fn close_ring(&self, ring: &[KernelHandle]) {
        let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return };
        let Connected = first.call_blocking(Connect { target: last.actor_ref() }, LIMIT).expect("an answer");
    }

    /// Bytes that the device has free.
    pub(crate) fn free_memory(&self) -> usize {
        self.runtime.memory().expect("it has memory").free_memory()
    }

    /// Launches a ring of its own in which travellers never arrive, so that other actors are busy for as long as the runtime is there.
    pub(crate) fn keep_busy(&self, stations: u64, travellers: u64) {
        let ring: Vec<_> =
            (0..stations).map(|number| self.launch("bench.station", 1_000_000 + number)).collect();
        connect(&ring);
        for number in 0..travellers {
            let place = &ring[number as usize % ring.len()];
            place.send_blocking(traveller(number, u64::MAX)).expect("there is room");
        }
    }

    pub(crate) fn end(self) {
        self.tokio.block_on(self.runtime.shutdown()).expect("the runtime shuts down");
    }
}

fn connect(stations: &[KernelHandle]) {
    for (index, station) in stations.iter().enumerate() {
        let target = stations[(index + 1) % stations.len()].actor_ref();
        // A traveller could be there before a message that nobody has waited for.
        let Connected = station.call_blocking(Connect { target }, LIMIT).expect("an answer");
    }
}

/// The request of this number.
pub(crate) fn packet(number: u64) -> Packet {
    Packet { words: std::array::from_fn(|index| number << 8 | index as u64) }
}

fn check(number: u64, mixed: &Mixed) {
    let expected: [u64; 8] = std::array::from_fn(|index| answer(packet(number).words[index], index as u64));
    assert_eq!(mixed.words, expected, "the answer to request {number}");
}

/// Asks an actor and waits for the answer.
pub(crate) fn call(mixer: &KernelHandle, number: u64) {
    let mixed: Mixed = mixer.call_blocking(packet(number), LIMIT).expect("an answer");
    check(number, &mixed);
}

/// Sends each actor a request and then waits for all answers.
pub(crate) fn exchange(mixers: &[KernelHandle], first: u64) {
    for (number, mixer) in (first..).zip(mixers) {
        mixer.send_blocking(packet(number)).expect("there is room");
    }
    for (number, mixer) in (first..).zip(mixers) {
        check(number, &receive(mixer));
    }
}

/// Waits for an output.
pub(crate) fn receive<M: RingMessage>(actor: &KernelHandle) -> M {
    actor.receive_blocking(LIMIT).expect("an output").decode().expect("of this type")
}

fn traveller(number: u64, hops_left: u64) -> Traveller {
    Traveller { number, hops_left, words: [number; 6] }
}

/// Has travellers go round a ring at the same time, each for so many hops, and gives the time until the last has arrived.
pub(crate) fn travel(ring: &[KernelHandle], travellers: u64, hops: u64) -> Duration {
    let begin = Instant::now();
    for number in 0..travellers {
        let place = &ring[number as usize % ring.len()];
        place.send_blocking(traveller(number, hops)).expect("there is room");
    }
    let mut missing = vec![true; travellers as usize];
    for number in 0..travellers {
        // Those that begin at the same place arrive at the same one, in whatever order.
        let arrived: Arrived = receive(&ring[((number + hops) % ring.len() as u64) as usize]);
        assert_eq!(arrived.number % ring.len() as u64, number % ring.len() as u64, "it went elsewhere");
        assert!(
            std::mem::take(&mut missing[arrived.number as usize]),
            "traveller {} came twice",
            arrived.number
        );
        let expected: [u64; 6] =
            std::array::from_fn(|index| arrived.number.wrapping_add(hops.wrapping_mul(index as u64 + 1)));
        assert_eq!(arrived.words, expected, "traveller {}", arrived.number);
    }
    begin.elapsed()
}

/// Asks each of these stations once, so many at a time, and checks the answers.
pub(crate) fn ask_all(ours: &Ours, stations: &[KernelHandle]) {
    const AT_A_TIME: usize = 1024;
    ours.block_on(async {
        for (chunk, asked) in (0..).zip(stations.chunks(AT_A_TIME)) {
            let first = chunk * AT_A_TIME as u64;
            let ask = |(number, station): (u64, &KernelHandle)| {
                let station = station.clone();
                async move { station.call::<_, Arrived>(traveller(number, 0), LIMIT).await }
            };
            let answers = join_all((first..).zip(asked).map(ask)).await;
            for (number, answer) in (first..).zip(answers) {
                let arrived = answer.expect("an answer");
                assert_eq!((arrived.number, arrived.words), (number, [number; 6]));
            }
        }
    });
}

/// Has travellers go round a [ring](Ours::close_ring) at the same time, which begin at places that are equally far apart and each go so
/// many hops, and gives the time until the last has arrived.
pub(crate) fn go_round(ring: &[KernelHandle], travellers: u64, hops: u64) -> Duration {
    let places = ring.len() as u64;
    let start = |number: u64| number * (places / travellers);
    let begin = Instant::now();
    for number in 0..travellers {
        ring[start(number) as usize].send_blocking(traveller(number, hops)).expect("there is room");
    }
    for number in 0..travellers {
        // The next of each is the one before.
        let place = (start(number) + places - hops % places) % places;
        let arrived: Arrived = receive(&ring[place as usize]);
        assert_eq!(arrived.number, number, "it went elsewhere");
        let expected: [u64; 6] =
            std::array::from_fn(|index| number.wrapping_add(hops.wrapping_mul(index as u64 + 1)));
        assert_eq!(arrived.words, expected, "traveller {number}");
    }
    begin.elapsed()
}
