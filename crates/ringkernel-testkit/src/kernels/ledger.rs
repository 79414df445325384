//! Handlers by the ids that their messages name: out of order, far apart, and beside messages that name none.

use ringkernel::context::K2KRefusal;
use ringkernel::prelude::*;

/// Adds to the total. Its id is smaller than others that stand before it.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 7, requires_response = true, response = Step)]
pub struct Add {
    /// What to add.
    pub value: u32,
}

/// Multiplies the total.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 1, requires_response = true, response = Step)]
pub struct Multiply {
    /// The factor.
    pub value: u32,
}

/// Exchanges bits of the total.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 4_000_000_000, requires_response = true, response = Step)]
pub struct Toggle {
    /// The bits.
    pub value: u32,
}

/// Sets the total. Its id is that of messages which name none on a device.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 0, requires_response = true, response = Step)]
pub struct Set {
    /// The total.
    pub value: u32,
}

/// Takes from the total. It names no handler.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Subtract {
    /// What to take.
    pub value: u32,
}

/// A message whose id no ledger has a handler for.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 2)]
pub struct Forget {
    /// Nothing in particular.
    pub value: u32,
}

/// Which handler has run, and the total after it. It has the id of one of the requests.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 7)]
pub struct Step {
    /// The handler, see the constants of [`Ledger`].
    pub handler: u32,
    /// The total.
    pub total: u32,
}

/// Has a relay send a message to a ledger.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Relay {
    /// The ledger.
    pub target: ActorRef,
    /// Which message, see the constants of [`Ledger`].
    pub handler: u32,
    /// What is in it.
    pub value: u32,
}

/// Whether the ledger has accepted the message.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Relayed {
    /// Whether it has.
    pub accepted: bool,
    /// Whether it was refused because there is no handler.
    pub unhandled: bool,
}

/// A total.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Ledger {
    total: u32,
}

/// The number of each handler in [`Step`] and [`Relay`].
#[allow(missing_docs, reason = "they are named after the messages")]
pub mod handlers {
    pub const ADD: u32 = 0;
    pub const MULTIPLY: u32 = 1;
    pub const TOGGLE: u32 = 2;
    pub const SET: u32 = 3;
    pub const SUBTRACT: u32 = 4;
    pub const FORGET: u32 = 5;
}

#[ring_kernel(id = "testkit.ledger")]
impl Ledger {
    #[handler]
    fn add(&mut self, _ctx: &mut RingContext, message: Add) -> Step {
        self.total = self.total.wrapping_add(message.value);
        Step { handler: handlers::ADD, total: self.total }
    }

    #[handler]
    fn multiply(&mut self, _ctx: &mut RingContext, message: Multiply) -> Step {
        self.total = self.total.wrapping_mul(message.value);
        Step { handler: handlers::MULTIPLY, total: self.total }
    }

    #[handler]
    fn subtract(&mut self, _ctx: &mut RingContext, message: Subtract) -> Step {
        self.total = self.total.wrapping_sub(message.value);
        Step { handler: handlers::SUBTRACT, total: self.total }
    }

    #[handler]
    fn toggle(&mut self, _ctx: &mut RingContext, message: Toggle) -> Step {
        self.total ^= message.value;
        Step { handler: handlers::TOGGLE, total: self.total }
    }

    #[handler]
    fn set(&mut self, _ctx: &mut RingContext, message: Set) -> Step {
        self.total = message.value;
        Step { handler: handlers::SET, total: self.total }
    }
}

/// Handles one of the ledger's messages its own way, and what the ledger answers, which has the same id: in another kernel.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Auditor {
    steps: u32,
}

#[ring_kernel(id = "testkit.auditor")]
impl Auditor {
    #[handler]
    fn step(&mut self, _ctx: &mut RingContext, message: Step) -> Step {
        self.steps += 1;
        Step { handler: message.handler + 100, total: self.steps }
    }

    #[handler]
    fn multiply(&mut self, _ctx: &mut RingContext, message: Multiply) -> Step {
        self.steps += message.value;
        Step { handler: handlers::MULTIPLY + 100, total: self.steps }
    }
}

/// Sends on what it is told to.
#[ring_kernel(id = "testkit.relay")]
fn relay(ctx: &mut RingContext, relay: Relay) -> Relayed {
    let Relay { target, handler, value } = relay;
    let sent: Result<(), K2KRefusal> = if handler == handlers::ADD {
        ctx.try_send_to_kernel(target, Add { value }).map_err(|e| e.reason)
    } else if handler == handlers::MULTIPLY {
        ctx.try_send_to_kernel(target, Multiply { value }).map_err(|e| e.reason)
    } else if handler == handlers::TOGGLE {
        ctx.try_send_to_kernel(target, Toggle { value }).map_err(|e| e.reason)
    } else if handler == handlers::SET {
        ctx.try_send_to_kernel(target, Set { value }).map_err(|e| e.reason)
    } else if handler == handlers::SUBTRACT {
        ctx.try_send_to_kernel(target, Subtract { value }).map_err(|e| e.reason)
    } else {
        ctx.try_send_to_kernel(target, Forget { value }).map_err(|e| e.reason)
    };
    match sent {
        Ok(()) => Relayed { accepted: true, unhandled: false },
        Err(refusal) => Relayed { accepted: false, unhandled: refusal == K2KRefusal::Unhandled },
    }
}

/// Asks for an answer that comes with a later [`Give`].
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 31, requires_response = true, response = Step)]
pub struct Keep;

/// Has the answer to the last [`Keep`] given.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 32)]
pub struct Give {
    /// What it says.
    pub total: u32,
}

/// Asks for an answer that never comes, because the handler faults.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 33, requires_response = true, response = Step)]
pub struct Break;

/// Asks for an answer that never comes, because the handler gives none.
#[derive(PersistentMessage, Debug, Clone, Copy, PartialEq)]
#[persistent_message(handler_id = 34, requires_response = true, response = Step)]
pub struct Ignore;

/// A right to answer.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Clerk {
    right: ReplyTo,
}

/// Answers at once, later, or not at all.
#[ring_kernel(id = "testkit.clerk")]
impl Clerk {
    #[handler]
    fn add(&mut self, _ctx: &mut RingContext, message: Add) -> Step {
        Step { handler: handlers::ADD, total: message.value + 1 }
    }

    #[handler]
    fn keep(&mut self, ctx: &mut RingContext, _message: Keep) {
        self.right = ctx.defer();
    }

    #[handler]
    fn give(&mut self, ctx: &mut RingContext, message: Give) {
        ctx.reply(self.right, Step { handler: 0, total: message.total });
    }

    #[handler]
    fn break_off(&mut self, ctx: &mut RingContext, _message: Break) -> Option<Step> {
        ctx.fail(9)
    }

    #[handler]
    fn ignore(&mut self, _ctx: &mut RingContext, _message: Ignore) -> Option<Step> {
        None
    }
}
