//! Handlers that only a CPU can run: they block, wait, or panic with text.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use ringkernel::prelude::*;
use tokio::sync::Notify;

use super::plain::Number;

/// A gate in the way of a handler: the test knows when a handler stands before it, and opens it.
#[derive(Debug, Clone)]
pub struct Gate {
    number: u64,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    opened: Notify,
}

#[derive(Debug, Default)]
struct State {
    entered: u32,
    open: bool,
}

fn gates() -> &'static Mutex<HashMap<u64, Arc<Inner>>> {
    static GATES: OnceLock<Mutex<HashMap<u64, Arc<Inner>>>> = OnceLock::new();
    GATES.get_or_init(Mutex::default)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        let number = MessageId::generate().lo();
        let inner = Arc::new(Inner::default());
        lock(gates()).insert(number, inner.clone());
        Self { number, inner }
    }

    /// The message that makes a kernel stand before this gate.
    pub fn enter(&self) -> Enter {
        Enter { gate: self.number }
    }

    /// The message that makes a kernel wait for this gate without blocking a thread.
    pub fn enter_async(&self) -> EnterAsync {
        EnterAsync { gate: self.number }
    }

    /// How many handlers have come to the gate.
    pub fn entered(&self) -> u32 {
        lock(&self.inner.state).entered
    }

    /// Waits until `count` handlers have come to the gate.
    pub async fn reached(&self, count: u32) {
        crate::wait::eventually("a handler reaches the gate", || self.entered() >= count).await;
    }

    /// Lets all handlers through, now and later.
    pub fn open(&self) {
        lock(&self.inner.state).open = true;
        self.inner.changed.notify_all();
        self.inner.opened.notify_waiters();
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

/// A test that fails leaves no handler behind.
impl Drop for Gate {
    fn drop(&mut self) {
        if Arc::strong_count(&self.inner) == 2 {
            lock(gates()).remove(&self.number);
        }
    }
}

fn gate(number: u64) -> Option<Arc<Inner>> {
    lock(gates()).get(&number).cloned()
}

/// Blocks until a gate opens.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Enter {
    /// The gate's number.
    pub gate: u64,
}

/// Waits until a gate opens.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct EnterAsync {
    /// The gate's number.
    pub gate: u64,
}

/// The gate is open.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Passed {
    /// Whether termination had been requested by then.
    pub ending: bool,
}

/// Sends a number to a kernel and then blocks until a gate opens.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct SendAndEnter {
    /// The kernel.
    pub target: ActorRef,
    /// The gate's number.
    pub gate: u64,
}

fn block(number: u64) {
    let Some(gate) = gate(number) else { return };
    let mut state = lock(&gate.state);
    state.entered += 1;
    while !state.open {
        state = gate.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Blocks its worker.
#[derive(Debug, Default)]
pub struct Blocker;

#[ring_kernel(id = "testkit.blocker", backends(cpu))]
impl Blocker {
    #[handler]
    fn enter(&mut self, ctx: &mut RingContext, message: Enter) -> Passed {
        block(message.gate);
        Passed { ending: ctx.is_termination_requested() }
    }

    #[handler]
    fn send_and_enter(&mut self, ctx: &mut RingContext, message: SendAndEnter) -> Passed {
        let sent = ctx.send_to_kernel(message.target, Number::of(7));
        block(message.gate);
        Passed { ending: !sent }
    }

    #[handler]
    fn number(&mut self, _ctx: &mut RingContext, message: Number) -> Number {
        message
    }
}

/// Waits without blocking its worker.
#[derive(Debug, Default)]
pub struct Waiter {
    passed: u32,
}

#[ring_kernel(id = "testkit.waiter", backends(cpu))]
impl Waiter {
    #[handler]
    async fn enter(&mut self, ctx: &mut RingContext<'_>, message: EnterAsync) -> Passed {
        if let Some(gate) = gate(message.gate) {
            let opened = gate.opened.notified();
            let mut opened = std::pin::pin!(opened);
            opened.as_mut().enable();
            let open = {
                let mut state = lock(&gate.state);
                state.entered += 1;
                state.open
            };
            if !open {
                opened.await;
            }
        }
        self.passed += 1;
        Passed { ending: ctx.is_termination_requested() }
    }

    #[handler]
    async fn panic(&mut self, _ctx: &mut RingContext<'_>, message: PanicAfterWaiting) {
        tokio::task::yield_now().await;
        self.passed += 1;
        panic!("{}", message.text);
    }
}

/// Panics with this text.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Panic {
    /// The text.
    pub text: String,
}

/// Panics with this text in the second part of an async handler.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct PanicAfterWaiting {
    /// The text.
    pub text: String,
}

/// Panics with a value that is no text.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct PanicWithNumber;

/// Makes the destructor of the state panic.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct PanicAtTheEnd;

/// Panics on request.
#[derive(Debug, Default)]
pub struct Panicker {
    at_the_end: bool,
}

#[ring_kernel(id = "testkit.panicker", backends(cpu))]
impl Panicker {
    #[handler]
    fn panic(&mut self, _ctx: &mut RingContext, message: Panic) {
        panic!("{}", message.text);
    }

    #[handler]
    fn panic_with_number(&mut self, _ctx: &mut RingContext, _message: PanicWithNumber) {
        std::panic::panic_any(42u32);
    }

    #[handler]
    fn panic_at_the_end(&mut self, _ctx: &mut RingContext, _message: PanicAtTheEnd) {
        self.at_the_end = true;
    }
}

impl Drop for Panicker {
    fn drop(&mut self) {
        assert!(!self.at_the_end, "the destructor was asked to panic");
    }
}
