//! Registered kernels as devices run them.

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{DeviceFunction, MessageLayout};

use super::{KernelRegistration, StateLayout};
use crate::error::{Result, RingKernelError};
use crate::runtime::Backend;

/// What a device is told of a kernel.
#[derive(Debug, Clone)]
pub struct KernelOnDevice {
    /// Its id.
    pub id: &'static str,
    /// Layout of its state; `None` where it has no bytes.
    pub state: Option<TypeLayout>,
    /// Whether all lanes of a grid run its handlers.
    pub cooperative: bool,
    /// Its handlers.
    pub handlers: Vec<HandlerOnDevice>,
    /// Message types that its handlers poll.
    pub polled: Vec<&'static MessageLayout>,
}

/// What a device is told of a handler.
#[derive(Debug, Clone, Copy)]
pub struct HandlerOnDevice {
    /// Its code.
    pub function: &'static DeviceFunction,
    /// What it takes.
    pub message: &'static MessageLayout,
    /// The message that it answers with; `None` when it gives no answer.
    pub answer: Option<&'static MessageLayout>,
}

impl KernelRegistration {
    /// Whether it is written for this backend.
    pub fn allows(&self, backend: Backend) -> bool {
        self.backends.is_empty() || self.backends.contains(&backend)
    }

    /// What a device of this backend is told of it.
    ///
    /// # Errors
    /// [`RingKernelError::Unsupported`] when it is not written for this backend, when it has no code for devices, or when
    /// its state's type does not say how devices hold it.
    pub fn on_device(&self, backend: Backend) -> Result<KernelOnDevice> {
        let refuse = |feature: String| RingKernelError::Unsupported { backend, feature };
        if !self.allows(backend) {
            let feature = format!("kernel `{}`, which is written for {:?} only", self.id, self.backends);
            return Err(refuse(feature));
        }
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
            let message = handler.message.layout;
            handlers.push(HandlerOnDevice { function: device.function, message, answer: device.answer });
        }
        let polled = self.polled.iter().map(|message| message.layout).collect();
        Ok(KernelOnDevice { id: self.id, state, cooperative: self.is_cooperative(), handlers, polled })
    }
}
