//! Capacities by name.

/// Queue capacity tiers, from the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum QueueTier {
    /// 256 messages: low traffic.
    Small,
    /// 1,024 messages: moderate traffic.
    #[default]
    Medium,
    /// 4,096 messages: high traffic.
    Large,
    /// 16,384 messages: very high traffic.
    ExtraLarge,
}

impl QueueTier {
    /// All tiers, from the smallest.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::ExtraLarge];

    /// Capacity in messages, a power of two.
    pub const fn capacity(&self) -> usize {
        match self {
            Self::Small => 256,
            Self::Medium => 1_024,
            Self::Large => 4_096,
            Self::ExtraLarge => 16_384,
        }
    }

    /// The smallest tier that holds what arrives in `target_headroom_ms` milliseconds at
    /// `messages_per_second`, or the largest tier where none does.
    pub fn for_throughput(messages_per_second: u64, target_headroom_ms: u64) -> Self {
        let needed = messages_per_second.saturating_mul(target_headroom_ms).div_ceil(1_000);
        Self::holding(needed).unwrap_or(Self::ExtraLarge)
    }

    /// The smallest tier with a capacity of at least `messages`.
    pub(super) fn holding(messages: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.capacity() as u64 >= messages)
    }

    /// The next larger tier; the largest stays as it is.
    pub const fn upgrade(&self) -> Self {
        match self {
            Self::Small => Self::Medium,
            Self::Medium => Self::Large,
            Self::Large | Self::ExtraLarge => Self::ExtraLarge,
        }
    }

    /// The next smaller tier; the smallest stays as it is.
    pub const fn downgrade(&self) -> Self {
        match self {
            Self::Small | Self::Medium => Self::Small,
            Self::Large => Self::Medium,
            Self::ExtraLarge => Self::Large,
        }
    }
}
