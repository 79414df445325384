//! Who can lock pages for a device. Backends of devices that read host memory in place offer it; the memory of users is locked
//! by the first that does.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Pages;

/// Locks pages of host memory, so that a device can copy from and to them by itself.
///
/// # Safety
/// What [`lock`](Self::lock) gives keeps the pages allocated, at their address, until it is dropped, and does not touch them but
/// for copies that the pages' user asks for.
pub unsafe trait PageLocker: Send + Sync {
    /// Locks pages for as long as what it gives is there. It owns them from then on.
    ///
    /// # Errors
    /// The pages, when they cannot be locked now.
    fn lock(&self, pages: Pages) -> Result<LockedPages, Pages>;
}

/// Pages that are locked. Dropping it unlocks and frees them, at a time that suits the device.
pub type LockedPages = Box<dyn Send + Sync>;

static OFFERED: Mutex<Vec<Weak<dyn PageLocker>>> = Mutex::new(Vec::new());

/// Offers to lock the pages of users, for as long as the locker lives. Who offers first is asked first.
pub fn offer_page_locking(locker: &Arc<dyn PageLocker>) {
    let mut offered = OFFERED.lock().unwrap_or_else(PoisonError::into_inner);
    offered.retain(|other| other.strong_count() > 0);
    offered.push(Arc::downgrade(locker));
}

/// Has pages locked by the first who can; gives them back when nobody can.
pub(super) fn lock(mut pages: Pages) -> Result<LockedPages, Pages> {
    // Lockers may take their time, so that nobody else should wait for this lock meanwhile.
    let lockers: Vec<_> = {
        let offered = OFFERED.lock().unwrap_or_else(PoisonError::into_inner);
        offered.iter().filter_map(Weak::upgrade).collect()
    };
    for locker in lockers {
        match locker.lock(pages) {
            Ok(locked) => return Ok(locked),
            Err(unlocked) => pages = unlocked,
        }
    }
    Err(pages)
}
