//! A value that may be sent to other threads and can be used on its own only.

use std::thread::{self, ThreadId};

/// Something of this thread. On another one, [`get`](Self::get) panics.
///
/// A handler's context can be sent, so that async handlers may wait anywhere; what lanes meet through must not leave
/// their thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadBound<T: Copy> {
    value: T,
    owner: ThreadId,
}

// SAFETY: the value is reached through `get` only, which returns on the thread that made it and panics on every other.
// `T: Copy` has no destructor, so that dropping it elsewhere touches nothing.
unsafe impl<T: Copy> Send for ThreadBound<T> {}

impl<T: Copy> ThreadBound<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value, owner: thread::current().id() }
    }

    pub(super) fn get(&self) -> T {
        assert!(
            thread::current().id() == self.owner,
            "the lanes of a cooperative handler meet on their own thread; this is another one"
        );
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_thread_is_turned_away() {
        let bound = ThreadBound::new(7);
        assert_eq!(bound.get(), 7);
        let elsewhere = thread::spawn(move || bound.get()).join();
        assert!(elsewhere.is_err());
    }
}
