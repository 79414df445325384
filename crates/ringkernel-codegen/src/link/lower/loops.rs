//! Loops.

use super::branches::chain;
use super::{Holds, Iter, Lowered, Lowerer, Operand, Over, Sequence, Stop, Target};
use crate::ir::{BinaryOp, ExprId, ExpressionKind, FaultKind, Literal, LocalId, Scalar, Statement};
use crate::link::infer::unsigned;
use crate::link::ty::Ty;
use crate::source::{Block, Expr, ExprKind, Pattern, PatternKind, RangeLimits};

/// What one round of a `for` loop is given.
pub(super) struct Item {
    pub(super) element: Operand,
    pub(super) holds: Holds,
    /// Its number, where the source asks for it.
    pub(super) number: Option<ExprId>,
}

/// A loop in the making: its label, its body, whether the end of the body is reached, whether `break` leaves it.
type Repeated = (u32, crate::ir::Block, bool, bool);

impl<'l, 'a> Lowerer<'l, 'a> {
    /// The body of a loop.
    pub(super) fn repeated(
        &mut self,
        name: Option<&str>,
        result: Option<LocalId>,
        body: &mut dyn FnMut(&mut Self) -> Lowered,
    ) -> Lowered<Repeated> {
        let label = self.label();
        let name = name.map(str::to_owned);
        self.frame.targets.push(Target { name, is_loop: true, label, result, left: false });
        let inside = self.inside(|this| body(this));
        let left = self.frame.targets.pop().is_some_and(|target| target.left);
        let (block, end) = inside?;
        Ok((label, block, end.is_some(), left))
    }

    fn emit_loop(&mut self, name: Option<&str>, body: &mut dyn FnMut(&mut Self) -> Lowered) -> Lowered {
        let (label, block, _, _) = self.repeated(name, None, body)?;
        self.emit(Statement::Loop { label, body: block, meets: false });
        Ok(())
    }

    /// Leaves the innermost loop when the condition holds.
    fn break_if(&mut self, condition: ExprId, line: u32) {
        let Some(label) = self.frame.targets.last().map(|target| target.label) else { return };
        let accept = vec![Statement::Break { label }];
        self.emit(Statement::If { condition, accept, reject: Vec::new(), meets: false, line });
    }

    pub(super) fn while_loop(&mut self, name: Option<&str>, condition: &Expr, body: &Block) -> Lowered {
        let links = chain(condition);
        self.emit_loop(name, &mut |this| {
            if let ([link], false) = (links.as_slice(), matches!(links[0].kind, ExprKind::Let(..))) {
                let condition = this.value(link)?;
                let always = ExpressionKind::Literal(Literal::Bool(true))
                    == this.expressions[condition.0 as usize].kind;
                if !always {
                    let over = this.not(condition);
                    this.break_if(over, link.line);
                }
                return this.block(body).map(|_| ());
            }
            let label = this.frame.targets.last().map_or(0, |target| target.label);
            let mut leave = |this: &mut Self| {
                this.emit(Statement::Break { label });
                Err(Stop::Diverges)
            };
            this.branch(&links, &mut |this| this.block(body).map(|_| ()), Some(&mut leave))
        })
    }

    pub(super) fn for_loop(
        &mut self,
        name: Option<&str>,
        pattern: &Pattern,
        over: &Expr,
        body: &Block,
    ) -> Lowered {
        let iter = self.iterator(over)?;
        self.iterate(name, iter, over.line, &mut |this, item| {
            match (item.number, &pattern.kind) {
                (None, _) => this.bind(pattern, item.element, item.holds)?,
                (Some(number), PatternKind::Tuple(parts)) if parts.len() == 2 => {
                    this.bind(&parts[0], Operand::Value(number), Holds::Value)?;
                    this.bind(&parts[1], item.element, item.holds)?;
                }
                _ => return Err(this.stop(pattern.line, "bind what `enumerate` gives as `(index, element)`")),
            }
            this.block(body).map(|_| ())
        })
    }

    /// What a `for` loop goes through.
    pub(super) fn iterator(&mut self, over: &Expr) -> Lowered<Iter> {
        let ty = self.ty(over);
        let holds = self.holds(over);
        let operand = match self.expr(over)? {
            Operand::Iter(iter) => return Ok(*iter),
            // Iterating over an array itself takes a copy, which the loop may outlive.
            Operand::Place(place) if holds == Holds::Value && matches!(ty, Ty::Array(..)) => {
                Operand::Value(self.load(&place)?)
            }
            operand => operand,
        };
        let over = Over::Sequence(self.sequence(operand, &ty, over.line)?);
        let mutable = holds == Holds::MutableReference;
        Ok(Iter { over, reversed: false, step: None, enumerated: false, mutable })
    }

    /// Runs `body` for every item.
    pub(super) fn iterate(
        &mut self,
        name: Option<&str>,
        iter: Iter,
        line: u32,
        body: &mut dyn FnMut(&mut Self, Item) -> Lowered,
    ) -> Lowered {
        let (reversed, step, enumerated, mutable) = (iter.reversed, iter.step, iter.enumerated, iter.mutable);
        match iter.over {
            Over::Range { start, end, limits } => {
                if enumerated {
                    return Err(self.stop(line, "`enumerate` goes with arrays, slices and vectors only"));
                }
                self.count(name, (start, end, limits), reversed, step, line, &mut |this, value| {
                    let element = Operand::Value(value);
                    body(this, Item { element, holds: Holds::Value, number: None })
                })
            }
            Over::Sequence(sequence) => {
                let mut sequence: Sequence = self.frozen_sequence(sequence);
                let len = self.once(sequence.len);
                sequence.len = len;
                let bounds = (self.usize(0), len, RangeLimits::HalfOpen);
                self.count(name, bounds, reversed, step, line, &mut |this, index| {
                    // The index is within the slice, so that nothing has to be checked again.
                    let at = match sequence.start {
                        Some(start) => {
                            let at = this.binary(BinaryOp::Add, start, index);
                            this.once(at)
                        }
                        None => index,
                    };
                    let whole = Sequence { start: None, ..sequence.clone() };
                    let element = Operand::Place(this.element(&whole, at, line)?);
                    let holds = if mutable { Holds::MutableReference } else { Holds::Reference };
                    body(this, Item { element, holds, number: enumerated.then_some(index) })
                })
            }
        }
    }

    /// Counts through a range of integers.
    fn count(
        &mut self,
        name: Option<&str>,
        (start, end, limits): (ExprId, ExprId, RangeLimits),
        reversed: bool,
        step: Option<ExprId>,
        line: u32,
        body: &mut dyn FnMut(&mut Self, ExprId) -> Lowered,
    ) -> Lowered {
        let Some(scalar) = self.scalar_of(start).filter(|scalar| scalar.is_integer()) else {
            return Err(self.stop(line, "devices count through integers only"));
        };
        let (start, end) = (self.once(start), self.once(end));
        let ty = self.type_of(start);
        let closed = limits == RangeLimits::Closed;
        let one = self.int(1, scalar);
        let next = self.changing("", ty);
        if !closed && step.is_none() {
            self.set(next, if reversed { end } else { start });
            return self.emit_loop(name, &mut |this| {
                let current = this.local(next);
                let over = if reversed { (current, start) } else { (end, current) };
                let over = this.binary(BinaryOp::LessEqual, over.0, over.1);
                this.break_if(over, line);
                let value = if reversed { this.binary(BinaryOp::Subtract, current, one) } else { current };
                let value = this.once(value);
                let after = if reversed { value } else { this.binary(BinaryOp::Add, value, one) };
                this.set(next, after);
                body(this, value)
            });
        }
        // Whether there is a next one is asked before it is computed, which may wrap.
        let step = step.map(|step| self.once(step));
        if let Some(step) = step {
            let none = self.usize(0);
            let some = self.binary(BinaryOp::NotEqual, step, none);
            self.require(some, FaultKind::Panic, line);
        }
        let bool_ty = self.linker.scalar(Scalar::Bool);
        let more = self.changing("", bool_ty);
        let any = self.binary(if closed { BinaryOp::LessEqual } else { BinaryOp::Less }, start, end);
        self.set(more, any);
        let last = if closed { end } else { self.binary(BinaryOp::Subtract, end, one) };
        self.set(next, if reversed { last } else { start });
        let limit = if reversed { start } else { last };
        let limit = self.once(limit);
        self.emit_loop(name, &mut |this| {
            let going = this.local(more);
            let over = this.not(going);
            this.break_if(over, line);
            let current = this.local(next);
            let value = this.once(current);
            let (far, near) = if reversed { (value, limit) } else { (limit, value) };
            let distance = this.binary(BinaryOp::Subtract, far, near);
            let (going, by) = match step {
                None => (this.binary(BinaryOp::NotEqual, value, limit), one),
                Some(step) => this.reaches(distance, step, scalar),
            };
            this.set(more, going);
            let op = if reversed { BinaryOp::Subtract } else { BinaryOp::Add };
            let after = this.binary(op, value, by);
            this.set(next, after);
            body(this, value)
        })
    }

    /// Whether a distance is at least a step, and the step as an integer of this type.
    fn reaches(&mut self, distance: ExprId, step: ExprId, scalar: Scalar) -> (ExprId, ExprId) {
        if scalar == Scalar::Usize {
            return (self.binary(BinaryOp::GreaterEqual, distance, step), step);
        }
        let bits = self.linker.scalar(unsigned(scalar));
        let distance =
            if scalar.is_signed() { self.push(ExpressionKind::Bitcast(distance), bits) } else { distance };
        let known = match self.expressions[step.0 as usize].kind {
            ExpressionKind::Literal(Literal::Int(known)) => Some(known),
            _ => None,
        };
        let small = scalar.size() <= 4 && known.is_some_and(|known| known <= i128::from(u32::MAX));
        let wide = self.linker.scalar(if small { Scalar::U32 } else { Scalar::U64 });
        let distance = if self.type_of(distance) == wide {
            distance
        } else {
            self.push(ExpressionKind::Cast(distance), wide)
        };
        let far = match known {
            Some(known) if small => self.int(known, Scalar::U32),
            _ => self.push(ExpressionKind::Cast(step), wide),
        };
        let going = self.binary(BinaryOp::GreaterEqual, distance, far);
        let own = self.linker.scalar(scalar);
        (going, self.push(ExpressionKind::Cast(step), own))
    }
}
