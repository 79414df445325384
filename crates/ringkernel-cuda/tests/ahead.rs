//! Programs compiled ahead of time run where nothing can be compiled: in processes whose compiler refuses every text.

mod machine;
#[path = "machine/simulated.rs"]
mod simulated;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::{RingKernelRuntime, RuntimeConfig};
use ringkernel_codegen::cuda::Compiler;
use ringkernel_cuda::CudaRuntime;
use ringkernel_cuda::ahead::{PROGRAMS_VARIABLE, Programs, TEXTS_VARIABLE, Target};
use ringkernel_testkit::gate;

use simulated::is_simulated;

/// Set in the processes.
const ALONE: &str = "RINGKERNEL_CUDA_AHEAD_CASE";

const LONG: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, RingMessage)]
struct Number {
    #[message(id)]
    id: MessageId,
    value: u64,
}

#[derive(Debug, Clone, Default, RingMessage)]
struct Answer {
    #[message(id)]
    id: MessageId,
    value: u64,
}

#[ring_kernel(id = "ahead.double")]
fn double(_ctx: &mut RingContext, number: Number) -> Answer {
    Answer { id: MessageId::default(), value: number.value.wrapping_mul(2) }
}

#[ring_kernel(id = "ahead.square")]
fn square(_ctx: &mut RingContext, number: Number) -> Answer {
    Answer { id: MessageId::default(), value: number.value.wrapping_mul(number.value) }
}

/// A kernel that no device runs does not keep the others from being compiled together.
#[ring_kernel(id = "ahead.text", backends(cpu))]
fn text(_ctx: &mut RingContext, number: Number) -> Answer {
    Answer { id: MessageId::default(), value: number.value.to_string().len() as u64 }
}

/// Both kernels, in one runtime.
async fn run() {
    machine::prepare().expect("the machine was there before");
    let runtime = CudaRuntime::start(RuntimeConfig::default()).expect("it starts");
    for (id, expected) in [("ahead.square", 49), ("ahead.double", 14)] {
        let kernel = runtime.launch(id, LaunchOptions::default()).await.expect("it launches");
        let answer: Answer =
            kernel.call(Number { value: 7, ..Number::default() }, LONG).await.expect("an answer");
        assert_eq!(answer.value, expected, "{id}");
    }
    let refused = runtime.launch("ahead.text", LaunchOptions::default()).await.map(drop);
    assert!(matches!(refused, Err(RingKernelError::Unsupported { .. })), "{refused:?}");
    // A program of one kernel would have to be replaced for the other.
    assert_eq!(runtime.grid_launches(), 1);
    runtime.shutdown().await.expect("everything ends");
}

/// Runs the kernels in a process with these variables, and gives whether all went well, and what it said.
fn process(variables: &[(&str, &Path)]) -> (bool, String) {
    let output = Command::new(std::env::current_exe().expect("the program has a path"))
        .args(["--exact", "programs_compiled_ahead_run_where_nothing_can_be_compiled", "--nocapture"])
        .env(ALONE, "1")
        // The compiler of the simulator refuses texts that do not have this.
        .env("RINGKERNEL_CUDA_SIM_PLANT", "no text has this=>>")
        .env("RINGKERNEL_CUDA_CACHE", "")
        .env(PROGRAMS_VARIABLE, "")
        .envs(variables.iter().map(|(name, path)| (name, path)))
        .output()
        .expect("it starts");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn programs_compiled_ahead_run_where_nothing_can_be_compiled() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
        return runtime.expect("a tokio runtime").block_on(run());
    }
    if let Err(reason) = machine::prepare() {
        return gate::skip("cuda", &reason);
    }
    if !is_simulated() {
        return gate::skip("simulator", &"whose compiler can be made to refuse everything");
    }
    let folder = std::env::temp_dir().join(format!("ringkernel-ahead-{}", std::process::id()));
    let (texts, programs) = (folder.join("texts"), folder.join("programs"));
    let (is_well, said) = process(&[(TEXTS_VARIABLE, &texts), (PROGRAMS_VARIABLE, &programs)]);
    assert!(!is_well && said.contains("does not fit"), "without a program it has to be compiled: {said}");
    for target in ["compute_80", "sm_90"] {
        compile(&texts, &programs, target);
        let (is_well, said) = process(&[(PROGRAMS_VARIABLE, &programs)]);
        assert!(is_well, "{target}: {said}");
        std::fs::remove_dir_all(&programs).expect("the folder can be removed");
    }
    // Code of a newer architecture is none for this device.
    compile(&texts, &programs, "sm_100");
    let (is_well, said) = process(&[(PROGRAMS_VARIABLE, &programs)]);
    assert!(!is_well && said.contains("does not fit"), "{said}");
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// Compiles the text of all kernels.
fn compile(texts: &Path, programs: &Path, target: &str) {
    let compiler = Compiler::find().expect("the compiler is there where the driver is");
    let target: Target = target.parse().expect("a target");
    let files: Vec<PathBuf> = std::fs::read_dir(texts)
        .expect("the process has written texts")
        .map(|file| file.expect("a file").path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(file).expect("a text");
        let said = Programs::at(programs).compile(&compiler, &text, &[target]).expect("the text is right");
        assert_eq!(said, "");
    }
}
