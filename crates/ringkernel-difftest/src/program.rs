//! A program of the tests: a few Rust functions as text, and what is known about them.

use ringkernel_codegen::ir::Scalar;

use crate::types::{Ty, rust_name};

/// A program. Its last function is where it starts; the others are called by it.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name, unique among all programs, and that of its last function.
    pub name: String,
    /// The type that it is about, in programs that are written once for each type.
    pub subject: Option<Scalar>,
    /// Its functions; each comes after those that it calls.
    pub functions: Vec<Function>,
    /// The parameters of the last function.
    pub parameters: Vec<Parameter>,
    /// Type of the last function's result.
    pub result: Ty,
    /// How near the floats in its result have to come.
    pub precision: Precision,
    /// Whether it computes with `usize`, which has 32 bits on WGSL and never wraps on a device.
    pub sizes: bool,
}

/// A function as text.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name, unique among the functions of all programs.
    pub name: String,
    /// Its text. Lines are counted from 1.
    pub text: String,
}

/// A parameter of a program.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Which values it gets.
    pub domain: Domain,
}

/// Which values a parameter gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Edges of its type, and random ones.
    Any,
    /// Distances of shifts: around the width of this many bits, and some far beyond.
    Distance(u32),
    /// Integers from 0 up to here, this one excluded.
    Below(u64),
    /// Quarters up to 100: sums and products of a few of them are exact, in whichever order a driver computes them.
    Quarters,
    /// Any float but subnormal ones.
    Normal,
    /// Floats whose exponents are small, so that few operations in a row stay far from infinity and subnormals.
    Moderate,
    /// Floats from minus this number to this number.
    Within(u32),
}

/// How near the floats of a result have to come to those of native Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// All bits, but those of NaN.
    Exact,
    /// As the table says for this operation: see [`crate::tolerances`].
    Of(&'static str),
}

impl Parameter {
    /// A parameter that gets any value of its type.
    pub fn any(name: &'static str, ty: Ty) -> Self {
        Self { name, ty, domain: Domain::Any }
    }
}

impl Program {
    /// A program of one function with this body, which may have several lines.
    pub fn new(name: &str, parameters: Vec<Parameter>, result: Ty, body: &str) -> Self {
        let text = function_text(name, &parameters, &result.rust(), body);
        Self {
            name: name.to_owned(),
            subject: None,
            functions: vec![Function { name: name.to_owned(), text }],
            parameters,
            result,
            precision: Precision::Exact,
            sizes: false,
        }
    }

    /// The same program with a function in front that it calls.
    pub fn with_helper(mut self, name: &str, text: &str) -> Self {
        let at = self.functions.len() - 1;
        self.functions.insert(at, Function { name: name.to_owned(), text: text.trim().to_owned() + "\n" });
        self
    }

    /// The same program, as one about this type.
    pub fn about(mut self, subject: Scalar) -> Self {
        self.subject = Some(subject);
        self.sizes |= subject == Scalar::Usize;
        self
    }

    /// The same program, with results that come only near.
    pub fn near(mut self, operation: &'static str) -> Self {
        self.precision = Precision::Of(operation);
        self
    }

    /// The same program, as one that computes with `usize`.
    pub fn with_sizes(mut self) -> Self {
        self.sizes = true;
        self
    }

    /// Whether it makes vectors, for which a run needs memory.
    pub fn makes_vectors(&self) -> bool {
        let text = self.text();
        ["vec![", "Vec::", "to_vec("].iter().any(|maker| text.contains(maker))
    }

    /// The text of all its functions.
    pub fn text(&self) -> String {
        self.functions.iter().map(|function| function.text.as_str()).collect()
    }
}

/// The text of a function.
pub fn function_text(name: &str, parameters: &[Parameter], result: &str, body: &str) -> String {
    let parameters: Vec<String> =
        parameters.iter().map(|parameter| format!("{}: {}", parameter.name, parameter.ty.rust())).collect();
    let body: String = body.trim_matches('\n').lines().map(|line| format!("    {line}\n")).collect();
    format!("fn {name}({}) -> {result} {{\n{body}}}\n", parameters.join(", "))
}

/// How a program about one type spells its parameters and results. `usize` never lies in memory: it comes as `u32` and
/// leaves as `u64`.
#[derive(Debug, Clone, Copy)]
pub struct Subject(pub Scalar);

impl Subject {
    /// The Rust name of the type.
    pub fn name(self) -> &'static str {
        rust_name(self.0)
    }

    /// A parameter of the type.
    pub fn parameter(self, name: &'static str, domain: Domain) -> Parameter {
        let scalar = if self.0 == Scalar::Usize { Scalar::U32 } else { self.0 };
        Parameter { name, ty: Ty::Scalar(scalar), domain }
    }

    /// The type as a result.
    pub fn result(self) -> Ty {
        Ty::Scalar(if self.0 == Scalar::Usize { Scalar::U64 } else { self.0 })
    }

    /// An expression of the type as a result.
    pub fn give(self, expression: &str) -> String {
        if self.0 == Scalar::Usize { format!("({expression}) as u64") } else { expression.to_owned() }
    }

    /// What stands at the start of a body: makes the parameters of these names the type.
    pub fn take(self, names: &[&str]) -> String {
        if self.0 != Scalar::Usize {
            return String::new();
        }
        names.iter().map(|name| format!("let {name} = {name} as usize;\n")).collect()
    }

    /// Numbers that leave room: those of `usize` have to fit into 32 bits after most operations.
    pub fn domain(self) -> Domain {
        if self.0 == Scalar::Usize { Domain::Below(1 << 16) } else { Domain::Any }
    }

    /// Numbers for programs that compute with several operations in a row. A target may change the order of sums, so that
    /// those of floats have to be exact.
    pub fn chained(self) -> Domain {
        if self.0.is_float() { Domain::Quarters } else { self.domain() }
    }

    /// Two parameters `a` and `b`.
    pub fn two(self) -> Vec<Parameter> {
        vec![self.parameter("a", self.domain()), self.parameter("b", self.domain())]
    }

    /// One parameter `a`.
    pub fn one(self) -> Vec<Parameter> {
        vec![self.parameter("a", self.domain())]
    }

    /// Bits of the type; those of `usize` that every target has.
    pub fn bits(self) -> u32 {
        if self.0 == Scalar::Usize { 32 } else { self.0.size() * 8 }
    }

    /// Whether it is `bool`.
    pub fn is_bool(self) -> bool {
        self.0 == Scalar::Bool
    }

    /// A small number as a literal of the type; for `bool`, whether it is odd.
    pub fn literal(self, value: u32) -> String {
        match self.0 {
            Scalar::Bool => (value % 2 == 1).to_string(),
            Scalar::F32 | Scalar::F64 => format!("{value}.0{}", self.name()),
            _ => format!("{value}{}", self.name()),
        }
    }

    /// Two values made into one without a fault.
    pub fn mix(self, left: &str, right: &str) -> String {
        match self.0 {
            Scalar::Bool => format!("({left} ^ {right})"),
            Scalar::F32 | Scalar::F64 => format!("({left} + {right})"),
            Scalar::Usize => format!("(({left}) % 1000 + ({right}))"),
            _ => format!("{left}.wrapping_add({right})"),
        }
    }
}
