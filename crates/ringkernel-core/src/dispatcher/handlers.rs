//! Handlers of kernels by name: routes that come with an entry in the dispatcher's table.

use super::kernel_dispatcher::{KernelDispatcher, Whither};
use super::receipt::{DispatchError, DispatchReceipt};
use crate::error::RingKernelError;
use crate::message::MessageEnvelope;
use crate::persistent_message::{DispatchTable, DispatchTableError, HandlerRegistration, PersistentMessage};
use crate::registry;
use crate::runtime::KernelId;

impl KernelDispatcher {
    /// Sends messages of type `M` to this kernel from now on, where they are for the handler of this name.
    ///
    /// # Errors
    /// [`DispatchTableError::DuplicateHandler`] when another handler has the id of the type; nothing is changed.
    pub fn register_with_name<M: PersistentMessage>(
        &self,
        kernel: KernelId,
        name: impl Into<String>,
    ) -> Result<(), DispatchTableError> {
        self.register_handler(HandlerRegistration::in_kernel::<M>(kernel.clone(), name), kernel)
    }

    /// Sends messages to this kernel from now on, which runs the registered kernel `registered`: those that name one of its handlers,
    /// as [`DispatchTable::of_kernel`] lists them. Gives their number.
    ///
    /// # Errors
    /// [`RingKernelError::KernelNotFound`], [`RingKernelError::Registry`], and [`RingKernelError::InvalidConfig`] when another handler
    /// has the id of one of them; nothing is changed.
    pub fn register_kernel(&self, kernel: KernelId, registered: &str) -> Result<usize, RingKernelError> {
        let of_kernel = registry::catalog()?.kernel(registered)?.handlers.iter();
        let handlers: Vec<_> = of_kernel
            .filter_map(|handler| HandlerRegistration::of_registered(kernel.clone(), handler))
            .collect();
        let mut table = self.handlers();
        let mut extended = table.clone();
        for handler in &handlers {
            let added = extended.register(handler.clone());
            added.map_err(|error| RingKernelError::InvalidConfig(error.to_string()))?;
        }
        *table = extended;
        drop(table);
        handlers.iter().for_each(|handler| self.register_route(handler.message_type_id, kernel.clone()));
        Ok(handlers.len())
    }

    /// The handlers that were registered by name, as they are now.
    pub fn get_dispatch_table(&self) -> DispatchTable {
        self.handlers().clone()
    }

    /// Sends a packed message to a kernel that is registered for its type, in the name of another kernel of this dispatcher's tenant:
    /// that one has the receipt, and the answer if the message's flags require one.
    ///
    /// # Errors
    /// As [`dispatch_envelope`](Self::dispatch_envelope); [`Refused`](DispatchError::Refused) when the tenant has no such kernel.
    pub async fn dispatch_from(
        &self,
        source: KernelId,
        envelope: MessageEnvelope,
    ) -> Result<DispatchReceipt, DispatchError> {
        let route = self.route(envelope.header.message_type)?;
        let Some(sender) = self.sender_of(&source) else {
            let error = RingKernelError::KernelNotFound {
                id: source.to_string(),
                available: Vec::new(),
                nearest: None,
            };
            return Err(self.failed(DispatchError::Refused(Box::new(error))));
        };
        match self.begin(Whither::From(sender, route), envelope) {
            Ok(receipt) => Ok(receipt),
            Err(later) => later.await,
        }
    }

    fn register_handler(
        &self,
        handler: HandlerRegistration,
        kernel: KernelId,
    ) -> Result<(), DispatchTableError> {
        let message_type = handler.message_type_id;
        self.handlers().register(handler)?;
        self.register_route(message_type, kernel);
        Ok(())
    }
}
