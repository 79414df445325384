//! What a tenant may use, and the error of wanting more.

use std::collections::HashMap;
use std::time::Duration;

use ringkernel_abi::TenantId;

/// What a tenant may use. Any value is legal; the largest of its type means no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantQuota {
    /// Kernels that may run at the same time.
    pub max_concurrent_kernels: u32,
    /// Device memory that its kernels and buffers may hold together, in bytes: states and what is set aside for each kernel, and buffers
    /// of [`TenantRuntime::memory`](crate::runtime::TenantRuntime::memory). Queues that all kernels of a runtime share are nobody's.
    pub max_gpu_memory_bytes: u64,
    /// Messages that it may send in a second. They flow in evenly: of those of a tenth of a second (at least one) as many as have
    /// not been used may come all at once, so that no ten seconds have more than a hundredth over this. 0 means none, `u32::MAX` and
    /// more no limit.
    pub max_messages_per_sec: u64,
    /// The handler time that an engagement may use, by engagement. One that is not listed has no limit.
    pub per_engagement_budget: HashMap<u64, Duration>,
}

impl TenantQuota {
    /// No limits.
    pub fn unlimited() -> Self {
        Self {
            max_concurrent_kernels: u32::MAX,
            max_gpu_memory_bytes: u64::MAX,
            max_messages_per_sec: u64::MAX,
            per_engagement_budget: HashMap::new(),
        }
    }

    /// 16 kernels, 2 GiB of device memory, 100,000 messages per second, no budgets.
    pub fn standard() -> Self {
        Self {
            max_concurrent_kernels: 16,
            max_gpu_memory_bytes: 2 << 30,
            max_messages_per_sec: 100_000,
            per_engagement_budget: HashMap::new(),
        }
    }

    /// The same, with a budget of handler time for an engagement.
    #[must_use]
    pub fn with_engagement_budget(mut self, engagement_id: u64, budget: Duration) -> Self {
        self.per_engagement_budget.insert(engagement_id, budget);
        self
    }
}

impl Default for TenantQuota {
    fn default() -> Self {
        Self::standard()
    }
}

/// A tenant wanted more than its quota allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tenant {tenant} {limit}")]
pub struct QuotaExceeded {
    /// The tenant.
    pub tenant: TenantId,
    /// The limit, and what was wanted.
    pub limit: QuotaLimit,
}

/// The limit that a tenant has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaLimit {
    /// As many kernels run as may.
    #[error("has {max} kernels running, as many as it may: terminate one, or raise `max_concurrent_kernels`")]
    Kernels {
        /// How many may run.
        max: u32,
    },
    /// The device memory would be more than allowed.
    #[error(
        "asked for {requested} bytes of device memory and holds {in_use} of {max}: free some, or raise \
         `max_gpu_memory_bytes`"
    )]
    Memory {
        /// Bytes asked for.
        requested: u64,
        /// Bytes held already.
        in_use: u64,
        /// Bytes allowed.
        max: u64,
    },
    /// It has sent faster than it may.
    #[error("{}", rate_text(*.per_second))]
    MessageRate {
        /// Messages per second that are allowed.
        per_second: u64,
    },
    /// The handler time of an engagement is used up.
    #[error(
        "has used {used:?} of handler time for engagement {engagement}, whose budget is {budget:?}: name another \
         engagement, or register the tenant again with more in `per_engagement_budget`"
    )]
    EngagementBudget {
        /// The engagement.
        engagement: u64,
        /// Its budget.
        budget: Duration,
        /// What it has used.
        used: Duration,
    },
    /// It has named as many accounts as a runtime tells apart for it.
    #[error(
        "has named {max} audit tags while its kernels run, as many as a runtime tells apart for a tenant: name one \
         of them, or end its kernels in this runtime"
    )]
    AuditTags {
        /// How many it tells apart.
        max: u32,
    },
}

fn rate_text(per_second: u64) -> String {
    match per_second {
        0 => "may send no messages: raise `max_messages_per_sec`".into(),
        _ => format!(
            "has sent more than its {per_second} messages a second: send more slowly, or raise `max_messages_per_sec`"
        ),
    }
}
