//! Places: what has to hold before one is used, and its C++ name.

use super::expressions::unprintable;
use super::printer::Printer;
use crate::ir::{
    ExprId, ExpressionKind, Function, FunctionId, Literal, Place, Projection, Root, Type, TypeId,
};
use crate::print::Unsupported;

/// A place as C++.
#[derive(Debug, Clone)]
pub(super) struct Printed {
    /// What has to hold, in order. Those that raise the fault themselves stand first.
    guards: Vec<String>,
    /// Whether an index is checked by a guard that raises nothing.
    silent: bool,
    /// The place.
    pub(super) text: String,
    /// What spans in it count from, where it lies in memory and can have some.
    pub(super) payload: Option<String>,
}

/// A function that is being printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Current<'f> {
    pub(super) id: FunctionId,
    pub(super) function: &'f Function,
}

impl Current<'_> {
    /// The arguments by which a fault says where it is.
    pub(super) fn at(&self, line: u32) -> String {
        format!("{}u, {line}u", self.function.file)
    }
}

impl Printer<'_> {
    /// The place as C++.
    pub(super) fn place(&mut self, current: Current<'_>, place: &Place) -> Result<Printed, Unsupported> {
        let mut projections = place.projections.iter();
        let (mut printed, mut ty) = match place.root {
            Root::Local(local) => {
                let text = Self::local(current.function, local);
                (
                    Printed { guards: Vec::new(), silent: false, text, payload: None },
                    current.function.locals[local.0 as usize].ty,
                )
            }
            Root::State | Root::Message => self.root(current, place.root)?,
            Root::Vector(_) | Root::BlockArray(_) => match projections.next() {
                Some(Projection::Index(index)) => self.element(current, place, *index)?,
                _ => return Err(unprintable("a vector as a place without an index")),
            },
        };
        for projection in projections {
            match projection {
                Projection::Part(part) => {
                    printed.text = format!("{}.{}", printed.text, self.member(ty, *part));
                    ty = self.part_type(ty, *part);
                }
                Projection::Index(index) => {
                    let (Type::Array { element, len } | Type::Cell { element, len: Some(len), .. }) =
                        self.ty(ty)
                    else {
                        return Err(unprintable("an index into what has no elements"));
                    };
                    let text = self.expr(current.function, *index)?;
                    if !is_below(current.function, *index, *len) {
                        printed.guards.push(format!("{text} < {len}ull"));
                        printed.silent = true;
                    }
                    printed.text = format!("{}.e[{text}]", printed.text);
                    ty = *element;
                }
            }
        }
        Ok(printed)
    }

    fn root(&mut self, current: Current<'_>, root: Root) -> Result<(Printed, TypeId), Unsupported> {
        let roots =
            self.roots(current.id).ok_or_else(|| unprintable("state or message outside of a handler"))?;
        let (ty, pointer) = match root {
            Root::State => (roots.state, "rk->state"),
            _ => (roots.message, "rk->message"),
        };
        let text = format!("(*({}*){pointer})", self.memory_type(ty)?);
        Ok((Printed { guards: Vec::new(), silent: false, text, payload: Some(pointer.to_owned()) }, ty))
    }

    /// An element of a vector or a block array.
    fn element(
        &mut self,
        current: Current<'_>,
        place: &Place,
        index: ExprId,
    ) -> Result<(Printed, TypeId), Unsupported> {
        let (check, whole, ty, payload) = match place.root {
            Root::Vector(vector) => {
                let Type::Vec(element) = self.ty(Self::expr_type(current.function, vector)) else {
                    return Err(unprintable("an index into what is no vector"));
                };
                let whole = self.expr(current.function, vector)?;
                let payload = format!("{whole}.payload");
                ("rk_has_element", whole, *element, Some(payload))
            }
            Root::BlockArray(array) => {
                let element = current.function.block_arrays[array as usize].element;
                ("rk_has_array_element", format!("rk_array_{array}"), element, None)
            }
            _ => return Err(unprintable("an element of neither a vector nor a block array")),
        };
        let index = self.expr(current.function, index)?;
        let guard = format!("{check}(rk, {whole}, {index}, {})", current.at(place.line));
        let text = format!("(({}*){whole}.at)[{index}]", self.memory_type(ty)?);
        Ok((Printed { guards: vec![guard], silent: false, text, payload }, ty))
    }
}

/// Whether an index is known to be in bounds.
fn is_below(function: &Function, index: ExprId, len: u32) -> bool {
    match function.expressions[index.0 as usize].kind {
        ExpressionKind::Literal(Literal::Int(value)) => value < i128::from(len),
        ExpressionKind::Zero => len > 0,
        _ => false,
    }
}

impl Printed {
    /// Lines that do something with the place if it is there, and something else after the fault if it is not.
    pub(super) fn guarded(&self, at: &str, then: &[String], otherwise: &[String]) -> Vec<String> {
        if self.guards.is_empty() {
            return then.to_vec();
        }
        let mut fallback = Vec::new();
        if self.silent {
            fallback.push(format!("rk_raise(rk, RK_INDEX_OUT_OF_BOUNDS, 0u, {at});"));
        }
        fallback.extend_from_slice(otherwise);
        let mut lines = vec![format!("if ({}) {{", self.guards.join(" && "))];
        lines.extend(then.iter().map(|line| format!("    {line}")));
        if !fallback.is_empty() {
            lines.push("} else {".to_owned());
            lines.extend(fallback.iter().map(|line| format!("    {line}")));
        }
        lines.push("}".to_owned());
        lines
    }
}
