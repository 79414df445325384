//! Equality of structs, tuples, arrays and options, by functions that are made for their types.

use super::printer::Printer;
use super::types::Member;
use crate::ir::{BinaryOp, Type, TypeId};
use crate::print::Unsupported;

impl Printer<'_> {
    /// The name of the function that compares two values of this type.
    pub(super) fn equality(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_equal_{}", ty.0), |printer, name| printer.equality_function(ty, name))
    }

    fn equality_function(&mut self, ty: TypeId, name: &str) -> Result<String, Unsupported> {
        let value = self.value_type(ty)?;
        let head = format!("fn {name}(a: {value}, b: {value}) -> bool {{\n");
        if let Type::Array { element, len } = *self.ty(ty) {
            let equal = self.binary(BinaryOp::Equal, element, "a_all[i]".into(), "b_all[i]".into())?;
            return Ok(format!(
                "{head}    var a_all = a;\n    var b_all = b;\n    for (var i = 0u; i < {len}u; i++) {{\n        \
                 if !({equal}) {{\n            return false;\n        }}\n    }}\n    return true;\n}}\n"
            ));
        }
        let mut text = head;
        for (member, part) in self.members(ty) {
            let (a, b) = (format!("a.{member}"), format!("b.{member}"));
            let equal = match part {
                Member::Flag => format!("({a} == {b})"),
                Member::Part(part) => self.binary(BinaryOp::Equal, part, a, b)?,
            };
            text.push_str(&format!("    if !{equal} {{\n        return false;\n    }}\n"));
            // What is not there does not count.
            if matches!(self.ty(ty), Type::Option(_)) && member == "some" {
                text.push_str("    if !a.some {\n        return true;\n    }\n");
            }
        }
        text.push_str("    return true;\n}\n");
        Ok(text)
    }
}
