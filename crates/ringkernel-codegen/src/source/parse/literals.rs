//! Literals.

use syn::Lit;

use super::host;
use super::parser::Parser;
use crate::source::tree::{Expr, ExprKind, Literal, LiteralSuffix, UnaryOp};

impl Parser {
    /// A literal; in a pattern, where the sign belongs to it, behind a minus.
    pub(super) fn literal(&mut self, literal: &Lit) -> ExprKind {
        let read = match literal {
            Lit::Bool(value) => Literal::Bool(value.value),
            Lit::Byte(value) => Literal::Byte(value.value()),
            Lit::Float(value) => return self.number(literal, value.base10_digits(), value.suffix()),
            Lit::Int(value) => return self.number(literal, value.base10_digits(), value.suffix()),
            Lit::Str(value) => Literal::Text(value.value()),
            Lit::Char(_) => {
                self.refuse(literal, "a `char`", "write `b'a'`, a byte, or its code as a number");
                Literal::Bool(false)
            }
            Lit::ByteStr(_) | Lit::CStr(_) => {
                self.refuse(literal, "a text", "write an array of bytes, `[b'a', b'b']`");
                Literal::Bool(false)
            }
            other => {
                self.refuse(other, "this literal", "write a number or a boolean");
                Literal::Bool(false)
            }
        };
        ExprKind::Literal(read)
    }

    fn number(&mut self, literal: &Lit, digits: &str, suffix: &str) -> ExprKind {
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, digits),
        };
        let suffix: Option<LiteralSuffix> = (!suffix.is_empty()).then(|| suffix.to_owned());
        if let Some(name) = &suffix
            && !host::SCALARS[1..].contains(&name.as_str())
        {
            let instead = host::instead_of_type(name).unwrap_or("use a scalar type of 8 to 64 bits");
            self.refuse(literal, &format!("`{name}`"), instead);
        }
        let is_float = digits.contains(['.', 'e', 'E']) || matches!(suffix.as_deref(), Some("f32" | "f64"));
        let read = if is_float {
            Literal::Float(digits.to_owned(), suffix)
        } else {
            match digits.parse() {
                Ok(value) => Literal::Int(value, suffix),
                Err(_) if matches!(suffix.as_deref(), Some("u128" | "i128")) => Literal::Int(0, None),
                Err(_) => {
                    self.refuse(literal, "an integer of more than 64 bits", "use two numbers of 64 bits");
                    Literal::Int(0, None)
                }
            }
        };
        let line = super::place::line(literal.span());
        let number = Expr { line, kind: ExprKind::Literal(read) };
        if negative { ExprKind::Unary(UnaryOp::Negate, Box::new(number)) } else { number.kind }
    }
}
