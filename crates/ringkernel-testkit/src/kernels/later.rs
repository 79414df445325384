//! Answers that are given later: rights to answer, kept in the state.

use ringkernel::prelude::*;

/// Asks for an answer that comes with a later [`Release`].
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Hold {
    /// Where the right is kept, below 8.
    pub slot: u32,
}

/// Answers the request that is held in a slot.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Release {
    /// The slot.
    pub slot: u32,
    /// The answer.
    pub value: u64,
}

/// Answers with a right that came from elsewhere.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct ReleaseForeign {
    /// The right.
    pub right: ReplyTo,
}

/// Asks which right is kept in a slot.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Which {
    /// The slot.
    pub slot: u32,
}

/// A right to answer, shown.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Right {
    /// The right.
    pub right: ReplyTo,
}

/// The answer to a [`Hold`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Late {
    /// The value of the [`Release`].
    pub value: u64,
}

/// The answer to a [`Release`].
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Released {
    /// Whether somebody was still waiting.
    pub taken: bool,
}

/// Asks to hold the request and to fault.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct HoldAndFail {
    /// The code to fail with.
    pub code: u32,
}

/// The rights that are kept.
#[derive(GpuType, Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Keeper {
    rights: [ReplyTo; 8],
}

#[ring_kernel(id = "testkit.keeper")]
impl Keeper {
    #[handler]
    fn hold(&mut self, ctx: &mut RingContext, message: Hold) {
        self.rights[message.slot as usize] = ctx.defer();
    }

    #[handler]
    fn release(&mut self, ctx: &mut RingContext, message: Release) -> Released {
        Released { taken: ctx.reply(self.rights[message.slot as usize], Late { value: message.value }) }
    }

    #[handler]
    fn release_foreign(&mut self, ctx: &mut RingContext, message: ReleaseForeign) -> Released {
        Released { taken: ctx.reply(message.right, Late { value: 0 }) }
    }

    #[handler]
    fn which(&mut self, _ctx: &mut RingContext, message: Which) -> Right {
        Right { right: self.rights[message.slot as usize] }
    }

    #[handler]
    fn hold_and_fail(&mut self, ctx: &mut RingContext, message: HoldAndFail) {
        self.rights[0] = ctx.defer();
        ctx.fail(message.code);
    }
}
