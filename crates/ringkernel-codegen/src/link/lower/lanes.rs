//! Methods of the context that concern lanes.
//!
//! A scalar handler is a block of one lane: its barriers are met at once, and what a warp or a block computes is what its
//! only lane gives.

use super::methods::Call;
use super::{Lowered, Lowerer, Operand};
use crate::ir::{BinaryOp, BlockArray, ContextOp, ExprId, ExpressionKind, FaultKind, Scalar, WarpOp};
use crate::link::ty::Ty;
use crate::source::Expr;

impl Lowerer<'_, '_> {
    pub(super) fn lane_method(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let line = call.line;
        let barrier = match call.name {
            "sync_threads" => Some(ContextOp::SyncThreads),
            "sync_grid" => Some(ContextOp::SyncGrid),
            "thread_fence_block" => Some(ContextOp::FenceBlock),
            "thread_fence" => Some(ContextOp::FenceDevice),
            "thread_fence_system" => Some(ContextOp::FenceSystem),
            "named_barrier" => match self.expr(&call.arguments[0])? {
                Operand::Text(name) => Some(ContextOp::NamedBarrier(self.linker.name(&name))),
                _ => {
                    return Err(self
                        .stop(line, "a barrier is named by a text that is known: a literal or a constant"));
                }
            },
            _ => None,
        };
        if let Some(barrier) = barrier {
            if self.cooperative {
                self.context(barrier, None, line);
            }
            return Ok(Operand::Unit);
        }
        let value = match call.name {
            "thread_id" => self.position(ContextOp::ThreadId, line),
            "block_id" => self.position(ContextOp::BlockId, line),
            "block_dim" => self.position(ContextOp::BlockDim, line),
            "grid_dim" => self.position(ContextOp::GridDim, line),
            "warp_id" => {
                let lane = self.position(ContextOp::ThreadId, line);
                let five = self.int(5, Scalar::U32);
                self.binary(BinaryOp::ShiftRight, lane, five)
            }
            "lane_id" => {
                let lane = self.position(ContextOp::ThreadId, line);
                let last = self.int(31, Scalar::U32);
                self.binary(BinaryOp::BitAnd, lane, last)
            }
            "global_thread_id" => {
                let block = self.position(ContextOp::BlockId, line);
                let lanes = self.position(ContextOp::BlockDim, line);
                let lane = self.position(ContextOp::ThreadId, line);
                let before = self.binary(BinaryOp::Multiply, block, lanes);
                self.binary(BinaryOp::Add, before, lane)
            }
            "shared_array" => return self.shared_array(call),
            "atomic_add" | "atomic_exch" | "atomic_cas" => return self.atomic(call),
            "sync_warp" => {
                let mask = self.value(&call.arguments[0])?;
                if self.cooperative {
                    let (value, argument) = (self.bool(true), self.int(0, Scalar::U32));
                    self.context(ContextOp::Warp { op: WarpOp::Sync, value, argument, mask }, None, line);
                } else {
                    self.only_lane(mask, line);
                }
                return Ok(Operand::Unit);
            }
            name if name.starts_with("warp_") => self.warp(call)?,
            name if name.starts_with("block_reduce_") => {
                let value = self.value(&call.arguments[0])?;
                if self.cooperative {
                    let op = reduction(name);
                    self.context_value(ContextOp::BlockReduce { op, value }, self.type_of(value), line)
                } else {
                    value
                }
            }
            _ => return Err(self.no_method(call, &Ty::Context)),
        };
        Ok(Operand::Value(value))
    }

    fn position(&mut self, op: ContextOp, line: u32) -> ExprId {
        let ty = self.linker.scalar(Scalar::U32);
        self.context_value(op, ty, line)
    }

    fn warp(&mut self, call: Call<'_>) -> Lowered<ExprId> {
        let values = self.values(call.arguments)?;
        let (value, argument, mask) = match values.as_slice() {
            [value, argument, mask] => (*value, *argument, *mask),
            [value, mask] => (*value, self.int(0, Scalar::U32), *mask),
            _ => return Err(self.no_method(call, &Ty::Context)),
        };
        let op = match call.name {
            "warp_shuffle" => WarpOp::Shuffle,
            "warp_shuffle_up" => WarpOp::ShuffleUp,
            "warp_shuffle_down" => WarpOp::ShuffleDown,
            "warp_shuffle_xor" => WarpOp::ShuffleXor,
            "warp_ballot" => WarpOp::Ballot,
            "warp_any" => WarpOp::Any,
            "warp_all" => WarpOp::All,
            name => reduction(name),
        };
        let u32_ty = self.linker.scalar(Scalar::U32);
        if self.cooperative {
            let ty = if op == WarpOp::Ballot { u32_ty } else { self.type_of(value) };
            return Ok(self.context_value(ContextOp::Warp { op, value, argument, mask }, ty, call.line));
        }
        self.only_lane(mask, call.line);
        let none = self.int(0, Scalar::U32);
        let own = match op {
            WarpOp::Ballot => return Ok(self.push(ExpressionKind::Cast(value), u32_ty)),
            WarpOp::Shuffle | WarpOp::ShuffleXor => {
                let last = self.int(31, Scalar::U32);
                let lane = self.binary(BinaryOp::BitAnd, argument, last);
                self.binary(BinaryOp::Equal, lane, none)
            }
            WarpOp::ShuffleDown => {
                let warp = self.int(32, Scalar::U32);
                let itself = self.binary(BinaryOp::Equal, argument, none);
                let outside = self.binary(BinaryOp::GreaterEqual, argument, warp);
                self.binary(BinaryOp::Or, itself, outside)
            }
            _ => return Ok(value),
        };
        self.require(own, FaultKind::Divergence, call.line);
        Ok(value)
    }

    /// The mask of a warp that has one lane.
    fn only_lane(&mut self, mask: ExprId, line: u32) {
        let (all, one) = (self.int(u32::MAX.into(), Scalar::U32), self.int(1, Scalar::U32));
        let whole = self.binary(BinaryOp::Equal, mask, all);
        let only = self.binary(BinaryOp::Equal, mask, one);
        let fits = self.binary(BinaryOp::Or, whole, only);
        self.require(fits, FaultKind::Divergence, line);
    }

    fn shared_array(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let line = call.line;
        if !self.cooperative {
            let message = "a scalar handler has no block memory: register its kernel with a `block_size`";
            return Err(self.stop(line, message));
        }
        let Ty::BlockArray(element) = self.ty(call.expr) else {
            return Err(self.stop(line, "write the element's type: `ctx.shared_array::<u32>(len)`"));
        };
        let element = self.id(&element);
        let len = self.value(&call.arguments[0])?;
        let len = self.once(len);
        // One place in the source is one array, however often it is passed.
        let key = std::ptr::from_ref::<Expr>(call.expr);
        let known = self.arrays.iter().find(|(known, _)| *known == key).map(|(_, number)| *number);
        let number = known.unwrap_or_else(|| {
            let number = self.block_arrays.len() as u32;
            self.arrays.push((key, number));
            self.block_arrays.push(BlockArray { element, line });
            number
        });
        self.context(ContextOp::BlockArray { array: number, len }, None, line);
        Ok(Operand::BlockArray { number, element, len })
    }

    /// Operations on a variable of the lane's own, which no other lane sees.
    fn atomic(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let Operand::Place(place) = self.expr(&call.arguments[0])? else {
            return Err(self.stop(call.line, "an atomic operation takes a place, `&mut x`"));
        };
        let place = self.frozen_place(place);
        let values = self.values(&call.arguments[1..])?;
        let before = self.load(&place)?;
        let before = self.once(before);
        let after = match (call.name, values.as_slice()) {
            ("atomic_add", [value]) => self.binary(BinaryOp::Add, before, *value),
            ("atomic_exch", [value]) => *value,
            ("atomic_cas", [expected, value]) => {
                let same = self.binary(BinaryOp::Equal, before, *expected);
                self.select(same, *value, before)
            }
            _ => return Err(self.no_method(call, &Ty::Context)),
        };
        self.store(place, after)?;
        Ok(Operand::Value(before))
    }
}

fn reduction(name: &str) -> WarpOp {
    match name.rsplit('_').next() {
        Some("min") => WarpOp::Min,
        Some("max") => WarpOp::Max,
        _ => WarpOp::Sum,
    }
}
