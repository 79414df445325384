//! What the device has no room for is refused, with a reason, and nothing else comes of it.

use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;
use ringkernel::runtime::TenantScope;
use ringkernel_testkit::kernels::lanes::{Numbers, Reduced};
use ringkernel_testkit::kernels::peers::{ForwardByName, Forwarded};
use ringkernel_testkit::kernels::plain::{Doubled, Number};
use ringkernel_testkit::rig::reachable;
use ringkernel_testkit::wait::{LIMIT, eventually};
use ringkernel_wgpu::WgpuRuntime;

use crate::support::on_a_device;

/// The largest mailbox: a kernel that defers answers has device memory for as many rights.
const LARGEST: usize = 1 << 20;

async fn check(kernel: &KernelHandle) {
    let doubled: Doubled = kernel.call(Number::of(21), LIMIT).await.expect("an answer");
    assert_eq!(doubled.value, 42);
}

fn is_exhausted<T>(outcome: &Result<T, RingKernelError>) -> bool {
    matches!(outcome, Err(RingKernelError::ResourceExhausted { .. }))
}

fn keeper(capacity: usize) -> LaunchOptions {
    LaunchOptions::default().with_handler("testkit.keeper").with_input_queue_capacity(capacity)
}

/// Launches kernels for as long as there is room for one.
async fn fill(runtime: &WgpuRuntime) -> Vec<KernelHandle> {
    let mut kernels = Vec::new();
    let mut capacity = LARGEST;
    while capacity >= 2 {
        match runtime.launch(&format!("keeper-{}", kernels.len()), keeper(capacity)).await {
            Ok(kernel) => kernels.push(kernel),
            refused => {
                assert!(is_exhausted(&refused), "{refused:?}");
                capacity /= 2;
            }
        }
    }
    kernels
}

/// Launches kernels with a state of two words, the least that is given, until not even those are left.
async fn fill_up(runtime: &WgpuRuntime) -> Vec<KernelHandle> {
    let mut kernels = fill(runtime).await;
    loop {
        let recorder = LaunchOptions::default().with_handler("testkit.recorder");
        match runtime.launch(&format!("recorder-{}", kernels.len()), recorder).await {
            Ok(kernel) => kernels.push(kernel),
            refused => {
                assert!(is_exhausted(&refused), "{refused:?}");
                return kernels;
            }
        }
    }
}

#[test]
fn a_launch_that_there_is_no_room_for_fails_alone_and_leaves_nothing_behind() {
    on_a_device(|runtime| async move {
        let kernel = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
        let before = runtime.metrics().gpu_memory_used;
        // One needs memory of its own, the others have their answers find room, too.
        for id in ["testkit.vectors.descend", "testkit.lanes.sort"] {
            let options = LaunchOptions::default().with_handler(id);
            let large = options.clone().with_max_payload(LaunchOptions::MAX_PAYLOAD_LIMIT);
            for _ in 0..3 {
                let refused = runtime.launch("large", large.clone()).await;
                assert!(is_exhausted(&refused), "{id}: {refused:?}");
                check(&kernel).await;
            }
            // What is not the device's fault is well at the same place.
            let small = runtime.launch("large", options).await.expect("it launches");
            small.terminate().await.expect("it terminates");
            assert_eq!(runtime.metrics().gpu_memory_used, before, "{id}");
        }
        check(&kernel).await;
    });
}

#[test]
fn a_full_device_goes_on_and_can_be_emptied() {
    on_a_device(|runtime| async move {
        let kernel = runtime.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches");
        let lanes = LaunchOptions::default().with_handler("testkit.lanes.reduce");
        let neighbour = runtime.launch("lanes-0", lanes.clone()).await.expect("it launches");
        let recorder = runtime.launch("testkit.recorder", LaunchOptions::default()).await;
        recorder.expect("it launches");
        let before = runtime.metrics().gpu_memory_used;
        let fillers = fill_up(&runtime).await;
        let full = runtime.metrics().gpu_memory_used;
        check(&kernel).await;
        // It needs slots for messages between kernels.
        let peer = reachable().with_handler("testkit.doubler");
        for _ in 0..2 {
            let refused = runtime.launch("peer", peer.clone()).await;
            assert!(is_exhausted(&refused), "{refused:?}");
        }
        // It needs words for the list of those that run with as many blocks.
        for blocks in [2, 2, 3] {
            let refused = runtime.launch("lanes-1", lanes.clone().with_grid_size(blocks)).await;
            assert!(is_exhausted(&refused), "{blocks} blocks: {refused:?}");
            check(&kernel).await;
        }
        assert_eq!(runtime.metrics().gpu_memory_used, full);
        // Ending needs no room.
        neighbour.terminate().await.expect("it terminates");
        check(&kernel).await;
        for filler in fillers {
            filler.terminate().await.expect("it terminates");
        }
        let neighbour = runtime.launch("lanes-0", lanes.clone()).await.expect("it launches");
        assert_eq!(runtime.metrics().gpu_memory_used, before);
        let numbers = Numbers { values: (0..100).collect() };
        let reduced: Reduced = neighbour.call(numbers, LIMIT).await.expect("an answer");
        assert_eq!(reduced.sum, 4950);
        let wide = runtime.launch("lanes-1", lanes.with_grid_size(2)).await.expect("it launches");
        let numbers = Numbers { values: (0..100).collect() };
        let reduced: Reduced = wide.call(numbers, LIMIT).await.expect("an answer");
        assert_eq!(reduced.sum, 4950);
        check(&runtime.launch("peer", peer).await.expect("it launches")).await;
    });
}

#[test]
fn a_launch_whose_names_find_no_room_fails_alone() {
    on_a_device(|runtime| async move {
        let launch = |id: &'static str, options: LaunchOptions| runtime.launch(id, options);
        // The peer names another kernel, so that there is a row of names for each tenant. Those that are launched together share a program.
        let (kernel, recorder, peer, keeper) = tokio::join!(
            launch("testkit.doubler", LaunchOptions::default()),
            launch("testkit.recorder", LaunchOptions::default()),
            launch("testkit.peer", reachable()),
            launch("testkit.keeper", LaunchOptions::default()),
        );
        let [kernel, recorder, peer, _keeper] =
            [kernel, recorder, peer, keeper].map(|launched| launched.expect("it launches"));
        let fillers = fill_up(&runtime).await;
        let tenant = runtime.as_tenant(5, AuditTag::unspecified());
        // The first has a program, the second does not.
        for id in ["testkit.doubler", "testkit.silent"] {
            let refused = tenant.launch("another", LaunchOptions::default().with_handler(id)).await;
            assert!(is_exhausted(&refused), "{id}: {refused:?}");
            check(&kernel).await;
        }
        // Neither the end of a kernel nor that of a launch needs room for names.
        recorder.terminate().await.expect("it terminates");
        check(&kernel).await;
        let given_up = tenant.launch("testkit.account", LaunchOptions::default());
        tokio::select! {
            biased;
            launched = given_up => panic!("a launch that has to wait: {launched:?}"),
            () = std::future::ready(()) => {}
        }
        eventually("its name is free", || tenant.get_kernel(&"testkit.account".into()).is_none()).await;
        check(&kernel).await;
        for filler in fillers {
            filler.terminate().await.expect("it terminates");
        }
        check(&tenant.launch("testkit.doubler", LaunchOptions::default()).await.expect("it launches")).await;
        launch("target", reachable().with_handler("testkit.doubler")).await.expect("it launches");
        let forwarded: Forwarded = peer.call(ForwardByName { value: 1 }, LIMIT).await.expect("an answer");
        assert_eq!(forwarded.accepted, 1, "{forwarded:?}");
    });
}

#[test]
fn a_message_that_there_is_no_room_for_is_a_dead_letter() {
    on_a_device(|runtime| async move {
        // As many words as a buffer of the device has, which has others in it already.
        let words = runtime.device().capabilities().binding_bytes_max / 4;
        if words * 4 > LaunchOptions::MAX_PAYLOAD_LIMIT as u64 / 2 {
            // No message is as large as a buffer of such a device, or it takes very long to make.
            return;
        }
        let options = LaunchOptions::default().with_max_payload(LaunchOptions::MAX_PAYLOAD_LIMIT);
        let lanes = runtime.launch("testkit.lanes.reduce", options).await.expect("it launches");
        let small = Numbers { values: vec![1, 2, 3] };
        let waiting = lanes.call::<_, Reduced>(small.clone(), LIMIT);
        let large = lanes.call::<_, Reduced>(Numbers { values: vec![1; words as usize] }, LIMIT);
        let last = lanes.call::<_, Reduced>(small, LIMIT);
        let (first, refused, last) = tokio::join!(waiting, large, last);
        assert_eq!([first.expect("an answer").sum, last.expect("an answer").sum], [6, 6]);
        assert!(refused.is_err(), "{refused:?}");
        let letters = runtime.take_dead_letters();
        let reasons: Vec<_> = letters.iter().map(|letter| letter.reason).collect();
        assert_eq!(reasons, [DeadLetterReason::MessageTooLarge]);
        let large = letters[0].envelope.decode::<Numbers>().expect("nothing of it is lost");
        assert_eq!(large.values.len() as u64, words);
    });
}
