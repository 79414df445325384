//! Operations on cells and on elements of block memory.

use super::functions::Writer;
use super::memory::{Address, Memory};
use super::places::TargetKind;
use super::types::{holder, scalar_name};
use super::unsupported::Reason;
use crate::ir::{CellOp, ExprId, LocalId, Place, Scalar, Type, TypeId};
use crate::print::Unsupported;

impl Writer<'_, '_> {
    pub(super) fn cell(
        &mut self,
        op: CellOp,
        place: &Place,
        arguments: &[ExprId],
        result: Option<LocalId>,
        line: u32,
    ) -> Result<(), Unsupported> {
        let target = self.target(place)?;
        let TargetKind::Memory(address) = &target.kind else { return Ok(()) };
        // A place may end at a single cell itself.
        let ty = match *self.printer.ty(place.ty) {
            Type::Cell { element, .. } => element,
            _ => place.ty,
        };
        let arguments =
            arguments.iter().map(|argument| self.expression(*argument)).collect::<Result<Vec<_>, _>>()?;
        let bounded = target.condition().is_some();
        if let Some(local) = result.filter(|_| bounded) {
            self.declare(local)?;
        }
        let raise = self.open_target(&target, line);
        match op {
            CellOp::Get => {
                let value = self.printer.load(ty, address)?;
                self.give(result, bounded, &value)?;
            }
            CellOp::Set => {
                let store = self.printer.store(ty, address, &arguments[0])?;
                self.line(store);
            }
            _ => self.atomic(op, ty, address, &arguments, result, bounded)?,
        }
        self.close_target(raise);
        Ok(())
    }

    /// Sets the result, which stands declared outside of the lines that need a place to exist.
    fn give(&mut self, result: Option<LocalId>, declared: bool, value: &str) -> Result<(), Unsupported> {
        match result {
            Some(local) if declared => {
                self.line(format!("{} = {value};", self.scope.local(local)));
                Ok(())
            }
            Some(local) => self.set(local, value),
            None => Ok(()),
        }
    }

    fn atomic(
        &mut self,
        op: CellOp,
        ty: TypeId,
        address: &Address,
        arguments: &[String],
        result: Option<LocalId>,
        declared: bool,
    ) -> Result<(), Unsupported> {
        let scalar = self.printer.scalar(ty).unwrap_or(Scalar::U64);
        if address.memory == Memory::Plain || !matches!(scalar, Scalar::I32 | Scalar::U32 | Scalar::F32) {
            return Err(Reason::AtomicWidth(scalar_name(scalar)).into());
        }
        let bits: Vec<String> = arguments.iter().map(|argument| to_bits(scalar, argument)).collect();
        let (word, name) = (address.word(), address.memory.name());
        let cell = format!("&rk_{name}[{word}]");
        let of_function =
            |verb: &str| format!("rk_{name}_atomic_{verb}_{}({word}, {})", scalar_name(scalar), arguments[0]);
        let old = match op {
            CellOp::Store => {
                self.line(format!("atomicStore({cell}, {});", bits[0]));
                return Ok(());
            }
            CellOp::CompareExchange => {
                let old = format!("rk_{name}_atomic_compare_exchange({word}, {}, {})", bits[0], bits[1]);
                return self.exchanged(scalar, &old, &arguments[0], result, declared);
            }
            CellOp::FetchAdd if scalar == Scalar::F32 => of_function("add"),
            CellOp::FetchMin if scalar != Scalar::U32 => of_function("min"),
            CellOp::FetchMax if scalar != Scalar::U32 => of_function("max"),
            CellOp::FetchSub if scalar == Scalar::F32 => of_function("subtract"),
            CellOp::FetchAdd => from_bits(scalar, format!("atomicAdd({cell}, {})", bits[0])),
            CellOp::FetchSub => from_bits(scalar, format!("atomicSub({cell}, {})", bits[0])),
            CellOp::FetchMin => format!("atomicMin({cell}, {})", bits[0]),
            CellOp::FetchMax => format!("atomicMax({cell}, {})", bits[0]),
            CellOp::FetchAnd => from_bits(scalar, format!("atomicAnd({cell}, {})", bits[0])),
            CellOp::FetchOr => from_bits(scalar, format!("atomicOr({cell}, {})", bits[0])),
            CellOp::FetchXor => from_bits(scalar, format!("atomicXor({cell}, {})", bits[0])),
            CellOp::Swap => from_bits(scalar, format!("atomicExchange({cell}, {})", bits[0])),
            CellOp::Load | CellOp::Get | CellOp::Set => from_bits(scalar, format!("atomicLoad({cell})")),
        };
        match result {
            Some(_) => self.give(result, declared, &old),
            None => {
                self.line(format!("_ = {old};"));
                Ok(())
            }
        }
    }

    /// `Ok(old)` when the old value is the expected one, else `Err(old)`.
    fn exchanged(
        &mut self,
        scalar: Scalar,
        old: &str,
        expected: &str,
        result: Option<LocalId>,
        declared: bool,
    ) -> Result<(), Unsupported> {
        let Some(local) = result else {
            self.line(format!("_ = {old};"));
            return Ok(());
        };
        let (held, name) = (holder(scalar), format!("old_{}_seen", local.0));
        self.line(format!("let {name} = {};", from_bits(scalar, old.to_owned())));
        let ty = self.printer.value_type(self.scope.local_type(local))?;
        let equal = format!("{name} == {expected}");
        let value =
            format!("{ty}({equal}, select({held}(), {name}, {equal}), select({name}, {held}(), {equal}))");
        self.give(result, declared, &value)
    }
}

fn to_bits(scalar: Scalar, text: &str) -> String {
    if scalar == Scalar::U32 { text.to_owned() } else { format!("bitcast<u32>({text})") }
}

fn from_bits(scalar: Scalar, text: String) -> String {
    if scalar == Scalar::U32 { text } else { format!("bitcast<{}>({text})", holder(scalar)) }
}
