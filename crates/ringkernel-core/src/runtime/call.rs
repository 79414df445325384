//! A request that has been sent and not been answered at once.

use std::time::Duration;

use super::{Answer, KernelHandle, PendingReply, Refused, Submission, blocking, reply_channel};
use crate::clock;
use crate::context::OutgoingMessage;
use crate::error::{Result, RingKernelError};
use crate::message::RingMessage;
use crate::timer;

pub(super) struct Call {
    pending: PendingReply,
    /// The submission, when it found no room at first.
    refused: Option<Refused>,
    timeout: Duration,
    deadline_ns: u64,
}

/// Sends a request. `Ok` with what `read` makes of the answer, if that is there at once; `Err` with what to wait for.
#[inline]
pub(super) fn begin<M: RingMessage, R>(
    to: &KernelHandle,
    request: M,
    timeout: Duration,
    read: impl FnOnce(Answer) -> Result<R>,
) -> Result<Result<R>, Call> {
    let timeout_ns = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    let deadline_ns = to.inner.time().now_ns().saturating_add(timeout_ns);
    let (reply, mut pending) = reply_channel();
    let refused = to
        .inner
        .submit(Submission {
            deadline_ns,
            reply: Some(reply),
            ..to.submission(OutgoingMessage::pack(request))
        })
        .err();
    match refused {
        None => match pending.try_take() {
            Some(Ok(answer)) => {
                to.inner.observe(answer.timestamp);
                Ok(read(answer))
            }
            Some(Err(error)) => Ok(Err(error)),
            None => Err(Call { pending, refused: None, timeout, deadline_ns }),
        },
        Some(refused) if matches!(refused.error, RingKernelError::QueueFull { .. }) => {
            Err(Call { pending, refused: Some(refused), timeout, deadline_ns })
        }
        Some(refused) => Ok(Err(refused.error)),
    }
}

impl Call {
    /// Waits for room, if there was none, and for the answer.
    pub(super) async fn wait(self, to: &KernelHandle) -> Result<Answer> {
        if let Some(refused) = self.refused {
            to.submit_again(refused, self.timeout).await.map_err(|refused| refused.error)?;
        }
        let time = to.inner.time();
        let left = Duration::from_nanos(self.deadline_ns.saturating_sub(time.now_ns()));
        let answer = time.timeout(left, self.pending).await;
        finish(to, self.timeout, answer.ok())
    }

    /// As [`wait`](Self::wait), on a thread that runs no executor.
    pub(super) fn block(self, to: &KernelHandle) -> Result<Answer> {
        to.check_blocking("call")?;
        if let Some(refused) = self.refused {
            // The wait ends by itself.
            blocking::block_on(to.submit_again(refused, self.timeout), None)
                .unwrap_or(Ok(()))
                .map_err(|refused| refused.error)?;
        }
        let left = Duration::from_nanos(self.deadline_ns.saturating_sub(clock::now_ns()));
        let answer = blocking::block_on(self.pending, Some(timer::after(left)));
        finish(to, self.timeout, answer)
    }
}

/// Lets the host's clock take notice of an answer, or says that there was none in time.
fn finish(to: &KernelHandle, timeout: Duration, answer: Option<Result<Answer>>) -> Result<Answer> {
    let answer = answer.unwrap_or_else(|| {
        let operation = format!("the call to kernel `{}`", to.id());
        Err(RingKernelError::Timeout { operation, after: timeout })
    })?;
    to.inner.observe(answer.timestamp);
    Ok(answer)
}
