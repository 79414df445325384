//! Prints which CUDA devices this machine has, what they can do, and which compiler was found: the lines to put into a report.

use std::io::{self, Write};
use std::process::ExitCode;

use ringkernel_codegen::cuda::Compiler;
use ringkernel_cuda::driver::{DeviceDescription, Devices};

fn main() -> ExitCode {
    match print() {
        Ok(code) => code,
        // Nobody is reading.
        Err(_) => ExitCode::FAILURE,
    }
}

fn print() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    match Compiler::find() {
        Ok(compiler) => {
            let identity = compiler.identity();
            writeln!(out, "compiler: {}", identity.as_deref().unwrap_or("NVRTC, in an unknown file"))?;
        }
        Err(error) => writeln!(out, "compiler: none: {error}")?,
    }
    match Devices::find() {
        Ok(devices) => {
            devices.usable().iter().try_for_each(|device| describe(&mut out, device))?;
            for (device, reason) in devices.refused() {
                writeln!(out, "refused: {device}: {reason}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(out, "device: none: {error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn describe(out: &mut io::Stdout, device: &DeviceDescription) -> io::Result<()> {
    let (major, minor) = device.driver_version;
    writeln!(out, "device: {}, {}, driver of CUDA {major}.{minor}", device.name, device.compile_target())?;
    let memory = device.total_memory >> 20;
    let shared = device.shared_memory_per_block_optin >> 10;
    writeln!(
        out,
        "  {} multiprocessors, {memory} MiB, {shared} KiB of shared memory for a block",
        device.multiprocessors
    )
}
