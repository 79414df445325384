//! The backend as users of the facade meet it: availability, the automatic choice, memory of their own.

mod machine;

use ringkernel::availability;
use ringkernel::memory::PinnedMemory;
use ringkernel::prelude::*;
use ringkernel_cuda_sim::DEVICE_NAME;
use ringkernel_testkit::gate;

/// Whether there is a device, simulated unless the environment says otherwise. Says so where there is none.
fn is_here() -> bool {
    machine::prepare().inspect_err(|error| gate::skip("cuda", error)).is_ok()
}

#[tokio::test]
async fn the_simulator_is_available_and_chosen_only_when_it_is_asked_for() -> Result<()> {
    if !is_here() {
        return Ok(());
    }
    availability::check(Backend::Cuda)?;
    assert!(availability::cuda() && availability::available_backends().contains(&Backend::Cuda));
    assert_eq!(RingKernel::with_backend(Backend::Cuda).await?.backend(), Backend::Cuda);
    let runtime = RingKernel::new().await?;
    let of_cuda = runtime.selection().passed_over.iter().find(|(backend, _)| *backend == Backend::Cuda);
    let Some((_, reason)) = of_cuda else {
        // There is a GPU.
        assert_eq!(runtime.backend(), Backend::Cuda);
        return Ok(());
    };
    assert!(reason.contains(DEVICE_NAME) && reason.contains("the CPU backend is faster"), "{reason}");
    let named = RingKernel::builder().device_named(DEVICE_NAME).build().await?;
    assert_eq!(named.backend(), Backend::Cuda);
    Ok(())
}

#[tokio::test]
async fn pinned_memory_is_locked_while_a_runtime_is_there_and_is_copied_from_and_to_buffers() -> Result<()> {
    if !is_here() {
        return Ok(());
    }
    let runtime = RingKernel::with_backend(Backend::Cuda).await?;
    let buffer = runtime.memory()?.allocate(100_000)?;
    let source = PinnedMemory::from_slice(&[7u8; 100_000])?;
    let mut target = PinnedMemory::<u8>::new(100_000)?;
    assert!(source.is_page_locked() && target.is_page_locked());
    buffer.copy_from_host(&source)?;
    buffer.copy_to_host(&mut target)?;
    assert!(*target == *source);
    runtime.shutdown().await?;
    assert!(*target == *source, "the host's memory outlives the runtime");
    Ok(())
}
