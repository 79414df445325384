//! How much memory is in use: every buffer is charged when it is made and discharged when it is dropped.

use std::sync::Arc;

use crate::sync::atomic::{AtomicU64, Ordering};

/// The memory that the buffers of a device hold, in bytes. Clones count together.
#[derive(Debug, Clone)]
pub struct Ledger(Arc<AtomicU64>);

/// Bytes that are in use for as long as this is held.
#[derive(Debug)]
pub struct Charge {
    ledger: Ledger,
    bytes: u64,
}

impl Ledger {
    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        // Relaxed: a figure; it publishes nothing.
        self.0.load(Ordering::Relaxed)
    }

    /// Counts as many bytes until what it gives is dropped.
    pub fn charge(&self, bytes: u64) -> Charge {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Charge { ledger: self.clone(), bytes }
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.ledger.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_no_longer_counted() {
        let ledger = Ledger::default();
        let first = ledger.charge(100);
        let second = ledger.clone().charge(28);
        assert_eq!(ledger.bytes(), 128);
        drop(first);
        assert_eq!(ledger.bytes(), 28);
        drop(second);
        assert_eq!(ledger.bytes(), 0);
    }
}
