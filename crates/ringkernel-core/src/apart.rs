//! Work that wakes tasks of users, each of which may panic on the spot.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs what wakes tasks of users, whose panic is to keep nobody else from hearing.
pub(crate) fn apart(work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        tracing::error!("somebody who was woken has panicked");
        // What it carries may panic when it is dropped.
        std::mem::forget(panic);
    }
}

/// Does this for each, and passes the first panic on afterwards. So nobody waits behind who panics, and nobody is dropped, and woken by that,
/// while a panic unwinds: a second one would end the process.
pub(crate) fn each_apart<T>(all: impl IntoIterator<Item = T>, mut work: impl FnMut(T)) {
    let mut first = None;
    for one in all {
        match (catch_unwind(AssertUnwindSafe(|| work(one))), &first) {
            (Ok(()), _) => {}
            (Err(panic), None) => first = Some(panic),
            (Err(panic), Some(_)) => std::mem::forget(panic),
        }
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}
