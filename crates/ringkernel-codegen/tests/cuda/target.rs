//! Printing, compiling for devices, and running on the CPU.

use ringkernel_codegen::cuda::host::{Fault, HostProgram, HostRun, Services, Shape};
use ringkernel_codegen::cuda::{self, CompileError, Compiler, Options, Program};
use ringkernel_codegen::ir::Module;

use super::gate;

/// Architectures that every program is compiled for.
const ARCHITECTURES: [&str; 2] = ["sm_80", "sm_90"];

/// An entry point, so that the compiler drops nothing: stands in for a runtime's.
const ENTRY: &str =
    "extern \"C\" __global__ void rk_test(rk_lane* rk, rk_u32 handler) { rk_run_handler(rk, handler); }\n";
/// What a runtime defines, as far as the compiler wants to see it.
const RUNTIME: &str = include_str!("runtime.cuh");

/// Prints a module, and compiles the text for devices where that can be done.
pub(crate) fn print(module: &Module) -> Program {
    print_with(module, Options::default())
}

pub(crate) fn print_with(module: &Module, options: Options) -> Program {
    let program = cuda::print(module, &options).expect("CUDA has everything that is in the module");
    compile(&program);
    program
}

pub(crate) fn compile(program: &Program) {
    let compiler = match Compiler::find() {
        Ok(compiler) => compiler,
        Err(missing) => return gate::skip("nvrtc", &missing),
    };
    let source = program.source(RUNTIME) + &program.dispatch + ENTRY;
    for architecture in ARCHITECTURES {
        match compiler.cubin(&source, architecture) {
            Ok(cubin) => {
                assert_eq!(cubin.log, "", "{}", program.text);
                assert!(cubin.bytes.starts_with(b"\x7fELF"));
            }
            Err(CompileError::Refused { log, .. }) => panic!("{log}\n{}", program.text),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A program on the CPU; `None` where there is no C++ compiler, which is said.
pub(crate) fn host(program: &Program) -> Option<HostProgram> {
    match HostProgram::build(program) {
        Ok(host) => Some(host),
        Err(missing @ ringkernel_codegen::cuda::host::BuildError::NoCompiler { .. }) => {
            gate::skip("g++", &missing);
            None
        }
        Err(error) => panic!("{error}\n{}", program.text),
    }
}

/// Runs a scalar handler once.
pub(crate) fn run(
    program: &HostProgram,
    handler: u32,
    state: &[u8],
    message: &[u8],
    services: &mut Services,
) -> HostRun {
    program.run(handler, Shape::default(), state, message, services).expect("one lane waits for nobody")
}

/// A fault of a scalar handler, as its kind, code and line.
pub(crate) fn fault(run: &HostRun) -> Option<(u32, u32, u32)> {
    run.faults.first().map(|Fault { kind, code, line, .. }| (*kind, *code, *line))
}
