//! WebGPU and Metal among the backends that a builder can choose from.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};

use crate::WgpuRuntime;
use crate::device::{Adapters, ApiSet, suits};

/// Starts the backend on any device that WebGPU reaches, such as one that the processor imitates. [`Backend::Auto`] leaves the
/// latter to the CPU backend, unless the device is asked for by name or by an index other than 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct WgpuFactory;

/// Starts the backend on a device of Metal.
#[derive(Debug, Clone, Copy, Default)]
pub struct MetalFactory;

impl BackendFactory for WgpuFactory {
    fn backend(&self) -> Backend {
        Backend::Wgpu
    }

    fn probe(&self) -> Result<()> {
        probe(ApiSet::Any)
    }

    fn suits(&self, config: &RuntimeConfig) -> Result<()> {
        suits(ApiSet::Any, config)
    }

    fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>> {
        Box::pin(async { start(ApiSet::Any, config) })
    }
}

impl BackendFactory for MetalFactory {
    fn backend(&self) -> Backend {
        Backend::Metal
    }

    fn probe(&self) -> Result<()> {
        probe(ApiSet::Metal)
    }

    fn suits(&self, config: &RuntimeConfig) -> Result<()> {
        suits(ApiSet::Metal, config)
    }

    fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>> {
        Box::pin(async { start(ApiSet::Metal, config) })
    }
}

fn probe(api: ApiSet) -> Result<()> {
    Adapters::find(api).map(drop).map_err(|error| error.of(api.backend()))
}

fn start(api: ApiSet, config: RuntimeConfig) -> Result<Arc<dyn RingKernelRuntime>> {
    Ok(Arc::new(WgpuRuntime::start(api, config)?))
}
