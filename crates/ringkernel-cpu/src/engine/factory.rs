//! The CPU among the backends that a builder can choose from.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};

use super::CpuRuntime;
use super::runtime::check_device;

/// Starts the CPU backend, which is always available.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuFactory;

impl BackendFactory for CpuFactory {
    fn backend(&self) -> Backend {
        Backend::Cpu
    }

    fn probe(&self) -> Result<()> {
        Ok(())
    }

    fn suits(&self, config: &RuntimeConfig) -> Result<()> {
        check_device(config)
    }

    fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>> {
        Box::pin(async { Ok(Arc::new(CpuRuntime::with_config(config)?) as Arc<dyn RingKernelRuntime>) })
    }
}
