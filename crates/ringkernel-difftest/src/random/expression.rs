//! Expressions of a type.

use ringkernel_codegen::ir::Scalar;

use super::scope::Scope;
use crate::types::{INTEGERS, rust_name};

/// Types that values of random programs have.
pub(super) const VALUES: [Scalar; 11] = [
    Scalar::Bool,
    Scalar::I8,
    Scalar::I16,
    Scalar::I32,
    Scalar::I64,
    Scalar::U8,
    Scalar::U16,
    Scalar::U32,
    Scalar::U64,
    Scalar::F32,
    Scalar::F64,
];

impl Scope {
    /// An expression of this type, with operators inside of operators up to this depth.
    pub(super) fn expression(&mut self, ty: Scalar, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(6) {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match self.rng.below(12) {
            0 => {
                let condition = self.expression(Scalar::Bool, depth);
                format!(
                    "(if {condition} {{ {} }} else {{ {} }})",
                    self.expression(ty, depth),
                    self.expression(ty, depth)
                )
            }
            1 => self.matching(ty, depth),
            2 => {
                let name = format!("t{}", self.rng.below(1000));
                let value = self.expression(ty, depth);
                format!("{{ let {name} = {value}; {} }}", self.binary(ty, &name.clone(), depth))
            }
            3 => self.call(ty, depth),
            4 => self.element(ty, depth),
            _ => match ty {
                Scalar::Bool => self.boolean(depth),
                ty if ty.is_float() => self.float(ty, depth),
                ty => self.integer(ty, depth),
            },
        }
    }

    fn leaf(&mut self, ty: Scalar) -> String {
        let names: Vec<String> = self.of_type(ty).map(|variable| variable.name.clone()).collect();
        if names.is_empty() || self.rng.one_in(4) { self.literal(ty) } else { self.rng.pick(&names).clone() }
    }

    fn literal(&mut self, ty: Scalar) -> String {
        let name = rust_name(ty);
        let value = *self.rng.pick(&[0u32, 1, 2, 3, 5, 7, 10, 31, 64, 100, 127]);
        match ty {
            Scalar::Bool => value.is_multiple_of(2).to_string(),
            ty if ty.is_float() => {
                let sign = if self.rng.one_in(4) { "-" } else { "" };
                format!("({sign}{value}.{}{name})", self.rng.pick(&["0", "5", "25"]))
            }
            _ if self.rng.one_in(8) => format!("{name}::MAX"),
            _ if self.rng.one_in(8) => format!("{name}::MIN"),
            ty if ty.is_signed() && self.rng.one_in(3) => format!("(-{value}{name})"),
            _ => format!("{value}{name}"),
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        match self.rng.below(5) {
            0 => {
                let op = *self.rng.pick(&["&&", "||", "^", "&", "|", "==", "!="]);
                format!(
                    "({} {op} {})",
                    self.expression(Scalar::Bool, depth),
                    self.expression(Scalar::Bool, depth)
                )
            }
            1 => format!("!{}", self.expression(Scalar::Bool, depth)),
            _ => {
                let ty = *self.rng.pick(&VALUES[1..]);
                let op = *self.rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({} {op} {})", self.expression(ty, depth), self.expression(ty, depth))
            }
        }
    }

    /// Two values made into one, the left of which is given.
    fn binary(&mut self, ty: Scalar, left: &str, depth: usize) -> String {
        let right = self.expression(ty, depth);
        let op = match ty {
            Scalar::Bool => "!=",
            ty if ty.is_float() => "-",
            _ => "^",
        };
        format!("({left} {op} {right})")
    }

    fn float(&mut self, ty: Scalar, depth: usize) -> String {
        match self.rng.below(8) {
            0 => {
                let from = *self.rng.pick(&[Scalar::I8, Scalar::U8, Scalar::I16, Scalar::U16]);
                format!("({} as {})", self.expression(from, depth), rust_name(ty))
            }
            1 => {
                let method = *self.rng.pick(&["abs", "floor", "ceil", "trunc"]);
                format!("{}.{method}()", self.expression(ty, depth))
            }
            2 => format!("(-{})", self.expression(ty, depth)),
            3 => format!("({} * {})", self.leaf(ty), self.leaf(ty)),
            _ => {
                let op = *self.rng.pick(&["+", "-"]);
                format!("({} {op} {})", self.expression(ty, depth), self.expression(ty, depth))
            }
        }
    }

    fn integer(&mut self, ty: Scalar, depth: usize) -> String {
        let bits = ty.size() * 8;
        let left = self.expression(ty, depth);
        match self.rng.below(16) {
            0..=3 => {
                let method = *self.rng.pick(&[
                    "wrapping_add",
                    "wrapping_sub",
                    "wrapping_mul",
                    "saturating_add",
                    "saturating_sub",
                    "saturating_mul",
                    "min",
                    "max",
                ]);
                format!("{left}.{method}({})", self.expression(ty, depth))
            }
            4..=6 => {
                let op = *self.rng.pick(&["&", "|", "^"]);
                format!("({left} {op} {})", self.expression(ty, depth))
            }
            7 => {
                let op = *self.rng.pick(&["+", "-", "*", "/", "%"]);
                format!("({left} {op} {})", self.expression(ty, depth))
            }
            8 => {
                let op = *self.rng.pick(&["/", "%"]);
                format!("({left} {op} ({} | 1))", self.expression(ty, depth))
            }
            9 => {
                let op = *self.rng.pick(&["<<", ">>"]);
                format!("({left} {op} ({} & {}))", self.expression(Scalar::U32, depth), bits - 1)
            }
            10 => {
                let method = *self.rng.pick(&["wrapping_shl", "wrapping_shr", "rotate_left", "rotate_right"]);
                format!("{left}.{method}({})", self.expression(Scalar::U32, depth))
            }
            11 => format!("(!{left})"),
            12 => {
                let method = *self.rng.pick(&["checked_add", "checked_sub", "checked_mul", "checked_div"]);
                let (right, other) = (self.expression(ty, depth), self.expression(ty, depth));
                format!("{left}.{method}({right}).unwrap_or({other})")
            }
            13 => {
                let method = *self.rng.pick(&["overflowing_add", "overflowing_sub", "overflowing_mul"]);
                format!("{left}.{method}({}).0", self.expression(ty, depth))
            }
            _ => {
                let from = *self.rng.pick(&VALUES);
                format!("({} as {})", self.expression(from, depth), rust_name(ty))
            }
        }
    }

    fn matching(&mut self, ty: Scalar, depth: usize) -> String {
        let on = *self.rng.pick(&INTEGERS);
        let value = self.expression(on, depth);
        let guard = self.expression(Scalar::Bool, depth.min(1));
        let arms = [
            format!("0 => {}", self.expression(ty, depth)),
            format!("1 | 2 | 5 => {}", self.expression(ty, depth)),
            format!("7..=20 if {guard} => {}", self.expression(ty, depth)),
            format!("m @ 6..100 => {}", {
                let bound = if on == ty { "m".to_owned() } else { self.expression(ty, depth) };
                self.binary(ty, &bound, depth.min(1))
            }),
        ];
        let kept = 1 + self.rng.below(arms.len());
        format!("(match {value} {{ {}, _ => {} }})", arms[..kept].join(", "), self.expression(ty, depth))
    }

    fn call(&mut self, ty: Scalar, depth: usize) -> String {
        let fitting: Vec<_> = self.helpers.iter().filter(|helper| helper.result == ty).cloned().collect();
        if fitting.is_empty() {
            return self.expression(ty, depth);
        }
        let helper = self.rng.pick(&fitting).clone();
        let argument = |ty: &Scalar| if ty.is_float() { self.leaf(*ty) } else { self.expression(*ty, depth) };
        let arguments: Vec<String> = helper.parameters.iter().map(argument).collect();
        format!("{}({})", helper.name, arguments.join(", "))
    }

    fn element(&mut self, ty: Scalar, depth: usize) -> String {
        let arrays = self.arrays(ty);
        if arrays.is_empty() {
            let parts = [self.expression(ty, depth), self.expression(ty, depth)];
            return format!("({}, {}).{}", parts[0], parts[1], self.rng.below(2));
        }
        let array = self.rng.pick(&arrays).clone();
        format!("{}[{}]", array.name, self.index(array.len.unwrap_or(1), depth))
    }

    /// An index into an array of this length; now and then one that may lie outside.
    pub(super) fn index(&mut self, len: usize, depth: usize) -> String {
        let len = if self.rng.one_in(12) { len + 1 } else { len };
        format!("({} % {len}) as usize", self.expression(Scalar::U32, depth))
    }
}
