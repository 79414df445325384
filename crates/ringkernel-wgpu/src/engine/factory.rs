//! WebGPU and Metal among the backends that a builder can choose from.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::runtime::{Backend, BackendFactory, BoxFuture, RingKernelRuntime, RuntimeConfig};

use super::WgpuRuntime;
use crate::device::{Adapters, ApiSet};

/// Starts [`Backend::Wgpu`].
#[derive(Debug, Clone, Copy, Default)]
pub struct WgpuFactory;

/// Starts [`Backend::Metal`].
#[derive(Debug, Clone, Copy, Default)]
pub struct MetalFactory;

macro_rules! factory {
    ($factory:ident, $api:expr) => {
        impl BackendFactory for $factory {
            fn backend(&self) -> Backend {
                $api.backend()
            }

            fn probe(&self) -> Result<()> {
                Adapters::find($api).map(drop).map_err(|error| error.of($api.backend()))
            }

            fn suits(&self, _config: &RuntimeConfig) -> Result<()> {
                self.probe()
            }

            fn start(&self, config: RuntimeConfig) -> BoxFuture<'_, Result<Arc<dyn RingKernelRuntime>>> {
                Box::pin(async {
                    Ok(Arc::new(WgpuRuntime::start($api, config)?) as Arc<dyn RingKernelRuntime>)
                })
            }
        }
    };
}

factory!(WgpuFactory, ApiSet::Any);
factory!(MetalFactory, ApiSet::Metal);
