//! Programs for devices: each has an entry of its own, so that what the compiler says of an entry it says of a program, and
//! a program that breaks a device is known.

use std::fmt::Write;

use ringkernel_codegen::ir::Module;
use ringkernel_codegen::print::Unsupported;

use super::cuda;

/// Programs in one text. NVRTC begins with a third of a second for what all texts share, and takes more than twice as long
/// for twice as much.
pub const DEVICE_BATCH: usize = 24;

/// The name of the entry of a handler. It takes the address of words: a job, then rows from word [`FIRST_ROW`] on.
pub(super) fn entry(handler: usize) -> String {
    format!("difftest_{handler}")
}

/// The handler of an entry of this name.
pub fn handler_of(entry: &str) -> Option<usize> {
    entry.strip_prefix("difftest_")?.parse().ok()
}

/// Where rows begin: a multiple of 4 words behind the job.
pub(super) const FIRST_ROW: usize = 12;

/// The text of programs for a device.
///
/// # Errors
/// What the printer cannot express.
pub fn text(module: &Module) -> Result<String, Unsupported> {
    let mut text = cuda::text(module)? + include_str!("entry.cuh");
    let handlers = module.kernels.iter().map(|kernel| kernel.handlers.len()).sum();
    for handler in 0..handlers {
        let name = entry(handler);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "extern \"C\" __global__ void {name}(rk_u32* words) {{ difftest_each(words, {handler}u); }}"
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_its_handler() {
        assert_eq!(handler_of(&entry(17)), Some(17));
        assert_eq!(handler_of("rk_run_handler"), None);
        assert_eq!(handler_of("difftest_each"), None);
    }
}
