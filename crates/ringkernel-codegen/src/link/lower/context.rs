//! Methods of the context.

use ringkernel_abi::topic::check_name;

use super::methods::Call;
use super::{Lowered, Lowerer, Operand, Stop};
use crate::ir::{
    BinaryOp, ContextOp, ExprId, ExpressionKind, LocalId, MessageIndex, Scalar, Statement, Type, TypeId,
};
use crate::link::ty::Ty;
use crate::source::{self, Expr};

/// Who a message goes to, or comes from.
enum Address {
    Actor(ExprId),
    Name(u32),
}

impl Lowerer<'_, '_> {
    pub(super) fn context_method(&mut self, call: Call<'_>, generics: &[source::Type]) -> Lowered<Operand> {
        let op = match call.name {
            "actor_ref" => ContextOp::ActorRef,
            "sender" => ContextOp::Sender,
            "message_id" => ContextOp::MessageId,
            "correlation_id" => ContextOp::CorrelationId,
            "message_timestamp" => ContextOp::MessageTimestamp,
            "now" => ContextOp::Now,
            "tick" => ContextOp::Tick,
            "output_queue_free_slots" => ContextOp::OutputFreeSlots,
            "defer" => ContextOp::Defer,
            "request_termination" => ContextOp::RequestTermination,
            "is_termination_requested" => ContextOp::IsTerminationRequested,
            "report_error" => ContextOp::ReportError,
            "update_clock" => return self.update_clock(call),
            "fail" => {
                let code = self.value(&call.arguments[0])?;
                let line = self.line(call.line);
                self.emit(Statement::Fail { code, line });
                return Err(Stop::Diverges);
            }
            "enqueue_output" | "try_enqueue_output" => return self.enqueue(call),
            "send_to_kernel" | "try_send_to_kernel" => return self.send(call),
            "publish" | "try_publish" => return self.publish(call),
            "request_kernel" => return self.request(call),
            "try_receive_from_kernel" => return self.poll(call, generics),
            "reply" => return self.reply(call),
            _ => return self.lane_method(call),
        };
        let ty = self.ty(call.expr);
        let result = self.result_temporary(&ty);
        self.context(op, result, call.line);
        Ok(self.result_value(result))
    }

    fn result_temporary(&mut self, ty: &Ty) -> Option<LocalId> {
        if *ty == Ty::Unit {
            return None;
        }
        let id = self.id(ty);
        Some(self.temporary(id))
    }

    pub(super) fn context(&mut self, op: ContextOp, result: Option<LocalId>, line: u32) {
        let line = self.line(line);
        self.emit(Statement::Context { op, result, line });
    }

    /// An operation that gives a value of this type.
    pub(super) fn context_value(&mut self, op: ContextOp, ty: TypeId, line: u32) -> ExprId {
        let local = self.temporary(ty);
        self.context(op, Some(local), line);
        self.local(local)
    }

    fn update_clock(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let ty = self.ty(call.expr);
        let received = self.value(&call.arguments[0])?;
        let option = self.linker.module.types.intern(Type::Option(self.type_of(received)));
        let merged = self.context_value(ContextOp::UpdateClock(received), option, call.line);
        let id = self.id(&ty);
        let accepted = self.is_some(merged);
        let mut accept = |this: &mut Self| {
            let value = this.some_value(merged);
            Ok(Operand::Value(this.push(ExpressionKind::Ok(Some(value)), id)))
        };
        let mut reject = |this: &mut Self| Ok(Operand::Value(this.push(ExpressionKind::Err(None), id)));
        self.choose(accepted, &ty, &mut accept, &mut reject, call.line)
    }

    /// The message that an argument is, and its value.
    fn message(&mut self, argument: &Expr) -> Lowered<(MessageIndex, ExprId)> {
        let ty = self.ty(argument);
        let Some(message) = self.linker.message_of(&ty) else {
            let text = format!("`{}` is no message: derive `RingMessage` for it", self.linker.show(&ty));
            return Err(self.stop(argument.line, text));
        };
        let value = self.value(argument)?;
        Ok((message, self.once(value)))
    }

    fn enqueue(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let (message, value) = self.message(&call.arguments[0])?;
        let bool_ty = self.linker.scalar(Scalar::Bool);
        let accepted = self.context_value(ContextOp::EnqueueOutput { message, value }, bool_ty, call.line);
        if call.name == "enqueue_output" {
            return self.counted(accepted, call.line);
        }
        self.accepted_or(call, accepted, &mut |_| Ok(value))
    }

    /// Counts a message that was not accepted.
    fn counted(&mut self, accepted: ExprId, line: u32) -> Lowered<Operand> {
        let (accept, _) = self.inside(|this| {
            this.context(ContextOp::CountDropped, None, line);
            Ok(())
        })?;
        let condition = self.not(accepted);
        self.emit(Statement::If { condition, accept, reject: Vec::new(), meets: false, line });
        Ok(Operand::Value(accepted))
    }

    /// `Ok(())`, or what was refused.
    fn accepted_or(
        &mut self,
        call: Call<'_>,
        accepted: ExprId,
        refused: &mut dyn FnMut(&mut Self) -> Lowered<ExprId>,
    ) -> Lowered<Operand> {
        let ty = self.ty(call.expr);
        let id = self.id(&ty);
        let mut accept = |this: &mut Self| Ok(Operand::Value(this.push(ExpressionKind::Ok(None), id)));
        let mut reject = |this: &mut Self| {
            let error = refused(this)?;
            Ok(Operand::Value(this.push(ExpressionKind::Err(Some(error)), id)))
        };
        self.choose(accepted, &ty, &mut accept, &mut reject, call.line)
    }

    fn address(&mut self, argument: &Expr) -> Lowered<Address> {
        match self.expr(argument)? {
            Operand::Text(name) => Ok(Address::Name(self.linker.name(&name))),
            operand => {
                let ty = self.ty(argument);
                if ty != self.linker.known_struct("ActorRef") {
                    let shown = self.linker.show(&ty);
                    let text = format!("a kernel is named by an `ActorRef` or by a text, not by a `{shown}`");
                    return Err(self.stop(argument.line, text));
                }
                let value = self.operand_value(operand, argument.line)?;
                Ok(Address::Actor(self.frozen(value)))
            }
        }
    }

    /// The error of a message that was not accepted.
    fn send_error(&mut self, ty: &Ty, value: ExprId, code: ExprId) -> ExprId {
        let Ty::Result(_, error) = ty else { return value };
        let error = self.id(error);
        let reason = self.part_type(error, 1);
        let reason = self.push(ExpressionKind::Bitcast(code), reason);
        self.push(ExpressionKind::Compose(vec![value, reason]), error)
    }

    fn send(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let address = self.address(&call.arguments[0])?;
        let (message, value) = self.message(&call.arguments[1])?;
        let op = match address {
            Address::Actor(target) => ContextOp::SendToActor { target, message, value },
            Address::Name(name) => ContextOp::SendToName { name, message, value },
        };
        self.sent(call, op, value)
    }

    fn publish(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let argument = &call.arguments[0];
        let Operand::Text(topic) = self.expr(argument)? else {
            return Err(self.stop(argument.line, "a topic is a text, or a constant that is one"));
        };
        if let Err(mistake) = check_name(&topic) {
            return Err(self.stop(argument.line, format!("`{topic}`: {mistake}")));
        }
        let topic = self.linker.name(&topic);
        let (message, value) = self.message(&call.arguments[1])?;
        self.sent(call, ContextOp::Publish { topic, message, value }, value)
    }

    /// Whether a message was accepted, or what was refused.
    fn sent(&mut self, call: Call<'_>, op: ContextOp, value: ExprId) -> Lowered<Operand> {
        let u32_ty = self.linker.scalar(Scalar::U32);
        let code = self.context_value(op, u32_ty, call.line);
        let none = self.int(0, Scalar::U32);
        let accepted = self.binary(BinaryOp::Equal, code, none);
        if !call.name.starts_with("try_") {
            let accepted = self.once(accepted);
            return self.counted(accepted, call.line);
        }
        let ty = self.ty(call.expr);
        self.accepted_or(call, accepted, &mut |this| Ok(this.send_error(&ty, value, code)))
    }

    fn request(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let address = self.address(&call.arguments[0])?;
        let (message, value) = self.message(&call.arguments[1])?;
        let op = match address {
            Address::Actor(target) => ContextOp::RequestActor { target, message, value },
            Address::Name(name) => ContextOp::RequestName { name, message, value },
        };
        let u32_ty = self.linker.scalar(Scalar::U32);
        let correlation = self.linker.known_struct("CorrelationId");
        let correlation = self.id(&correlation);
        let pair = self.linker.module.types.intern(Type::Tuple(vec![u32_ty, correlation]));
        let pair = self.context_value(op, pair, call.line);
        let (code, correlation) = (self.part(pair, 0), self.part(pair, 1));
        let none = self.int(0, Scalar::U32);
        let accepted = self.binary(BinaryOp::Equal, code, none);
        let ty = self.ty(call.expr);
        let id = self.id(&ty);
        let mut accept =
            |this: &mut Self| Ok(Operand::Value(this.push(ExpressionKind::Ok(Some(correlation)), id)));
        let mut reject = |this: &mut Self| {
            let error = this.send_error(&ty, value, code);
            Ok(Operand::Value(this.push(ExpressionKind::Err(Some(error)), id)))
        };
        self.choose(accepted, &ty, &mut accept, &mut reject, call.line)
    }

    fn poll(&mut self, call: Call<'_>, generics: &[source::Type]) -> Lowered<Operand> {
        let ty = self.ty(call.expr);
        let wanted = match (generics.first(), &ty) {
            (Some(written), _) => self.frame.typed.written(written),
            (None, Ty::Option(inner)) => (**inner).clone(),
            _ => Ty::Unit,
        };
        let Some(message) = self.linker.message_of(&wanted) else {
            return Err(self
                .stop(call.line, "write which message is polled: `try_receive_from_kernel::<Message>(..)`"));
        };
        let op = match self.address(&call.arguments[0])? {
            Address::Actor(source) => ContextOp::PollActor { source, message },
            Address::Name(name) => ContextOp::PollName { name, message },
        };
        let id = self.id(&ty);
        Ok(Operand::Value(self.context_value(op, id, call.line)))
    }

    fn reply(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let to = self.value(&call.arguments[0])?;
        let to = self.frozen(to);
        let (message, value) = self.message(&call.arguments[1])?;
        let bool_ty = self.linker.scalar(Scalar::Bool);
        let op = ContextOp::Reply { to, message, value };
        Ok(Operand::Value(self.context_value(op, bool_ty, call.line)))
    }
}
