//! Operations of the context: identity, time, messages, and where lanes meet.

use super::expressions::unprintable;
use super::functions::{Lines, combination};
use super::places::Current;
use super::printer::Printer;
use crate::ir::{ContextOp, ExprId, Function, LocalId, MessageIndex, Scalar, WarpOp};
use crate::print::Unsupported;

/// Whom a message is for, and how.
struct Outgoing {
    /// The number that `rk_open` knows.
    op: u32,
    /// The words of the target.
    target: String,
    message: MessageIndex,
    value: ExprId,
}

impl Printer<'_> {
    pub(super) fn context(
        &mut self,
        current: Current<'_>,
        op: &ContextOp,
        result: Option<LocalId>,
        line: u32,
    ) -> Result<Lines, Unsupported> {
        let function = current.function;
        let at = current.at(line);
        let outgoing = |op, target, message, value| Outgoing { op, target, message, value };
        let text = match op {
            ContextOp::ActorRef => return self.words(function, result, "rk_actor_ref(rk)"),
            ContextOp::Sender => return self.words(function, result, "rk_sender(rk)"),
            ContextOp::MessageId => return self.words(function, result, "rk_message_id(rk)"),
            ContextOp::CorrelationId => return self.words(function, result, "rk_correlation_id(rk)"),
            ContextOp::MessageTimestamp => return self.words(function, result, "rk_message_timestamp(rk)"),
            ContextOp::Now => return self.words(function, result, "rk_now(rk)"),
            ContextOp::Tick => return self.words(function, result, "rk_tick(rk)"),
            ContextOp::Defer => return self.words(function, result, "rk_defer(rk)"),
            ContextOp::UpdateClock(timestamp) => return self.update_clock(function, *timestamp, result),
            ContextOp::OutputFreeSlots => "rk_output_free_slots(rk)".to_owned(),
            ContextOp::EnqueueOutput { message, value } => {
                let sent =
                    self.outgoing(current, &outgoing(1, "0ull".into(), *message, *value), "nullptr", line)?;
                format!("{sent} == 0u")
            }
            ContextOp::SendToActor { target, message, value } => {
                let target = self.bits(function, *target)?;
                self.outgoing(current, &outgoing(2, target, *message, *value), "nullptr", line)?
            }
            ContextOp::SendToName { name, message, value } => {
                let target = format!("{name}ull");
                self.outgoing(current, &outgoing(3, target, *message, *value), "nullptr", line)?
            }
            ContextOp::RequestActor { target, message, value } => {
                let target = self.bits(function, *target)?;
                return self.request(current, &outgoing(4, target, *message, *value), result, line);
            }
            ContextOp::RequestName { name, message, value } => {
                let target = format!("{name}ull");
                return self.request(current, &outgoing(5, target, *message, *value), result, line);
            }
            ContextOp::Reply { to, message, value } => {
                let target = self.bits(function, *to)?;
                let sent = self.outgoing(current, &outgoing(6, target, *message, *value), "nullptr", line)?;
                format!("{sent} == 0u")
            }
            ContextOp::Publish { topic, message, value } => {
                let target = format!("{topic}ull");
                self.outgoing(current, &outgoing(7, target, *message, *value), "nullptr", line)?
            }
            ContextOp::PollActor { source, message } => {
                let source = self.bits(function, *source)?;
                return self.poll(function, 0, &source, *message, result);
            }
            ContextOp::PollName { name, message } => {
                return self.poll(function, 1, &format!("{name}ull"), *message, result);
            }
            ContextOp::RequestTermination => "rk_request_termination(rk)".to_owned(),
            ContextOp::IsTerminationRequested => "rk_is_termination_requested(rk)".to_owned(),
            ContextOp::ReportError => "rk_report_error(rk)".to_owned(),
            ContextOp::CountDropped => "rk_count_dropped(rk)".to_owned(),
            ContextOp::ThreadId => "rk->thread".to_owned(),
            ContextOp::BlockId => "rk->block".to_owned(),
            ContextOp::BlockDim => "rk->block_dim".to_owned(),
            ContextOp::GridDim => "rk->grid_dim".to_owned(),
            ContextOp::SyncThreads => format!("rk_meet(rk, {}, {at})", site(function, line, SITE_BARRIER)),
            ContextOp::SyncGrid => format!("rk_meet_grid(rk, {}, {at})", site(function, line, SITE_GRID)),
            // Lanes may come to a name from different lines.
            ContextOp::NamedBarrier(name) => format!("rk_meet(rk, {}u, {at})", SITE_NAME | name),
            ContextOp::FenceBlock => "__threadfence_block()".to_owned(),
            ContextOp::FenceDevice => "__threadfence()".to_owned(),
            ContextOp::FenceSystem => "__threadfence_system()".to_owned(),
            ContextOp::BlockArray { array, len } => return self.block_array(current, *array, *len, &at),
            ContextOp::Warp { op, value, argument, mask } => {
                let operands = [*value, *argument, *mask];
                self.warp(function, *op, operands, &at)?
            }
            ContextOp::BlockReduce { op, value } => {
                let name =
                    combination(*op).ok_or_else(|| unprintable("a reduction that combines nothing"))?;
                let ty = self.value_type(Self::expr_type(function, *value))?;
                let value = self.expr(function, *value)?;
                format!(
                    "rk_block_reduce<{name}, {ty}>(rk, {value}, {}, {at})",
                    site(function, line, SITE_REDUCE)
                )
            }
        };
        Ok(vec![match result {
            Some(local) => format!("{} = {text};", Self::local(function, local)),
            None => format!("{text};"),
        }])
    }

    /// Sets a local to the bytes that a function of the runtime gives.
    fn words(
        &mut self,
        function: &Function,
        result: Option<LocalId>,
        call: &str,
    ) -> Result<Lines, Unsupported> {
        let Some(local) = result else { return Ok(vec![format!("{call};")]) };
        let ty = self.value_type(function.locals[local.0 as usize].ty)?;
        Ok(vec![format!("{} = rk_bitcast<{ty}>({call});", Self::local(function, local))])
    }

    /// An actor reference, or a right to answer, as one word.
    fn bits(&mut self, function: &Function, value: ExprId) -> Result<String, Unsupported> {
        Ok(format!("rk_bitcast<rk_u64>({})", self.expr(function, value)?))
    }

    fn update_clock(
        &mut self,
        function: &Function,
        timestamp: ExprId,
        result: Option<LocalId>,
    ) -> Result<Lines, Unsupported> {
        let ty = self.value_type(Self::expr_type(function, timestamp))?;
        let call = format!("rk_update_clock(rk, rk_bitcast<rk_words>({}))", self.expr(function, timestamp)?);
        let Some(local) = result else { return Ok(vec![format!("{call};")]) };
        let option = self.value_type(function.locals[local.0 as usize].ty)?;
        let target = Self::local(function, local);
        Ok(vec![format!("{target} = {call} ? {option}{{1u, rk_bitcast<{ty}>(rk_now(rk))}} : {option}{{}};")])
    }

    fn outgoing(
        &mut self,
        current: Current<'_>,
        out: &Outgoing,
        request: &str,
        line: u32,
    ) -> Result<String, Unsupported> {
        let (send, value) = (self.send(out.message)?, self.expr(current.function, out.value)?);
        Ok(format!("{send}(rk, {}u, {}, {value}, {request}, {})", out.op, out.target, current.at(line)))
    }

    fn request(
        &mut self,
        current: Current<'_>,
        out: &Outgoing,
        result: Option<LocalId>,
        line: u32,
    ) -> Result<Lines, Unsupported> {
        let Some(local) = result else {
            return Ok(vec![format!("{};", self.outgoing(current, out, "nullptr", line)?)]);
        };
        let ty = current.function.locals[local.0 as usize].ty;
        let correlation = self.part_type(ty, 1);
        let (pair, correlation) = (self.value_type(ty)?, self.value_type(correlation)?);
        let target = Self::local(current.function, local);
        let sent = self.outgoing(current, out, "&correlation", line)?;
        Ok(vec![
            "{".to_owned(),
            "    rk_words correlation{};".to_owned(),
            format!("    rk_u32 refusal = {sent};"),
            format!("    {target} = {pair}{{refusal, rk_bitcast<{correlation}>(correlation)}};"),
            "}".to_owned(),
        ])
    }

    fn poll(
        &mut self,
        function: &Function,
        by_name: u32,
        source: &str,
        message: MessageIndex,
        result: Option<LocalId>,
    ) -> Result<Lines, Unsupported> {
        let words = format!("(rk_u32)({source}), (rk_u32)(({source}) >> 32)");
        let call = format!("rk_poll(rk, {by_name}u, {words}, {}u)", message.0);
        let Some(local) = result else { return Ok(vec![format!("{call};")]) };
        let option = self.value_type(function.locals[local.0 as usize].ty)?;
        let target = Self::local(function, local);
        let ty = self.module.messages[message.0 as usize].ty;
        let some = if self.is_empty(ty) {
            format!("{option}{{1u}}")
        } else {
            let place = format!("(*({}*)polled)", self.memory_type(ty)?);
            let value = if self.holds_vectors(ty) { self.loaded(ty, &place, "polled")? } else { place };
            format!("{option}{{1u, {value}}}")
        };
        Ok(vec![
            "{".to_owned(),
            format!("    rk_u8* polled = {call};"),
            format!("    {target} = {option}{{}};"),
            "    if (polled != nullptr) {".to_owned(),
            format!("        {target} = {some};"),
            "    }".to_owned(),
            "}".to_owned(),
        ])
    }

    fn block_array(
        &mut self,
        current: Current<'_>,
        array: u32,
        len: ExprId,
        at: &str,
    ) -> Result<Lines, Unsupported> {
        let element = current.function.block_arrays[array as usize].element;
        if self.is_empty(element) {
            return Err(Unsupported { feature: "block arrays of elements without bytes".to_owned() });
        }
        let (ty, len) = (self.value_type(element)?, self.expr(current.function, len)?);
        let slot = self.slot(current.id, array);
        Ok(vec![format!("rk_array_{array} = rk_block_array<{ty}>(rk, {slot}u, {len}, {at});")])
    }

    fn warp(
        &mut self,
        function: &Function,
        op: WarpOp,
        operands: [ExprId; 3],
        at: &str,
    ) -> Result<String, Unsupported> {
        let [value, argument, mask] = operands;
        let mask = self.expr(function, mask)?;
        if op == WarpOp::Sync {
            return Ok(format!("rk_sync_warp(rk, {mask}, {at})"));
        }
        let value_type = Self::expr_type(function, value);
        let (ty, value) = (self.value_type(value_type)?, self.expr(function, value)?);
        if self.scalar(value_type).is_none_or(|scalar| scalar == Scalar::Usize) {
            return Err(unprintable("a warp operation on other than fixed scalars"));
        }
        if let Some(name) = combination(op) {
            return Ok(format!("rk_warp_reduce<{name}, {ty}>(rk, {value}, {mask}, {at})"));
        }
        let shuffle = match op {
            WarpOp::Ballot => return Ok(format!("rk_ballot(rk, {value}, {mask}, {at})")),
            WarpOp::Any => return Ok(format!("rk_any(rk, {value}, {mask}, {at})")),
            WarpOp::All => return Ok(format!("rk_all(rk, {value}, {mask}, {at})")),
            WarpOp::Shuffle => "rk_shuffle",
            WarpOp::ShuffleUp => "rk_shuffle_up",
            WarpOp::ShuffleDown => "rk_shuffle_down",
            _ => "rk_shuffle_xor",
        };
        let argument = self.expr(function, argument)?;
        Ok(format!("{shuffle}<{ty}>(rk, {value}, {argument}, {mask}, {at})"))
    }
}

// Kinds of places where lanes meet, in the high bits of a site.
const SITE_BARRIER: u32 = 0;
const SITE_GRID: u32 = 1 << 30;
const SITE_NAME: u32 = 1 << 31;
const SITE_REDUCE: u32 = 3 << 30;

/// The number of a place in the source where lanes meet; 0 is the end of a handler.
fn site(function: &Function, line: u32, kind: u32) -> String {
    format!("{}u", kind | ((function.file + 1) & 0x3ff) << 20 | line & 0xf_ffff)
}
