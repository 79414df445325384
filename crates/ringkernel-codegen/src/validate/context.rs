//! Checks of operations of the context.

use super::flow::Flow;
use super::statements::{Checked, Checker};
use crate::ir::{ContextOp, ExprId, WarpOp};

impl Checker<'_> {
    /// The name of the type that an operation of the context gives.
    pub(super) fn context(&self, op: &ContextOp, flow: &Flow) -> Checked<Option<String>> {
        let message = |message: &crate::ir::MessageIndex| match self.module.messages.get(message.0 as usize) {
            Some(message) => Ok(message.ty),
            None => Err(self.order("message", message.0)),
        };
        let expect = |value: ExprId, expected: &str| {
            let found = self.used(value, flow)?;
            self.holds(self.show(found) == expected, || format!("{op:?} takes {expected}"))
        };
        let name = |number: u32| {
            self.holds((number as usize) < self.module.names.len(), || format!("{op:?} has no such name"))
        };
        let lanes = || self.holds(self.cooperative, || format!("{op:?} in a kernel of one lane"));
        self.holds(self.roots.is_some(), || format!("{op:?} in a function that is no handler"))?;
        Ok(match op {
            ContextOp::ActorRef | ContextOp::Sender => Some("ActorRef".to_owned()),
            ContextOp::MessageId => Some("MessageId".to_owned()),
            ContextOp::CorrelationId => Some("CorrelationId".to_owned()),
            ContextOp::MessageTimestamp | ContextOp::Now | ContextOp::Tick => Some("HlcTimestamp".to_owned()),
            ContextOp::UpdateClock(stamp) => {
                expect(*stamp, "HlcTimestamp")?;
                Some("Option<HlcTimestamp>".to_owned())
            }
            ContextOp::OutputFreeSlots => Some("usize".to_owned()),
            ContextOp::EnqueueOutput { message: index, value } => {
                self.same("a message", message(index)?, self.used(*value, flow)?)?;
                Some("bool".to_owned())
            }
            ContextOp::SendToActor { target, message: index, value }
            | ContextOp::RequestActor { target, message: index, value } => {
                expect(*target, "ActorRef")?;
                self.same("a message", message(index)?, self.used(*value, flow)?)?;
                Some(sent(op))
            }
            ContextOp::SendToName { name: number, message: index, value }
            | ContextOp::Publish { topic: number, message: index, value }
            | ContextOp::RequestName { name: number, message: index, value } => {
                name(*number)?;
                self.same("a message", message(index)?, self.used(*value, flow)?)?;
                Some(sent(op))
            }
            ContextOp::PollActor { source, message: index } => {
                expect(*source, "ActorRef")?;
                Some(format!("Option<{}>", self.show(message(index)?)))
            }
            ContextOp::PollName { name: number, message: index } => {
                name(*number)?;
                Some(format!("Option<{}>", self.show(message(index)?)))
            }
            ContextOp::Defer => Some("ReplyTo".to_owned()),
            ContextOp::Reply { to, message: index, value } => {
                expect(*to, "ReplyTo")?;
                self.same("a message", message(index)?, self.used(*value, flow)?)?;
                Some("bool".to_owned())
            }
            ContextOp::IsTerminationRequested => Some("bool".to_owned()),
            ContextOp::RequestTermination | ContextOp::ReportError | ContextOp::CountDropped => None,
            ContextOp::ThreadId | ContextOp::BlockId | ContextOp::BlockDim | ContextOp::GridDim => {
                Some("u32".to_owned())
            }
            ContextOp::NamedBarrier(number) => {
                name(*number)?;
                lanes()?;
                None
            }
            ContextOp::SyncThreads
            | ContextOp::SyncGrid
            | ContextOp::FenceBlock
            | ContextOp::FenceDevice
            | ContextOp::FenceSystem => {
                lanes()?;
                None
            }
            ContextOp::BlockArray { array, len } => {
                lanes()?;
                expect(*len, "usize")?;
                self.holds((*array as usize) < self.function.block_arrays.len(), || {
                    format!("{op:?} does not exist")
                })?;
                None
            }
            ContextOp::Warp { op: warp, value, argument, mask } => {
                lanes()?;
                let ty = self.used(*value, flow)?;
                expect(*argument, "u32")?;
                expect(*mask, "u32")?;
                match warp {
                    WarpOp::Sync => None,
                    WarpOp::Ballot => Some("u32".to_owned()),
                    _ => Some(self.show(ty)),
                }
            }
            ContextOp::BlockReduce { value, .. } => {
                lanes()?;
                let ty = self.used(*value, flow)?;
                Some(self.show(ty))
            }
        })
    }
}

fn sent(op: &ContextOp) -> String {
    match op {
        ContextOp::SendToActor { .. } | ContextOp::SendToName { .. } | ContextOp::Publish { .. } => {
            "u32".to_owned()
        }
        _ => "(u32, CorrelationId)".to_owned(),
    }
}
