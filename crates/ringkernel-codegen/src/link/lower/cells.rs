//! Methods of cells, of arrays of cells, and of block arrays.

use super::methods::Call;
use super::{Lowered, Lowerer, Operand};
use crate::ir::{BinaryOp, CellOp, ExprId, Place, Projection, Root, Statement, Type, TypeId};
use crate::link::ty::Ty;

impl Lowerer<'_, '_> {
    pub(super) fn cell_method(&mut self, call: Call<'_>, cell: TypeId) -> Lowered<Operand> {
        let Type::Cell { element, len, .. } = *self.get(cell) else {
            return Err(self.stop(call.line, "this is no cell"));
        };
        if let (Some(len), "len" | "is_empty") = (len, call.name) {
            return Ok(Operand::Value(if call.name == "len" {
                self.usize(len.into())
            } else {
                self.bool(len == 0)
            }));
        }
        let place = self.receiver_place(call)?;
        self.cell_operation(call, place, len.is_some(), element)
    }

    pub(super) fn block_array_method(&mut self, call: Call<'_>) -> Lowered<Operand> {
        let Operand::BlockArray { number, element, len } = self.expr(call.receiver)? else {
            return Err(
                self.stop(call.line, "a block array has to be used where it is made, or by reference")
            );
        };
        match call.name {
            "len" => return Ok(Operand::Value(len)),
            "is_empty" => {
                let none = self.usize(0);
                return Ok(Operand::Value(self.binary(BinaryOp::Equal, len, none)));
            }
            _ => {}
        }
        let place = self.root(Root::BlockArray(number), element, call.line);
        self.cell_operation(call, place, true, element)
    }

    fn cell_operation(
        &mut self,
        call: Call<'_>,
        mut place: Place,
        indexed: bool,
        element: TypeId,
    ) -> Lowered<Operand> {
        let op = match call.name {
            "get" => CellOp::Get,
            "set" => CellOp::Set,
            "load" => CellOp::Load,
            "store" => CellOp::Store,
            "fetch_add" => CellOp::FetchAdd,
            "fetch_sub" => CellOp::FetchSub,
            "fetch_min" => CellOp::FetchMin,
            "fetch_max" => CellOp::FetchMax,
            "fetch_and" => CellOp::FetchAnd,
            "fetch_or" => CellOp::FetchOr,
            "fetch_xor" => CellOp::FetchXor,
            "exchange" | "swap" => CellOp::Swap,
            "compare_exchange" => CellOp::CompareExchange,
            _ => return Err(self.no_method(call, &Ty::Named(place.ty))),
        };
        let mut arguments: Vec<ExprId> = self.values(call.arguments)?;
        let line = self.line(call.line);
        if indexed {
            place.projections.push(Projection::Index(arguments.remove(0)));
            place.ty = element;
            place.line = line;
        }
        let ty = self.ty(call.expr);
        let result = match ty {
            Ty::Unit => None,
            ty => {
                let id = self.id(&ty);
                Some(self.temporary(id))
            }
        };
        self.emit(Statement::Cell { op, place, arguments, result, line });
        Ok(self.result_value(result))
    }
}
