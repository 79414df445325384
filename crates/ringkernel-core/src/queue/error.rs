//! What can go wrong with a queue. A refused message always travels back inside the error.

use std::fmt;

/// Why a queue operation did not happen.
///
/// `Full` and `Refused` hand the message back; [`into_message`](Self::into_message) takes it out.
/// The type is `Debug` whatever `T` is, so that the error of a private message type can be logged.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError<T> {
    /// There was no free slot, at once or until the deadline; the message comes back.
    #[error("the queue is full: the message is handed back")]
    Full(T),
    /// There was nothing to take.
    #[error("the queue is empty")]
    Empty,
    /// Nothing arrived before the deadline of a `dequeue`.
    #[error("no message arrived before the deadline")]
    Timeout,
    /// The queue is closed and everything that was in it has been taken.
    #[error("the queue is closed and drained")]
    Closed,
    /// The queue is closed to new messages; the message comes back.
    #[error("the queue is closed: the message is handed back")]
    Refused(T),
}

impl<T> QueueError<T> {
    /// The message that was not enqueued, if this is the error of an enqueue.
    pub fn into_message(self) -> Option<T> {
        match self {
            Self::Full(message) | Self::Refused(message) => Some(message),
            Self::Empty | Self::Timeout | Self::Closed => None,
        }
    }

    /// The same error, without the message in it.
    pub fn without_message(self) -> QueueError<()> {
        match self {
            Self::Full(_) => QueueError::Full(()),
            Self::Empty => QueueError::Empty,
            Self::Timeout => QueueError::Timeout,
            Self::Closed => QueueError::Closed,
            Self::Refused(_) => QueueError::Refused(()),
        }
    }

    /// True for [`Full`](Self::Full): trying again later can succeed.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// True for [`Closed`](Self::Closed) and [`Refused`](Self::Refused): trying again cannot succeed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed | Self::Refused(_))
    }
}

impl<T> fmt::Debug for QueueError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Empty => "Empty",
            Self::Timeout => "Timeout",
            Self::Closed => "Closed",
            Self::Refused(_) => "Refused(..)",
        })
    }
}

/// A capacity that no ring can have: zero, not a power of two, or more slots than memory can address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a queue capacity is a power of two from 1 to {max}, not {requested}: use {suggested}")]
#[non_exhaustive]
pub struct CapacityError {
    /// The capacity asked for, in messages.
    pub requested: usize,
    /// The next legal capacity: the next power of two, or `max` when that is too large.
    pub suggested: usize,
    /// The largest capacity for this message type.
    pub max: usize,
}

/// Checks a capacity for slots of type `S`.
pub(super) fn check_capacity<S>(requested: usize) -> Result<usize, CapacityError> {
    let bytes = size_of::<S>().max(4);
    let max = 1_usize << (isize::MAX as usize / bytes).ilog2();
    if requested.is_power_of_two() && requested <= max {
        return Ok(requested);
    }
    let suggested = requested.checked_next_power_of_two().unwrap_or(max).min(max);
    Err(CapacityError { requested, suggested, max })
}
