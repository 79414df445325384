//! A machine without a driver: everything says so, and nothing ends the process. It takes a process of its own, because a process
//! finds its driver once.

use std::process::Command;

use ringkernel_core::RingKernelError;
use ringkernel_core::runtime::{Backend, BackendFactory, RuntimeConfig};
use ringkernel_cuda::CudaFactory;
use ringkernel_cuda::driver::Devices;

/// Set in the process that looks for a driver on its own.
const ALONE: &str = "RINGKERNEL_TEST_WITHOUT_SIMULATOR";

#[test]
fn without_a_driver_every_question_has_a_typed_answer() {
    if std::env::var_os(ALONE).is_some() {
        return in_a_process_of_its_own();
    }
    let program = std::env::current_exe().unwrap();
    let name = "absence::without_a_driver_every_question_has_a_typed_answer";
    let output = Command::new(program)
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .env("RINGKERNEL_CUDA_LIBRARIES", "/nowhere/cuda")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
}

fn in_a_process_of_its_own() {
    let Err(error) = Devices::find() else {
        // This machine has a driver. It was looked for where there is none first, and then found.
        return;
    };
    let text = error.to_string();
    assert!(text.contains("libcuda.so.1"), "{text}");
    let looked_in_folder = text.contains("/nowhere/cuda") || !text.contains("could be loaded");
    assert!(looked_in_folder, "{text}");
    let config = RuntimeConfig::default();
    for answer in [CudaFactory.probe(), CudaFactory.suits(&config)] {
        let error = answer.unwrap_err();
        let typed = matches!(error, RingKernelError::BackendUnavailable { backend: Backend::Cuda, .. });
        assert!(typed, "{error:?}");
        assert!(error.to_string().contains(&text), "{error}");
    }
}
