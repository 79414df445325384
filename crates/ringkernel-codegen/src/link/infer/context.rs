//! Signatures of the methods of the context.

use super::Infer;
use super::expr::{BOOL, USIZE};
use super::methods::MethodType;
use crate::ir::Scalar;
use crate::link::ty::Ty;

const U32: Ty = Ty::Scalar(Scalar::U32);

impl Infer<'_, '_, '_> {
    pub(super) fn context_method(&mut self, name: &str, generics: &[Ty]) -> Option<MethodType> {
        let mut known = |name| self.linker.known_struct(name);
        let none = |ty| Some((Vec::new(), ty));
        match name {
            "actor_ref" | "sender" => return none(known("ActorRef")),
            "message_id" => return none(known("MessageId")),
            "correlation_id" => return none(known("CorrelationId")),
            "message_timestamp" | "now" | "tick" => return none(known("HlcTimestamp")),
            "defer" => return none(known("ReplyTo")),
            "update_clock" => {
                let stamp = known("HlcTimestamp");
                return Some((vec![stamp.clone()], Ty::Result(Box::new(stamp), Box::new(Ty::Unit))));
            }
            "output_queue_free_slots" => return none(USIZE),
            "is_termination_requested" => return none(BOOL),
            "request_termination"
            | "report_error"
            | "sync_threads"
            | "sync_grid"
            | "thread_fence"
            | "thread_fence_block"
            | "thread_fence_system" => return none(Ty::Unit),
            "thread_id" | "block_id" | "warp_id" | "lane_id" | "global_thread_id" | "block_dim"
            | "grid_dim" => {
                return none(U32);
            }
            "fail" => return Some((vec![U32], Ty::Never)),
            "named_barrier" => return Some((vec![Ty::Text], Ty::Unit)),
            "sync_warp" => return Some((vec![U32], Ty::Unit)),
            "warp_ballot" => return Some((vec![BOOL, U32], U32)),
            "warp_all" | "warp_any" => return Some((vec![BOOL, U32], BOOL)),
            _ => {}
        }
        let value = generics.first().cloned().unwrap_or_else(|| self.fresh());
        let target = self.fresh();
        let unit = || Box::new(Ty::Unit);
        Some(match name {
            "enqueue_output" => (vec![value], BOOL),
            "try_enqueue_output" => (vec![value.clone()], Ty::Result(unit(), Box::new(value))),
            "send_to_kernel" => (vec![target, value], BOOL),
            "publish" => (vec![Ty::Text, value], BOOL),
            "try_publish" => {
                let error = Ty::SendError(Box::new(value.clone()));
                (vec![Ty::Text, value], Ty::Result(unit(), Box::new(error)))
            }
            "try_send_to_kernel" => {
                let error = Ty::SendError(Box::new(value.clone()));
                (vec![target, value], Ty::Result(unit(), Box::new(error)))
            }
            "request_kernel" => {
                let error = Ty::SendError(Box::new(value.clone()));
                let id = self.linker.known_struct("CorrelationId");
                (vec![target, value], Ty::Result(Box::new(id), Box::new(error)))
            }
            "try_receive_from_kernel" => (vec![target], Ty::Option(Box::new(value))),
            "reply" => (vec![self.linker.known_struct("ReplyTo"), value], BOOL),
            "shared_array" => (vec![USIZE], Ty::BlockArray(Box::new(value))),
            "atomic_add" | "atomic_exch" => (vec![value.clone(), value.clone()], value),
            "atomic_cas" => (vec![value.clone(), value.clone(), value.clone()], value),
            "warp_shuffle" | "warp_shuffle_up" | "warp_shuffle_down" | "warp_shuffle_xor" => {
                (vec![value.clone(), U32, U32], value)
            }
            "warp_reduce_sum" | "warp_reduce_min" | "warp_reduce_max" => (vec![value.clone(), U32], value),
            "block_reduce_sum" | "block_reduce_min" | "block_reduce_max" => (vec![value.clone()], value),
            _ => return None,
        })
    }
}
