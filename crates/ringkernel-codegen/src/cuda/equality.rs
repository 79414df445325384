//! Equality of structs, tuples, arrays and options: a function for each type.

use std::fmt::Write;

use super::printer::Printer;
use super::types::Member;
use crate::ir::TypeId;
use crate::print::Unsupported;

impl Printer<'_> {
    /// The name of the function that compares two values of this type.
    pub(super) fn equality(&mut self, ty: TypeId) -> Result<String, Unsupported> {
        self.generate(format!("rk_equal_t{}", ty.0), |printer, name| {
            let holder = printer.value_type(ty)?;
            let mut body = String::new();
            for (member, part) in printer.members(ty) {
                // Writing to a string does not fail.
                let _ = match part {
                    Member::Flag(_) => writeln!(body, "    if (a.{member} != b.{member}) {{\n        return false;\n    }}"),
                    Member::Part(part) => {
                        let differs = printer.differs(part, &format!("a.{member}"), &format!("b.{member}"))?;
                        writeln!(body, "    if ({differs}) {{\n        return false;\n    }}")
                    }
                    Member::Elements(element, len) => {
                        let differs = printer.differs(element, "a.e[index]", "b.e[index]")?;
                        let head = format!("for (rk_u32 index = 0u; index < {len}u; index += 1u)");
                        writeln!(body, "    {head} {{\n        if ({differs}) {{\n            return false;\n        }}\n    }}")
                    }
                };
            }
            Ok(format!("RK_FN bool {name}(const {holder}& a, const {holder}& b) {{\n{body}    return true;\n}}\n"))
        })
    }

    fn differs(&mut self, ty: TypeId, a: &str, b: &str) -> Result<String, Unsupported> {
        match self.scalar(ty) {
            Some(_) => Ok(format!("{a} != {b}")),
            None => Ok(format!("!{}({a}, {b})", self.equality(ty)?)),
        }
    }
}
