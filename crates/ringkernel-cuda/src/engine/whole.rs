//! The program of all kernels that the executable registers, for which images may be ready.

use std::sync::{Arc, OnceLock};

use ringkernel_codegen::cuda::{self, Checks};
use ringkernel_codegen::link;
use ringkernel_core::registry;
use ringkernel_core::runtime::Backend;
use ringkernel_core::{Result, RingKernelError};

use super::compile::{Linked, Need, options};
use crate::ahead::{self, Image, Programs};
use crate::device;
use crate::driver::DeviceDescription;

/// All kernels that can run on a device, linked and printed, in the order of their ids. An executable prints the same text each time.
pub(super) struct Whole {
    pub(super) linked: Arc<Linked>,
    text: String,
}

impl Whole {
    /// That of this executable, for runtimes with these checks. It is made once.
    ///
    /// # Errors
    /// Kernels that are well alone, but not together.
    fn of(checks: Checks) -> std::result::Result<&'static Self, &'static str> {
        static WHOLES: [OnceLock<std::result::Result<Whole, String>>; 2] = [const { OnceLock::new() }; 2];
        let index = match checks {
            Checks::Presence => 0,
            Checks::Sites => 1,
        };
        WHOLES[index].get_or_init(|| Self::new(checks)).as_ref().map_err(String::as_str)
    }

    fn new(checks: Checks) -> std::result::Result<Self, String> {
        let catalog = registry::catalog().map_err(|error| error.to_string())?;
        let (mut kernels, mut sources) = (Vec::new(), Vec::new());
        for id in catalog.kernel_ids() {
            let kernel = catalog.kernel(id).map_err(|error| error.to_string())?;
            // What cannot run on a device is refused when it is launched, with the reason.
            let Ok(source) = kernel.on_device(Backend::Cuda) else { continue };
            let alone = link::link(std::slice::from_ref(&source));
            if alone.is_ok_and(|module| cuda::print(&module, &options(checks)).is_ok()) {
                kernels.push(kernel);
                sources.push(source);
            }
        }
        let module = link::link(&sources).map_err(|error| error.to_string())?;
        let program = cuda::print(&module, &options(checks)).map_err(|lacking| lacking.feature)?;
        let text = device::source(&program);
        Ok(Self { linked: Arc::new(Linked { kernels, sources, module, program }), text })
    }

    /// That of this executable with its images for a device, if there are any that have one of these kernels.
    pub(super) fn ready(
        checks: Checks,
        device: &DeviceDescription,
        needs: &[Need],
    ) -> Option<(&'static Self, Vec<Image>)> {
        let programs = Programs::of_environment()?;
        let whole = match Self::of(checks) {
            Ok(whole) => whole,
            Err(reason) => {
                tracing::warn!(reason, "the kernels do not make one program, so that none can be ready");
                return None;
            }
        };
        if !whole.linked.kernels.iter().any(|known| needs.contains(&Need(known))) {
            return None;
        }
        let images = programs.images(&whole.text, device.compute_capability);
        if images.is_empty() {
            let (folder, device) = (programs.folder().display(), device.to_string());
            tracing::warn!(%folder, device, "the program is not ready there, and has to be compiled");
            return None;
        }
        Some((whole, images))
    }
}

/// Whether the program of this executable is ready for one of these devices.
pub(crate) fn is_ready(devices: &[DeviceDescription]) -> bool {
    let Some(programs) = Programs::of_environment() else { return false };
    Whole::of(Checks::default()).is_ok_and(|whole| {
        devices.iter().any(|device| !programs.targets(&whole.text, device.compute_capability).is_empty())
    })
}

/// Writes the text of this executable's program where the environment asks for it.
///
/// # Errors
/// [`RingKernelError::InvalidConfig`] when it cannot be written, or when there is no such program.
pub(super) fn note_text(checks: Checks) -> Result<()> {
    if std::env::var_os(ahead::TEXTS_VARIABLE).is_none_or(|folder| folder.is_empty()) {
        return Ok(());
    }
    let whole = Whole::of(checks).map_err(|reason| {
        RingKernelError::InvalidConfig(format!("no program of all kernels can be written: {reason}"))
    })?;
    let noted = ahead::note(&whole.text);
    noted.map_err(|error| RingKernelError::InvalidConfig(format!("{}: {error}", ahead::TEXTS_VARIABLE)))
}
