//! Locks the pages of users, so that the device copies from and to them by itself.

use std::sync::{Arc, Mutex, PoisonError};

use ringkernel_core::memory::{LockedPages, PageLocker, Pages};

use super::Still;
use super::still::while_still;
use crate::driver::UserPages;

/// Locks pages in the context of a device.
pub struct CudaPageLocker {
    still: Arc<dyn Still>,
}

impl CudaPageLocker {
    /// A locker for [`offer_page_locking`](ringkernel_core::memory::offer_page_locking); `still` makes a grid stop.
    pub fn new(still: Arc<dyn Still>) -> Self {
        Self { still }
    }
}

// SAFETY: What it gives owns the pages, which are freed when they are unlocked and the device uses them no more. Only copies whose
// callers borrow parts of them access them.
unsafe impl PageLocker for CudaPageLocker {
    fn lock(&self, pages: Pages) -> Result<LockedPages, Pages> {
        // The work may be refused, which must not cost the pages.
        let slot = Arc::new(Mutex::new(Some(pages)));
        let shared = slot.clone();
        let locked = while_still(&*self.still, move |context| {
            take(&shared).map(|pages| UserPages::lock(context, pages).map_err(|(pages, _)| pages))
        });
        match locked {
            Ok(Some(Ok(locked))) => Ok(Box::new(locked)),
            Ok(Some(Err(pages))) => Err(pages),
            Ok(None) | Err(_) => Err(take(&slot).expect("work that is refused is not done")),
        }
    }
}

fn take(slot: &Mutex<Option<Pages>>) -> Option<Pages> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}
