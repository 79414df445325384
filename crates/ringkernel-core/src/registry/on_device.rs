//! Registered kernels as devices run them.

use ringkernel_abi::device::{HandlerSource, KernelSource};

use super::{KernelRegistration, StateLayout};
use crate::device::registered_methods;
use crate::error::{Result, RingKernelError};
use crate::runtime::Backend;

impl KernelRegistration {
    /// Whether it is written for this backend.
    pub fn allows(&self, backend: Backend) -> bool {
        self.backends.is_empty() || self.backends.contains(&backend)
    }

    /// Checks that it is written for this backend.
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] when it is not.
    pub fn check_allows(&self, backend: Backend) -> Result<()> {
        if self.allows(backend) {
            return Ok(());
        }
        let names: Vec<_> = self.backends.iter().map(|backend| backend.name()).collect();
        let feature = format!(
            "kernel `{}`, which runs on {} only; build the runtime with `.backend(Backend::{:?})`",
            self.id,
            names.join(" and "),
            self.backends[0]
        );
        Err(RingKernelError::Unsupported { backend, feature })
    }

    /// What is linked of it for a device of this backend.
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] when it is not written for this backend, when it has no code for devices, or when
    /// its state's type does not say how devices hold it.
    pub fn on_device(&self, backend: Backend) -> Result<KernelSource> {
        let refuse = |feature: String| RingKernelError::Unsupported { backend, feature };
        self.check_allows(backend)?;
        let state = match self.state.layout {
            StateLayout::Empty => None,
            StateLayout::Known { layout, .. } => Some(layout),
            StateLayout::Unknown => {
                let name = (self.state.type_name)();
                return Err(refuse(format!(
                    "the state `{name}` of kernel `{}`, because devices do not know how to hold it: add `#[derive(DeviceState)]` to \
                     it (`#[derive(GpuType)]` with `#[repr(C)]` where it is plain data)",
                    self.id
                )));
            }
        };
        let mut handlers = Vec::with_capacity(self.handlers.len());
        for handler in self.handlers {
            let Some(device) = handler.device else {
                return Err(refuse(format!(
                    "handler `{}` of kernel `{}`, which was registered without code for devices",
                    handler.name, self.id
                )));
            };
            handlers.push(HandlerSource {
                function: device.function,
                message: handler.message.layout,
                answer: handler.answer,
            });
        }
        Ok(KernelSource {
            id: self.id,
            state,
            cooperative: self.is_cooperative(),
            handlers,
            polled: self.polled.iter().map(|message| message.layout).collect(),
            methods: registered_methods(),
        })
    }
}
