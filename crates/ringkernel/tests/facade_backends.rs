//! Which backends there are, why not others, and what the builder refuses.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use ringkernel::RingKernelBuilder;
use ringkernel::availability;
use ringkernel::dead_letter::DeadLetterReason;
use ringkernel::prelude::*;

const SOON: Duration = Duration::from_secs(10);

#[derive(RingMessage)]
struct Ask;

#[derive(RingMessage)]
struct Thread {
    name: String,
}

/// Says on which thread it runs.
#[ring_kernel(id = "facade.where", backends(cpu))]
fn whereabouts(_ctx: &mut RingContext, _: Ask) -> Thread {
    Thread { name: std::thread::current().name().unwrap_or_default().into() }
}

/// Meets as many kernels as the barrier is for, which takes as many workers.
#[derive(Clone)]
struct Meeting(Arc<Barrier>);

impl Default for Meeting {
    fn default() -> Self {
        Self(Arc::new(Barrier::new(1)))
    }
}

#[ring_kernel(id = "facade.meet", backends(cpu))]
fn meet(_ctx: &mut RingContext, meeting: &mut Meeting, _: Ask) -> Thread {
    meeting.0.wait();
    Thread { name: std::thread::current().name().unwrap_or_default().into() }
}

/// Runs on no backend that is ever chosen before the CPU.
#[ring_kernel(id = "facade.elsewhere", backends(metal, wgpu))]
fn elsewhere(_ctx: &mut RingContext, _: Ask) {}

#[test]
fn backends_that_are_not_there_say_why() {
    assert!(availability::check(Backend::Cpu).is_ok());
    assert!(availability::check(Backend::Auto).is_ok());
    assert_eq!(availability::available_backends()[0], Backend::Cpu);
    for (backend, available) in [
        (Backend::Cuda, availability::cuda()),
        (Backend::Metal, availability::metal()),
        (Backend::Wgpu, availability::wgpu()),
    ] {
        assert_eq!(availability::available_backends().contains(&backend), available);
        match availability::check(backend) {
            Ok(()) => assert!(available, "{backend}"),
            Err(RingKernelError::BackendUnavailable { backend: named, reason }) => {
                assert_eq!((named, available), (backend, false));
                assert!(reason.contains(why_not(backend)), "{backend}: {reason}");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// A part of the reason for which a backend is not there.
fn why_not(backend: Backend) -> &'static str {
    match backend {
        Backend::Cuda if cfg!(feature = "cuda") => "CUDA",
        Backend::Cuda => "enable the feature `cuda`",
        Backend::Metal if !cfg!(target_vendor = "apple") => "on Apple systems only",
        Backend::Metal if cfg!(feature = "metal") => "no Metal device",
        Backend::Metal => "enable the feature `metal`",
        _ if cfg!(feature = "wgpu") => "driver",
        _ => "enable the feature `wgpu`",
    }
}

#[tokio::test]
async fn automatic_choice_tells_why_others_were_passed_over() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let selection = runtime.selection();
    assert_eq!(selection.chosen, runtime.backend());
    assert!(runtime.is_backend_available(selection.chosen));
    let before = Backend::AUTO_ORDER.into_iter().take_while(|backend| *backend != selection.chosen);
    assert!(selection.passed_over.iter().map(|(backend, _)| *backend).eq(before), "{selection}");
    assert!(selection.passed_over.iter().all(|(_, reason)| !reason.is_empty()));
    let text = selection.to_string();
    assert!(text.starts_with(&format!("{}; not CUDA: ", selection.chosen)), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_processor_that_imitates_a_gpu_is_chosen_only_when_it_is_asked_for() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let of_wgpu = runtime.selection().passed_over.iter().find(|(backend, _)| *backend == Backend::Wgpu);
    let Some((_, reason)) = of_wgpu.filter(|_| availability::wgpu()) else {
        // There is none, or there is a GPU.
        return Ok(());
    };
    assert!(reason.contains("is the processor, on which the CPU backend is faster"), "{reason}");
    assert_eq!(RingKernel::with_backend(Backend::Wgpu).await?.backend(), Backend::Wgpu);
    let name = reason.split_once("its only device, ").expect("it is named").1;
    let name = name.split_once(" (").expect("and described").0;
    assert_eq!(RingKernel::builder().device_named(name).build().await?.backend(), Backend::Wgpu);
    Ok(())
}

/// What a launch of this kernel says that the backend does not run.
async fn refused_launch(runtime: &RingKernel, kernel: &str) -> String {
    let error = runtime.launch(kernel, LaunchOptions::default()).await.expect_err("it does not run there");
    assert!(matches!(error, RingKernelError::Unsupported { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_kernel_that_is_not_for_the_chosen_backend_says_how_that_was_chosen() -> Result<()> {
    let runtime = RingKernel::new().await?;
    let kernel = if runtime.backend() == Backend::Cpu { "facade.elsewhere" } else { "facade.where" };
    let error = refused_launch(&runtime, kernel).await;
    assert!(error.contains("only; build the runtime with `.backend(Backend::"), "{error}");
    let choice = format!("(Backend::Auto has chosen {}; not CUDA: ", runtime.backend());
    assert!(runtime.backend() == Backend::Cuda || error.contains(&choice), "{error}");

    let runtime = RingKernel::with_backend(Backend::Cpu).await?;
    assert_eq!(
        refused_launch(&runtime, "facade.elsewhere").await,
        "the CPU backend does not support kernel `facade.elsewhere`, which runs on Metal and WebGPU only; build the runtime \
         with `.backend(Backend::Metal)`"
    );
    Ok(())
}

#[tokio::test]
async fn a_kernel_for_the_cpu_alone_says_so_on_a_device() -> Result<()> {
    if !availability::wgpu() {
        return Ok(());
    }
    let runtime = RingKernel::with_backend(Backend::Wgpu).await?;
    assert_eq!(
        refused_launch(&runtime, "facade.where").await,
        "the WebGPU backend does not support kernel `facade.where`, which runs on CPU only; build the runtime with \
         `.backend(Backend::Cpu)`"
    );
    Ok(())
}

#[tokio::test]
async fn an_explicit_choice_is_not_replaced_by_another() -> Result<()> {
    for backend in [Backend::Cuda, Backend::Metal, Backend::Wgpu] {
        if availability::check(backend).is_ok() {
            continue;
        }
        let error = RingKernel::with_backend(backend).await.expect_err("it is not here").to_string();
        assert!(error.starts_with(&format!("the {backend} backend is not available: ")), "{error}");
    }
    let runtime = RingKernel::with_backend(Backend::Cpu).await?;
    assert!(runtime.selection().passed_over.is_empty());
    assert_eq!(runtime.selection().to_string(), "CPU");
    Ok(())
}

#[tokio::test]
async fn a_device_can_be_asked_for_by_a_part_of_its_name() -> Result<()> {
    let runtime = RingKernel::builder().device_named("cpu").build().await?;
    assert_eq!(runtime.backend(), Backend::Cpu);
    Ok(())
}

#[tokio::test]
async fn buffers_of_ones_own_live_in_the_memory_of_the_device() -> Result<()> {
    let runtime = RingKernel::with_backend(Backend::Cpu).await?;
    let memory: Arc<dyn DeviceMemory> = runtime.memory()?;
    let buffer: Box<dyn GpuBuffer> = memory.allocate_aligned(1024, 128)?;
    buffer.copy_from_host(b"bytes")?;
    let mut bytes = [0; 6];
    buffer.copy_to_host(&mut bytes)?;
    assert_eq!(&bytes, b"bytes\0");
    assert!(buffer.device_ptr() > 0 && buffer.device_ptr().is_multiple_of(128));
    assert_eq!(runtime.metrics().host_memory_used, 1024);
    drop(runtime);
    assert_eq!(buffer.size(), 1024, "a buffer outlives the runtime");
    Ok(())
}

/// For what is about the CPU backend, on machines where the automatic choice finds a GPU, too.
fn on_cpu() -> RingKernelBuilder {
    RingKernel::builder().backend(Backend::Cpu)
}

/// What a builder refuses, as text.
async fn refused(builder: RingKernelBuilder) -> RingKernelError {
    builder.build().await.expect_err("it cannot work")
}

#[tokio::test]
async fn impossible_options_of_a_runtime_are_refused_by_name() {
    let error = refused(on_cpu().device(1)).await;
    assert!(matches!(error, RingKernelError::DeviceNotAvailable { backend: Backend::Cpu, index: 1, .. }));
    assert_eq!(error.to_string(), "the CPU backend has no device 1; it has, counted from 0: CPU");
    let error = refused(on_cpu().device_named("H100")).await;
    assert_eq!(
        error.to_string(),
        "the CPU backend has no device 0 named `H100`; it has, counted from 0: CPU"
    );
    let error = refused(RingKernel::builder().device_named("no such device")).await;
    assert!(matches!(error, RingKernelError::BackendUnavailable { backend: Backend::Auto, .. }), "{error:?}");
    assert!(error.to_string().contains("CPU: the CPU backend has no device 0 named"), "{error}");

    let error = refused(on_cpu().dead_letter_capacity(0)).await;
    assert!(matches!(error, RingKernelError::InvalidConfig(_)));
    assert!(error.to_string().contains("dead_letter_capacity is 0"), "{error}");

    let error = refused(on_cpu().watchdog(Duration::ZERO)).await;
    assert!(error.to_string().contains("watchdog is 0"), "{error}");
}

#[tokio::test]
async fn impossible_options_of_a_launch_are_refused_by_name() -> Result<()> {
    let runtime = on_cpu().build().await?;
    let options = LaunchOptions::default;
    let cases = [
        (options().with_queue_capacity(100), "input_queue_capacity is 100; it must be a power of two"),
        (options().with_output_queue_capacity(0), "output_queue_capacity is 0"),
        (options().with_block_size(0), "block_size is 0; a block has 1 to 1024 lanes"),
        (options().with_block_size(2048), "block_size is 2048"),
        (options().with_grid_size(0), "grid_size is 0"),
        (options().with_max_payload(0), "max_payload is 0 bytes"),
        (options().with_state(7_u32), "`with_state` was given a `u32`"),
        (options().with_k2k(true).with_input_queue_capacity(1), "use at least 2"),
    ];
    for (options, text) in cases {
        let error = runtime.launch("facade.where", options).await.expect_err(text);
        assert!(matches!(error, RingKernelError::InvalidConfig(_)), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
    }
    assert!(runtime.list_kernels().is_empty(), "nothing was launched");

    let error = runtime.launch("", options()).await.expect_err("no name");
    assert!(error.to_string().contains("the kernel id is empty"), "{error}");
    Ok(())
}

#[tokio::test]
async fn names_that_are_unknown_or_taken_are_refused_helpfully() -> Result<()> {
    let runtime = on_cpu().build().await?;
    let error = runtime.launch("facade.wher", LaunchOptions::default()).await.expect_err("a slip");
    assert_eq!(
        error.to_string(),
        "no kernel is named `facade.wher` (did you mean `facade.where`?); available: facade.elsewhere, facade.meet, facade.where"
    );
    runtime.launch("facade.where", LaunchOptions::default()).await?;
    let error = runtime.launch("facade.where", LaunchOptions::default()).await.expect_err("taken");
    assert_eq!(
        error.to_string(),
        "the id `facade.where` is taken: by a kernel that has not terminated, or, at the broker of the runtime, by an endpoint or by a \
         kernel of another runtime; terminate or drop that first, or launch under another id"
    );
    assert_eq!(format!("{runtime:?}"), "RingKernel { backend: Cpu, kernels: [KernelId(\"facade.where\")] }");
    Ok(())
}

#[tokio::test]
async fn one_worker_runs_all_kernels_in_turn() -> Result<()> {
    let runtime = on_cpu().workers(1).build().await?;
    let mut threads = Vec::new();
    for number in 0..8 {
        let options = LaunchOptions::default().with_handler("facade.where");
        let kernel = runtime.launch(&format!("kernel {number}"), options).await?;
        threads.push(kernel.call::<_, Thread>(Ask, SOON).await?.name);
    }
    threads.dedup();
    assert_eq!(threads, ["ringkernel-cpu-0"]);
    Ok(())
}

#[tokio::test]
async fn as_many_workers_as_asked_for_run_at_once() -> Result<()> {
    // A watchdog that never looks, so that no stand-in can take a worker's place.
    let runtime = on_cpu().workers(3).watchdog(Duration::from_secs(3600)).build().await?;
    let meeting = Meeting(Arc::new(Barrier::new(3)));
    let mut kernels = Vec::new();
    for number in 0..3 {
        let options = LaunchOptions::default().with_handler("facade.meet").with_state(meeting.clone());
        let kernel = runtime.launch(&format!("kernel {number}"), options).await?;
        kernel.send(Ask).await?;
        kernels.push(kernel);
    }
    let mut threads = Vec::new();
    for kernel in &kernels {
        threads.push(kernel.receive_timeout(SOON).await?.decode::<Thread>()?.name);
    }
    threads.sort();
    assert_eq!(threads, ["ringkernel-cpu-0", "ringkernel-cpu-1", "ringkernel-cpu-2"]);
    Ok(())
}

#[tokio::test]
async fn the_newest_dead_letters_are_kept_and_the_others_counted() -> Result<()> {
    let runtime = on_cpu().dead_letter_capacity(2).build().await?;
    let options = LaunchOptions::default().without_auto_activate();
    let kernel = runtime.launch("facade.where", options).await?;
    for _ in 0..5 {
        kernel.send(Ask).await?;
    }
    kernel.terminate().await?;
    let metrics = runtime.metrics();
    assert_eq!((metrics.dead_letters, metrics.dead_letters_evicted), (5, 3));
    let letters = runtime.take_dead_letters();
    assert_eq!(letters.len(), 2);
    for letter in letters {
        assert_eq!(letter.reason, DeadLetterReason::KernelTerminated);
        assert_eq!(letter.kernel, Some(KernelId::new("facade.where")));
        assert!(letter.envelope.is::<Ask>());
    }
    Ok(())
}
