//! Operations on cells and on elements of block memory.

use super::expressions::unprintable;
use super::functions::Lines;
use super::places::Current;
use super::printer::Printer;
use super::types::scalar as scalar_type;
use crate::ir::{CellOp, ExprId, LocalId, Place, Scalar, Type, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    pub(super) fn cell(
        &mut self,
        current: Current<'_>,
        op: CellOp,
        place: &Place,
        arguments: &[ExprId],
        result: Option<LocalId>,
        line: u32,
    ) -> Result<Lines, Unsupported> {
        let element = self.element_of_cell(place.ty);
        let printed = self.place(current, place)?;
        let at = current.at(line);
        let target =
            result.filter(|_| !self.is_empty(element)).map(|local| Self::local(current.function, local));
        let texts = self.exprs(current.function, arguments)?;
        let act = match op {
            _ if self.is_empty(element) => Vec::new(),
            CellOp::Get => target.iter().map(|target| format!("{target} = {};", printed.text)).collect(),
            CellOp::Set => vec![format!("{} = {};", printed.text, argument(&texts, 0)?)],
            CellOp::CompareExchange => self.exchange(&printed.text, element, current, &texts, result)?,
            _ => {
                let scalar = self.atomic_scalar(element)?;
                let call = format!("{}<{}>(&{}", operation(op)?, self.scope(), printed.text);
                let call = texts.iter().fold(call, |call, text| format!("{call}, {text}"));
                let assign = target.as_ref().map_or(String::new(), |target| format!("{target} = "));
                if scalar == Scalar::F32
                    && !matches!(op, CellOp::Load | CellOp::Store | CellOp::Swap | CellOp::FetchAdd)
                {
                    return Err(unprintable("an atomic operation of integers on floats"));
                }
                vec![format!("{assign}{call});")]
            }
        };
        let zero = match (&target, result) {
            (Some(target), Some(local)) => {
                vec![format!("{target} = {};", self.zero_of(current.function.locals[local.0 as usize].ty)?)]
            }
            _ => Vec::new(),
        };
        Ok(printed.guarded(&at, &act, &zero))
    }

    /// The type of what is in a cell. An element of an array of cells has its own type already.
    fn element_of_cell(&self, ty: TypeId) -> TypeId {
        match self.ty(ty) {
            Type::Cell { element, .. } => *element,
            _ => ty,
        }
    }

    fn atomic_scalar(&self, element: TypeId) -> Result<Scalar, Unsupported> {
        match self.scalar(element) {
            Some(scalar @ (Scalar::I32 | Scalar::U32 | Scalar::I64 | Scalar::U64 | Scalar::F32)) => {
                Ok(scalar)
            }
            Some(scalar) => Err(Unsupported { feature: format!("atomic cells of {}", scalar_type(scalar)) }),
            None => Err(unprintable("an atomic cell of other than a scalar")),
        }
    }

    fn exchange(
        &mut self,
        cell: &str,
        element: TypeId,
        current: Current<'_>,
        texts: &[String],
        result: Option<LocalId>,
    ) -> Result<Lines, Unsupported> {
        let name = scalar_type(self.atomic_scalar(element)?);
        let (old, new) = (argument(texts, 0)?, argument(texts, 1)?);
        let call = format!("rk_cell_exchange<{}, {name}>(&{cell}, {old}, {new})", self.scope());
        let Some(local) = result else { return Ok(vec![format!("{call};")]) };
        let ty = self.value_type(current.function.locals[local.0 as usize].ty)?;
        let (target, zero) = (Self::local(current.function, local), self.zero_of(element)?);
        Ok(vec![
            "{".to_owned(),
            format!("    {name} found = {call};"),
            format!("    bool same = found == {old};"),
            format!("    {target} = {ty}{{same, same ? found : {zero}, same ? {zero} : found}};"),
            "}".to_owned(),
        ])
    }
}

fn argument(texts: &[String], index: usize) -> Result<&String, Unsupported> {
    texts.get(index).ok_or_else(|| unprintable("an operation of a cell without its value"))
}

fn operation(op: CellOp) -> Result<&'static str, Unsupported> {
    Ok(match op {
        CellOp::Load => "rk_cell_load",
        CellOp::Store => "rk_cell_store",
        CellOp::Swap => "rk_cell_swap",
        CellOp::FetchAdd => "rk_cell_add",
        CellOp::FetchSub => "rk_cell_subtract",
        CellOp::FetchMin => "rk_cell_min",
        CellOp::FetchMax => "rk_cell_max",
        CellOp::FetchAnd => "rk_cell_and",
        CellOp::FetchOr => "rk_cell_or",
        CellOp::FetchXor => "rk_cell_xor",
        CellOp::Get | CellOp::Set | CellOp::CompareExchange => {
            return Err(unprintable("an atomic operation"));
        }
    })
}
