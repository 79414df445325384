//! Operations of the context: calls of the runtime's functions, with words for ids and references.

use super::functions::Writer;
use super::messages::Purpose;
use super::options::Kernels;
use super::unsupported::Reason;
use crate::ir::{ContextOp, ExprId, LocalId, MessageIndex, Type, TypeId};
use crate::print::Unsupported;

impl Writer<'_, '_> {
    pub(super) fn context(
        &mut self,
        op: &ContextOp,
        result: Option<LocalId>,
        line: u32,
    ) -> Result<(), Unsupported> {
        match op {
            ContextOp::ActorRef => self.words("rk_actor_ref()", result),
            ContextOp::Sender => self.words("rk_sender()", result),
            ContextOp::MessageId => self.words("rk_message_id()", result),
            ContextOp::CorrelationId => self.words("rk_correlation_id()", result),
            ContextOp::MessageTimestamp => self.words("rk_message_timestamp()", result),
            ContextOp::Now => self.words("rk_now()", result),
            ContextOp::Tick => self.words("rk_tick()", result),
            ContextOp::Defer => self.words("rk_defer()", result),
            ContextOp::UpdateClock(time) => self.update_clock(*time, result),
            ContextOp::OutputFreeSlots => self.value("rk_output_free_slots()", result),
            ContextOp::RequestTermination => self.value("rk_request_termination()", None),
            ContextOp::IsTerminationRequested => self.value("rk_is_termination_requested()", result),
            ContextOp::ReportError => self.value("rk_report_error()", None),
            ContextOp::CountDropped => self.value("rk_count_dropped()", None),
            ContextOp::EnqueueOutput { message, value } => {
                let call = self.send(Purpose::Output, "0u, 0u", *message, *value, line)?;
                self.accepted(&call, result)
            }
            ContextOp::Reply { to, message, value } => {
                let to = self.pair(*to)?;
                let call = self.send(Purpose::Deferred, &to, *message, *value, line)?;
                self.accepted(&call, result)
            }
            ContextOp::SendToActor { target, message, value } => {
                let target = self.pair(*target)?;
                let call = self.send(Purpose::ToActor, &target, *message, *value, line)?;
                self.value(&call, result)
            }
            ContextOp::SendToName { name, message, value } => {
                let call = self.send(Purpose::ToName, &format!("{name}u, 0u"), *message, *value, line)?;
                self.value(&call, result)
            }
            ContextOp::RequestActor { target, message, value } => {
                let target = self.pair(*target)?;
                let call = self.send(Purpose::AskActor, &target, *message, *value, line)?;
                self.asked(&call, result)
            }
            ContextOp::RequestName { name, message, value } => {
                let call = self.send(Purpose::AskName, &format!("{name}u, 0u"), *message, *value, line)?;
                self.asked(&call, result)
            }
            ContextOp::Publish { topic, message, value } => {
                let call =
                    self.send(Purpose::Publication, &format!("{topic}u, 0u"), *message, *value, line)?;
                self.value(&call, result)
            }
            ContextOp::PollActor { source, message } => {
                let source = self.pair(*source)?;
                self.poll(&format!("0u, {source}"), *message, result)
            }
            ContextOp::PollName { name, message } => self.poll(&format!("1u, {name}u, 0u"), *message, result),
            ContextOp::ThreadId => self.value("rk_thread_id()", result),
            ContextOp::BlockId => self.value("rk_block_id()", result),
            ContextOp::BlockDim => self.value(&self.block_dim(), result),
            ContextOp::GridDim => self.value(&self.grid_dim(), result),
            lanes => self.lanes(lanes, result, line),
        }
    }

    fn block_dim(&self) -> String {
        match self.printer.options.kernels {
            Kernels::Scalar => "1u".to_owned(),
            Kernels::Cooperative { block_size, .. } => format!("{block_size}u"),
        }
    }

    fn grid_dim(&self) -> String {
        match self.printer.options.kernels {
            Kernels::Scalar => "1u".to_owned(),
            Kernels::Cooperative { grid_size, .. } => format!("{grid_size}u"),
        }
    }

    /// A call, and its result where it is used.
    pub(super) fn value(&mut self, call: &str, result: Option<LocalId>) -> Result<(), Unsupported> {
        match result {
            Some(local) => self.set(local, call),
            None if call.ends_with(')') => {
                self.line(format!("{call};"));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A call whose words make a struct.
    fn words(&mut self, call: &str, result: Option<LocalId>) -> Result<(), Unsupported> {
        let Some(local) = result else { return self.value(call, None) };
        let of = self.printer.struct_of(self.scope.local_type(local))?;
        self.set(local, &format!("{of}({call})"))
    }

    /// The two words of a reference, as two arguments. The expression is pure, so that it may be printed twice.
    fn pair(&mut self, value: ExprId) -> Result<String, Unsupported> {
        let words = self.printer.words_of(self.scope.type_of(value))?;
        let value = self.expression(value)?;
        Ok(format!("{words}({value}).x, {words}({value}).y"))
    }

    fn send(
        &mut self,
        purpose: Purpose,
        target: &str,
        message: MessageIndex,
        value: ExprId,
        line: u32,
    ) -> Result<String, Unsupported> {
        let writer = self.printer.message_writer(message)?;
        let value = self.expression(value)?;
        let file = self.scope.function.file;
        Ok(format!("{writer}({}u, {target}, {value}, {file}u, {line}u)", purpose.number()))
    }

    /// A call that gives the reason for a refusal, where 0 means that there is none; the result is whether.
    fn accepted(&mut self, call: &str, result: Option<LocalId>) -> Result<(), Unsupported> {
        match result {
            Some(local) => self.set(local, &format!("({call} == 0u)")),
            None => self.value(call, None),
        }
    }

    /// A request: the reason for a refusal, and the correlation of the answer.
    fn asked(&mut self, call: &str, result: Option<LocalId>) -> Result<(), Unsupported> {
        let Some(local) = result else { return self.value(call, None) };
        let ty = self.scope.local_type(local);
        let (pair, of) = (self.printer.value_type(ty)?, self.printer.part_type(ty, 1));
        let of = self.printer.struct_of(of)?;
        let refusal = format!("refusal_{}", local.0);
        self.line(format!("let {refusal} = {call};"));
        let asked = format!("select(rk_asked, vec4<u32>(), vec4<bool>({refusal} != 0u))");
        self.set(local, &format!("{pair}({refusal}, {of}({asked}))"))
    }

    fn update_clock(&mut self, time: ExprId, result: Option<LocalId>) -> Result<(), Unsupported> {
        let ty = self.scope.type_of(time);
        let words = self.printer.words_of(ty)?;
        let call = format!("rk_update_clock({words}({}))", self.expression(time)?);
        let Some(local) = result else { return self.value(&call, None) };
        let (of, zero) = (self.printer.struct_of(ty)?, self.printer.zero(ty)?);
        let option = self.printer.value_type(self.scope.local_type(local))?;
        let name = self.declare(local)?;
        self.open(format!("if {call} {{"));
        self.line(format!("{name} = {option}(true, {of}(rk_now()));"));
        self.turn("} else {");
        self.line(format!("{name} = {option}(false, {zero});"));
        self.end("}");
        Ok(())
    }

    fn poll(
        &mut self,
        source: &str,
        message: MessageIndex,
        result: Option<LocalId>,
    ) -> Result<(), Unsupported> {
        let call = format!("rk_poll({source}, {}u)", message.0);
        let Some(local) = result else { return self.value(&call, None) };
        let Type::Option(ty) = *self.printer.ty(self.scope.local_type(local)) else { return Ok(()) };
        let option = self.printer.value_type(self.scope.local_type(local))?;
        let name = self.declare(local)?;
        let at = format!("at_{}_polled", local.0);
        self.line(format!("let {at} = {call};"));
        let value = self.message_at(ty, &at)?;
        self.open(format!("if {at} != 0u {{"));
        self.line(format!("{name} = {option}(true, {value});"));
        self.end("}");
        Ok(())
    }

    /// The message whose payload starts at this word of `rk_mem`.
    fn message_at(&mut self, ty: TypeId, word: &str) -> Result<String, Unsupported> {
        use super::memory::{Address, Memory, Unit};
        let payload = Some(format!("({word} << 2u)"));
        let at =
            Address { memory: Memory::Plain, unit: Unit::Words, start: word.to_owned(), bytes: 0, payload };
        self.printer.load(ty, &at)
    }

    /// Operations that lanes of a block do together.
    fn lanes(&mut self, op: &ContextOp, result: Option<LocalId>, line: u32) -> Result<(), Unsupported> {
        let (block_size, grid_size) = match self.printer.options.kernels {
            Kernels::Scalar => (1, 1),
            Kernels::Cooperative { block_size, grid_size, .. } => (block_size, grid_size),
        };
        match op {
            ContextOp::FenceDevice => Err(Reason::DeviceFence.into()),
            ContextOp::FenceSystem => Err(Reason::SystemFence.into()),
            ContextOp::SyncGrid if grid_size > 1 => Err(Reason::GridSync.into()),
            ContextOp::NamedBarrier(name) if block_size > 1 => {
                let name = self.printer.module.names.get(*name as usize).map_or("", String::as_str);
                Err(Reason::NamedBarrier(name).into())
            }
            _ => self.meeting(op, result, line),
        }
    }
}
