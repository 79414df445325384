//! The grid with all kernels of the conformance suite compiles for devices.

use std::io::Write;

use ringkernel_codegen::cuda::{self, CompileError, Compiler, Options};
use ringkernel_codegen::link::link;
use ringkernel_core::registry::{catalog, registered_kernels};
use ringkernel_core::runtime::Backend;
use ringkernel_testkit::gate;

/// What the compiler says of the hardware's resources, as opposed to warnings.
fn is_about_resources(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("ptxas info") || line.contains("bytes stack frame")
}

#[test]
fn the_grid_with_every_kernel_of_the_suite_compiles_without_a_warning() {
    let catalog = catalog().expect("the suite registers nothing twice");
    let kernels = registered_kernels().into_iter().map(|id| catalog.kernel(id).expect("it is registered"));
    let sources: Vec<_> = kernels.filter_map(|kernel| kernel.on_device(Backend::Cuda).ok()).collect();
    assert!(sources.len() > 30, "{} kernels", sources.len());
    let module = link(&sources).unwrap_or_else(|error| panic!("{error}"));
    let program = cuda::print(&module, &Options::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let text = super::source(&program);
    let compiler = match Compiler::find() {
        Ok(compiler) => compiler,
        Err(missing) => return gate::skip("nvrtc", &missing),
    };
    // It takes the compiler long enough that both are worth a thread.
    std::thread::scope(|scope| {
        for architecture in ["sm_80", "sm_90"] {
            let (compiler, text, kernels) = (&compiler, &text, sources.len());
            scope.spawn(move || check(compiler, text, architecture, kernels));
        }
    });
}

#[track_caller]
fn check(compiler: &Compiler, text: &str, architecture: &str, kernels: usize) {
    let log = match compiler.cubin_with_resources(text, architecture) {
        Ok(cubin) => cubin.log,
        Err(CompileError::Refused { log, .. }) => panic!("{log}"),
        Err(error) => panic!("{error}"),
    };
    let warnings: Vec<_> = log.lines().filter(|line| !is_about_resources(line)).collect();
    assert!(warnings.is_empty(), "{architecture}: {warnings:?}");
    // Shown where tests show their output.
    let _ = writeln!(std::io::stdout(), "{architecture}, {kernels} kernels:\n{log}");
}
