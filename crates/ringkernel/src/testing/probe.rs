//! A mailbox of the test, to which kernels send.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use ringkernel_core::context::{Reply, RingContext};
use ringkernel_core::message::{DecodeError, MessageHeader, RingMessage};
use ringkernel_core::registry::{
    HandlerFn, HandlerRegistration, KernelRegistration, MessageInfo, SourceLocation, StateRegistration,
};
use ringkernel_core::runtime::{ActorRef, KernelHandle, KernelId};
use ringkernel_cpu::ProbeLog;

/// A mailbox of the test that kernels send messages of type `M` to, by its name or its address.
///
/// To them it is a kernel that handles `M` and answers nothing. It takes what it is sent at once, outside of the schedule.
pub struct Probe<M> {
    kernel: KernelHandle,
    log: ProbeLog,
    messages: PhantomData<fn() -> M>,
}

/// A message that a probe was sent. Dereferences to the message.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received<M> {
    /// The message.
    pub message: M,
    /// Its header: identifiers, priority, and the timestamp of its sending.
    pub header: MessageHeader,
    /// The kernel that sent it; `None` for the host.
    pub sender: Option<KernelId>,
}

impl<M: RingMessage> Probe<M> {
    pub(super) fn new(kernel: KernelHandle, log: ProbeLog) -> Self {
        Self { kernel, log, messages: PhantomData }
    }

    /// The kernel that the others see.
    pub fn kernel(&self) -> &KernelHandle {
        &self.kernel
    }

    /// The address by which kernels send to it.
    pub fn actor_ref(&self) -> ActorRef {
        self.kernel.actor_ref()
    }

    /// Takes the oldest message.
    ///
    /// # Panics
    /// When its bytes are no `M`, which only a host that packs envelopes by hand can bring about.
    #[track_caller]
    pub fn next(&self) -> Option<Received<M>> {
        let (envelope, sender) = self.log.take()?;
        match envelope.decode() {
            Ok(message) => Some(Received { message, header: envelope.header, sender }),
            Err(error) => {
                panic!("the probe `{}` was sent bytes that are no message: {error}", self.kernel.id())
            }
        }
    }

    /// Takes all messages, oldest first.
    ///
    /// # Panics
    /// As [`next`](Self::next).
    #[track_caller]
    pub fn received(&self) -> Vec<Received<M>> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// How many messages wait to be taken.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Whether no message waits.
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// Takes the oldest message, which has to equal `expected`.
    ///
    /// # Panics
    /// When it does not, or there is none.
    #[track_caller]
    pub fn expect(&self, expected: M) -> Received<M>
    where
        M: PartialEq + fmt::Debug,
    {
        let received = self.expect_any();
        assert_eq!(received.message, expected, "what the probe `{}` was sent", self.kernel.id());
        received
    }

    /// Takes the oldest message, of which `condition` has to hold.
    ///
    /// # Panics
    /// When it does not, or there is no message.
    #[track_caller]
    pub fn expect_where(&self, condition: impl FnOnce(&M) -> bool) -> Received<M>
    where
        M: fmt::Debug,
    {
        let received = self.expect_any();
        let (holds, probe) = (condition(&received.message), self.kernel.id());
        assert!(holds, "the probe `{probe}` was sent another message than expected: {:?}", received.message);
        received
    }

    /// Nothing waits to be taken.
    ///
    /// # Panics
    /// When something does.
    #[track_caller]
    pub fn expect_nothing(&self) {
        let (waiting, probe) = (self.len(), self.kernel.id());
        if let Some((envelope, _)) = self.log.take() {
            panic!(
                "the probe `{probe}` was sent {waiting} messages that were not expected; the first is {envelope:?}"
            );
        }
    }

    #[track_caller]
    fn expect_any(&self) -> Received<M> {
        let probe = self.kernel.id();
        self.next()
            .unwrap_or_else(|| panic!("the probe `{probe}` was sent no message; step the runtime first"))
    }
}

impl<M> fmt::Debug for Probe<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("kernel", self.kernel.id()).field("waiting", &self.log.len()).finish()
    }
}

impl<M> Deref for Received<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.message
    }
}

/// The kernel that a probe of `M` is to the others.
pub(super) struct Registration<M>(PhantomData<M>);

impl<M: RingMessage> Registration<M> {
    pub(super) const KERNEL: &'static KernelRegistration = &KernelRegistration {
        id: "probe",
        state: StateRegistration::of::<()>(),
        handlers: &[HandlerRegistration {
            name: "probe",
            message: MessageInfo::of::<M>(),
            answer: None,
            run: HandlerFn::Sync(keep),
            device: None,
            location: HERE,
        }],
        polled: &[],
        subscribes: &[],
        block_size: None,
        grid_size: None,
        backends: &[],
        location: HERE,
    };
}

const HERE: SourceLocation = SourceLocation { file: file!(), line: line!() };

/// The runtime has kept the message already.
fn keep(_: &mut RingContext<'_>, _: &mut (dyn std::any::Any + Send), _: &[u8]) -> Result<Reply, DecodeError> {
    Ok(Reply::none())
}
