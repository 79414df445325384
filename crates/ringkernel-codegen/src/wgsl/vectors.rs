//! Vectors in the lane's scratch memory.

use super::functions::Writer;
use super::places::TargetKind;
use super::unsupported::Reason;
use crate::ir::{ExprId, LocalId, Place, Type, TypeId};
use crate::print::Unsupported;

impl Writer<'_, '_> {
    pub(super) fn vec_new(&mut self, local: LocalId, capacity: ExprId, line: u32) -> Result<(), Unsupported> {
        let (size, align) = self.element_layout(self.scope.local_type(local))?;
        let (capacity, file) = (self.expression(capacity)?, self.scope.function.file);
        self.printer.value_type(self.scope.local_type(local))?;
        self.set(local, &format!("rk_vec_new({capacity}, {size}u, {align}u, {file}u, {line}u)"))
    }

    pub(super) fn vec_push(&mut self, vector: &Place, value: ExprId, line: u32) -> Result<(), Unsupported> {
        let (size, align) = self.element_layout(vector.ty)?;
        let element = self.element(vector.ty);
        let value = self.expression(value)?;
        self.with_vector(vector, |writer, v| {
            let file = writer.scope.function.file;
            writer.line(format!("{v} = rk_vec_grow({v}, {size}u, {align}u, {file}u, {line}u);"));
            let last = writer.printer.vector_address(v, &format!("({v}.len - 1u)"), element);
            let store = writer.printer.store(element, &last, &value)?;
            writer.open(format!("if rk_fault == 0u && {v}.len <= {v}.capacity {{"));
            writer.line(store);
            writer.end("}");
            Ok(())
        })
    }

    pub(super) fn vec_pop(&mut self, vector: &Place, local: LocalId) -> Result<(), Unsupported> {
        let element = self.element(vector.ty);
        let option = self.printer.value_type(self.scope.local_type(local))?;
        let name = self.declare(local)?;
        self.with_vector(vector, |writer, v| {
            let last = writer.printer.vector_address(v, &format!("{v}.len"), element);
            let value = writer.printer.load(element, &last)?;
            let raise = writer.raise(8, "0u", vector.line);
            writer.open(format!("if {v}.len > 0u {{"));
            writer.line(format!("{v}.len -= 1u;"));
            writer.open(format!("if {v}.len < {v}.capacity {{"));
            writer.line(format!("{name} = {option}(true, {value});"));
            writer.turn("} else {");
            writer.line(raise);
            writer.end("}");
            writer.end("}");
            Ok(())
        })
    }

    pub(super) fn vec_truncate(&mut self, vector: &Place, len: ExprId) -> Result<(), Unsupported> {
        let len = self.expression(len)?;
        self.with_vector(vector, |writer, v| {
            writer.line(format!("{v}.len = min({v}.len, {len});"));
            Ok(())
        })
    }

    fn with_vector(
        &mut self,
        vector: &Place,
        act: impl FnOnce(&mut Self, &str) -> Result<(), Unsupported>,
    ) -> Result<(), Unsupported> {
        let target = self.target(vector)?;
        let TargetKind::Variable(name) = &target.kind else { return Err(Reason::NestedVectors.into()) };
        let raise = self.open_target(&target, vector.line);
        act(self, name)?;
        self.close_target(raise);
        Ok(())
    }

    fn element(&self, vector: TypeId) -> TypeId {
        match *self.printer.ty(vector) {
            Type::Vec(element) => element,
            _ => vector,
        }
    }

    fn element_layout(&self, vector: TypeId) -> Result<(u32, u32), Unsupported> {
        let element = self.element(vector);
        if self.printer.holds_vectors(element) {
            return Err(Reason::NestedVectors.into());
        }
        let (size, align) = self.printer.module.types.layout(element);
        // An element without bytes takes room for one, so that room can be counted.
        Ok((size.max(1), align))
    }
}
