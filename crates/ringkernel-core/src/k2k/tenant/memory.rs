//! Memory for buffers of a tenant, which its quota limits.

use std::sync::Arc;

use ringkernel_abi::AuditTag;

use super::info::{MemoryShare, TenantInfo};
use super::registry::TenantRegistry;
use crate::error::Result;
use crate::memory::{DeviceMemory, GpuBuffer};

/// What pays for what somebody does for a tenant: its quota, if it is registered, and where refusals are put on record.
#[derive(Debug, Clone)]
pub struct Purse {
    /// The tenant, if it is registered.
    pub tenant: Option<Arc<TenantInfo>>,
    /// Where refusals are put on record.
    pub registry: Arc<TenantRegistry>,
    /// On whose account.
    pub audit: AuditTag,
}

impl Purse {
    /// Memory whose buffers it pays for, in the bytes that they are asked for with.
    pub fn memory(self, memory: Arc<dyn DeviceMemory>) -> Arc<dyn DeviceMemory> {
        match &self.tenant {
            Some(tenant) => Arc::new(TenantMemory { memory, tenant: tenant.clone(), purse: self }),
            None => memory,
        }
    }
}

struct TenantMemory {
    memory: Arc<dyn DeviceMemory>,
    tenant: Arc<TenantInfo>,
    purse: Purse,
}

impl DeviceMemory for TenantMemory {
    fn allocate_aligned(&self, size: usize, align: usize) -> Result<Box<dyn GpuBuffer>> {
        let share = self.tenant.take_memory(size as u64).inspect_err(|exceeded| {
            self.purse.registry.audit_refusal((*exceeded).into(), self.purse.audit);
        })?;
        let buffer = self.memory.allocate_aligned(size, align)?;
        Ok(Box::new(TenantBuffer { buffer, _share: share }))
    }

    fn total_memory(&self) -> usize {
        self.memory.total_memory().min(bytes(self.tenant.quota().max_gpu_memory_bytes))
    }

    fn free_memory(&self) -> usize {
        let max = self.tenant.quota().max_gpu_memory_bytes;
        let free = if max == u64::MAX { max } else { max.saturating_sub(self.tenant.current_memory_bytes()) };
        self.memory.free_memory().min(bytes(free))
    }
}

fn bytes(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

struct TenantBuffer {
    // Freed before it is given back.
    buffer: Box<dyn GpuBuffer>,
    _share: MemoryShare,
}

impl GpuBuffer for TenantBuffer {
    fn size(&self) -> usize {
        self.buffer.size()
    }

    fn device_ptr(&self) -> usize {
        self.buffer.device_ptr()
    }

    fn copy_from_host(&self, bytes: &[u8]) -> Result<()> {
        self.buffer.copy_from_host(bytes)
    }

    fn copy_to_host(&self, bytes: &mut [u8]) -> Result<()> {
        self.buffer.copy_to_host(bytes)
    }
}
