//! A kernel whose handler is a closure of the test.

use std::any::{Any, type_name};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use ringkernel_core::context::{IntoReply, Reply, RingContext};
use ringkernel_core::message::{DecodeError, RingMessage};
use ringkernel_core::registry::{
    HandlerFn, HandlerRegistration, KernelRegistration, MessageInfo, SourceLocation, StateLayout,
    StateRegistration,
};

/// The state of a stub: the closure that answers.
pub(super) struct Stub<M>(Arc<Mutex<Answer<M>>>);

type Answer<M> = dyn FnMut(M) -> Reply + Send;

impl<M: RingMessage> Stub<M> {
    pub(super) fn new<R: IntoReply>(mut answer: impl FnMut(M) -> R + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(move |message| answer(message).into_reply())))
    }
}

impl<M> Clone for Stub<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The kernel that a stub for `M` is to the others.
pub(super) struct Registration<M>(PhantomData<M>);

impl<M: RingMessage> Registration<M> {
    pub(super) const KERNEL: &'static KernelRegistration = &KernelRegistration {
        id: "stub",
        state: StateRegistration {
            type_name: type_name::<Stub<M>>,
            rust_type: std::any::TypeId::of::<Stub<M>>,
            initial: unanswering::<M>,
            has_destructor: true,
            layout: StateLayout::Unknown,
        },
        handlers: &[HandlerRegistration {
            name: "stub",
            message: MessageInfo::of::<M>(),
            answer: None,
            run: HandlerFn::Sync(answer::<M>),
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

/// The state of a stub that was launched without a closure.
fn unanswering<M: RingMessage>() -> Box<dyn Any + Send> {
    Box::new(Stub::<M>::new(|_| None::<M>))
}

fn answer<M: RingMessage>(
    _: &mut RingContext<'_>,
    state: &mut (dyn Any + Send),
    payload: &[u8],
) -> Result<Reply, DecodeError> {
    let message = M::deserialize(payload)?;
    let stub: &mut Stub<M> = state.downcast_mut().expect("the launch has checked the type of the state");
    // A closure that has panicked is called again: whether that makes sense is up to the test.
    let mut answer = stub.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(answer(message))
}
