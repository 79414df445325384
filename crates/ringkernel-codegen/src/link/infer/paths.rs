//! Types of names, and of functions as values.

use super::Infer;
use crate::ir::Scalar;
use crate::link::error::Result;
use crate::link::resolve::{Callee, PathValue};
use crate::link::sources::Named;
use crate::link::ty::Ty;
use crate::source::Path;

impl<'t> Infer<'_, '_, 't> {
    pub(super) fn path(&mut self, line: u32, path: &'t Path) -> Result<Ty> {
        if let Some(ty) = self.variable(&path.name) {
            return Ok(ty);
        }
        let Some(value) = self.linker.path_value(self.source, line, &path.name)? else {
            let message = match self.linker.lookup(self.source, &path.name)? {
                Some(Named::Unknown(ty)) => {
                    format!("`{}` is a constant of type `{ty}`, which no device knows", path.name)
                }
                _ => format!(
                    "`{}` is not known to devices: it is neither a variable, nor a constant, nor a marked function",
                    path.name
                ),
            };
            return Err(self.error(line, message));
        };
        Ok(match value {
            PathValue::Constant(ty, _) | PathValue::Zero(ty) | PathValue::Variant(ty, _) => ty,
            PathValue::Literal(scalar, _) => Ty::Scalar(scalar),
            PathValue::Text(_) => Ty::Text,
            PathValue::Nothing => {
                let nothing = Ty::Option(Box::new(self.fresh()));
                self.spelled(line, path, &nothing)?;
                nothing
            }
            PathValue::Function(callee) => {
                let (parameters, result) = self.callee_type(line, &callee, None)?;
                Ty::Closure(parameters, Box::new(result))
            }
        })
    }

    /// What a function takes and gives; `given` is how many arguments stand in the source.
    pub(super) fn callee_type(
        &mut self,
        line: u32,
        callee: &Callee,
        given: Option<usize>,
    ) -> Result<(Vec<Ty>, Ty)> {
        Ok(match callee {
            Callee::Function(function) => {
                let signature = self.linker.signature(*function)?;
                (signature.parameters.into_iter().map(|(ty, _)| ty).collect(), signature.result)
            }
            Callee::Construct(ty) | Callee::FromParts(ty) => (self.linker.field_types(ty), ty.clone()),
            Callee::FromBits(ty) => (vec![Ty::Scalar(Scalar::U64)], ty.clone()),
            Callee::Constant(ty, _) => (Vec::new(), ty.clone()),
            Callee::Some => {
                let value = self.fresh();
                (vec![value.clone()], Ty::Option(Box::new(value)))
            }
            Callee::Ok | Callee::Err => {
                let (value, error) = (self.fresh(), self.fresh());
                let argument = if matches!(callee, Callee::Ok) { value.clone() } else { error.clone() };
                (vec![argument], Ty::Result(Box::new(value), Box::new(error)))
            }
            Callee::From(scalar) => (vec![self.fresh()], Ty::Scalar(*scalar)),
            Callee::CorrelationFrom => {
                (vec![self.linker.known_struct("MessageId")], self.linker.known_struct("CorrelationId"))
            }
            Callee::ScalarMethod(scalar, name) => {
                let receiver = Ty::Scalar(*scalar);
                if name == "from_bits" {
                    let bits = if *scalar == Scalar::F32 { Scalar::U32 } else { Scalar::U64 };
                    return Ok((vec![Ty::Scalar(bits)], receiver));
                }
                let arguments = given.map_or(0, |given| given.saturating_sub(1));
                let Some((mut parameters, result)) = self.method_type(&receiver, name, &[], arguments)?
                else {
                    let message = format!("devices have no function `{}::{name}`", self.show(&receiver));
                    return Err(self.error(line, message));
                };
                parameters.insert(0, receiver);
                (parameters, result)
            }
            Callee::VecNew => (Vec::new(), Ty::Vec(Box::new(self.fresh()))),
            Callee::VecWithCapacity => (vec![super::expr::USIZE], Ty::Vec(Box::new(self.fresh()))),
            Callee::Default(ty) => {
                let ty = ty.clone().unwrap_or_else(|| self.fresh());
                (Vec::new(), ty)
            }
            Callee::Min | Callee::Max | Callee::Replace => {
                let ty = self.fresh();
                (vec![ty.clone(), ty.clone()], ty)
            }
            Callee::Swap => {
                let ty = self.fresh();
                (vec![ty.clone(), ty], Ty::Unit)
            }
            Callee::Take => {
                let ty = self.fresh();
                (vec![ty.clone()], ty)
            }
            Callee::Drop => (vec![self.fresh()], Ty::Unit),
        })
    }
}
