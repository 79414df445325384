//! Statements and whole programs.

use ringkernel_codegen::ir::Scalar;

use super::expression::VALUES;
use super::scope::{Helper, Scope, Variable};
use crate::program::{Domain, Parameter, Program, function_text};
use crate::rng::Rng;
use crate::types::{Ty, rust_name};

/// The program of a seed.
pub(super) fn program(seed: u64) -> Program {
    let mut rng = Rng::new(seed ^ 0x5eed_0000_0000);
    let types: Vec<Scalar> = (0..3).map(|_| *rng.pick(&VALUES)).collect();
    let results: Vec<Scalar> = (0..2).map(|_| *rng.pick(&VALUES)).chain([types[0]]).collect();
    let mut scope = Scope::new(rng, results.clone());
    let mut helpers = Vec::new();
    for number in 0..scope.rng.below(3) {
        let (helper, text) = helper(&mut scope, format!("helper_{seed}_{number}"));
        helpers.push((helper.name.clone(), text));
        scope.helpers.push(helper);
    }
    let parameters = parameters(&types);
    scope.variables = parameters
        .iter()
        .map(|parameter| {
            let Ty::Scalar(ty) = parameter.ty else { unreachable!("parameters are scalars") };
            Variable { name: parameter.name.to_owned(), ty, mutable: false, len: None }
        })
        .collect();
    let count = 4 + scope.rng.below(5);
    let mut body = scope.block(count, 0);
    body += &format!("{}\n", scope.results());
    let result = Ty::Tuple(results.into_iter().map(Ty::Scalar).collect());
    let program = Program::new(&format!("random_{seed}"), parameters, result, &body);
    helpers.into_iter().fold(program, |program, (name, text)| program.with_helper(&name, &text))
}

/// `a`, `b` and `c` of these types, and a small count `n`.
fn parameters(types: &[Scalar]) -> Vec<Parameter> {
    let domain = |ty: Scalar| if ty.is_float() { Domain::Quarters } else { Domain::Any };
    let mut parameters: Vec<Parameter> = ["a", "b", "c"]
        .into_iter()
        .zip(types)
        .map(|(name, ty)| Parameter { name, ty: Ty::Scalar(*ty), domain: domain(*ty) })
        .collect();
    parameters.push(Parameter { name: "n", ty: Ty::Scalar(Scalar::U32), domain: Domain::Below(7) });
    parameters
}

fn helper(scope: &mut Scope, name: String) -> (Helper, String) {
    let types: Vec<Scalar> = (0..2).map(|_| *scope.rng.pick(&VALUES)).collect();
    let result = *scope.rng.pick(&VALUES);
    let parameters: Vec<Parameter> =
        ["x", "y"].into_iter().zip(&types).map(|(name, ty)| Parameter::any(name, Ty::Scalar(*ty))).collect();
    scope.variables = ["x", "y"]
        .into_iter()
        .zip(&types)
        .map(|(name, ty)| Variable { name: name.to_owned(), ty: *ty, mutable: false, len: None })
        .collect();
    let outer = std::mem::replace(&mut scope.results, vec![result]);
    let body = scope.block(2, 1) + &scope.results();
    scope.results = outer;
    let text = function_text(&name, &parameters, rust_name(result), &body);
    (Helper { name, parameters: types, result }, text)
}

impl Scope {
    /// What the function gives, from the variables at hand.
    fn results(&mut self) -> String {
        let results = self.results.clone();
        let values: Vec<String> = results.iter().map(|ty| self.expression(*ty, 2)).collect();
        match &values[..] {
            [value] => value.clone(),
            _ => format!("({})", values.join(", ")),
        }
    }

    /// So many statements, whose variables stay visible. `nesting` blocks lie around them.
    fn block(&mut self, statements: usize, nesting: usize) -> String {
        (0..statements).map(|_| self.statement(nesting)).collect()
    }

    /// A block in braces, indented, whose variables end with it.
    fn inner(&mut self, nesting: usize) -> String {
        let visible = self.variables.len();
        let statements = 1 + self.rng.below(3);
        let text = self.block(statements, nesting + 1);
        self.variables.truncate(visible);
        let text: String = text.lines().map(|line| format!("    {line}\n")).collect();
        format!("{{\n{text}}}")
    }

    fn statement(&mut self, nesting: usize) -> String {
        let choice = if nesting >= 3 { self.rng.below(6) } else { self.rng.below(14) };
        match choice {
            0 | 1 => self.binding(),
            2..=4 => self.assignment(),
            5 => self.array(),
            6 | 7 => {
                let condition = self.expression(Scalar::Bool, 2);
                let accept = self.inner(nesting);
                if self.rng.one_in(2) {
                    format!("if {condition} {accept} else {}\n", self.inner(nesting))
                } else {
                    format!("if {condition} {accept}\n")
                }
            }
            8 => self.matched(nesting),
            9 | 10 => self.counted(nesting),
            11 => self.repeated(nesting),
            12 if self.loops > 0 => {
                let condition = self.expression(Scalar::Bool, 2);
                let way = *self.rng.pick(&["break", "continue"]);
                format!("if {condition} {{\n    {way};\n}}\n")
            }
            13 => {
                let condition = self.expression(Scalar::Bool, 3);
                format!("if {condition} && n > 3 {{\n    return {};\n}}\n", self.results()).replace(
                    "n > 3",
                    // A helper has no count.
                    if self.variables.iter().any(|variable| variable.name == "n") { "n > 3" } else { "true" },
                )
            }
            _ => self.binding(),
        }
    }

    fn binding(&mut self) -> String {
        let ty = *self.rng.pick(&VALUES);
        let value = self.stored(ty, 3);
        let name = self.name(ty);
        let mutable = !self.rng.one_in(3);
        self.variables.push(Variable { name: name.clone(), ty, mutable, len: None });
        format!("let {}{name}: {} = {value};\n", if mutable { "mut " } else { "" }, rust_name(ty))
    }

    /// An expression for a variable. Floats are whole and small there, so that no later sum or product is rounded.
    fn stored(&mut self, ty: Scalar, depth: usize) -> String {
        let value = self.expression(ty, depth);
        if ty.is_float() { format!("{value}.clamp(-100.0, 100.0).floor()") } else { value }
    }

    fn array(&mut self) -> String {
        let ty = *self.rng.pick(&VALUES);
        let len = 2 + self.rng.below(3);
        let values: Vec<String> = (0..len).map(|_| self.stored(ty, 1)).collect();
        let name = format!("list{}", self.rng.bits() % 100_000);
        self.variables.push(Variable { name: name.clone(), ty, mutable: true, len: Some(len) });
        format!("let mut {name} = [{}];\n", values.join(", "))
    }

    fn assignment(&mut self) -> String {
        let variables = self.mutable();
        if variables.is_empty() {
            return self.binding();
        }
        let variable = self.rng.pick(&variables).clone();
        let value = self.stored(variable.ty, 3);
        let place = match variable.len {
            Some(len) => format!("{}[{}]", variable.name, self.index(len, 1)),
            None => variable.name,
        };
        let op = match variable.ty {
            Scalar::Bool => *self.rng.pick(&["", "^", "&", "|"]),
            ty if ty.is_float() => "",
            _ => *self.rng.pick(&["", "", "^", "&", "|", "+", "-"]),
        };
        format!("{place} {op}= {value};\n")
    }

    fn matched(&mut self, nesting: usize) -> String {
        let ty = *self.rng.pick(&[Scalar::U8, Scalar::I16, Scalar::I32, Scalar::U64]);
        let value = self.expression(ty, 2);
        let guard = self.expression(Scalar::Bool, 1);
        let arms = [self.inner(nesting), self.inner(nesting), self.inner(nesting)];
        let text =
            format!("0..=9 => {}\n10 | 12 | 100.. if {guard} => {}\n_ => {}\n", arms[0], arms[1], arms[2]);
        let text: String = text.lines().map(|line| format!("    {line}\n")).collect();
        format!("match {value} {{\n{text}}}\n")
    }

    /// A loop over a range.
    fn counted(&mut self, nesting: usize) -> String {
        let ty = *self.rng.pick(&[Scalar::U8, Scalar::U32, Scalar::I32, Scalar::I64]);
        let name = rust_name(ty);
        let end = 2 + self.rng.below(4);
        let range = *self.rng.pick(&["0$T..E$T", "(0$T..=E$T).rev()", "(1$T..E$T).step_by(2)", "0$T..=E$T"]);
        let range = range.replace("$T", name).replace('E', &end.to_string());
        let visible = self.variables.len();
        let counter = format!("i{nesting}");
        self.variables.push(Variable { name: counter.clone(), ty, mutable: false, len: None });
        self.loops += 1;
        let body = self.inner(nesting);
        self.loops -= 1;
        self.variables.truncate(visible);
        format!("for {counter} in {range} {body}\n")
    }

    /// A loop over a condition, with a bound.
    fn repeated(&mut self, nesting: usize) -> String {
        let condition = self.expression(Scalar::Bool, 2);
        self.loops += 1;
        let body = self.inner(nesting);
        self.loops -= 1;
        let rounds = format!("rounds{}", self.rng.bits() % 100_000);
        let count = format!("{rounds} += 1;");
        if self.rng.one_in(2) {
            let body = body.replacen("{\n", &format!("{{\n    {count}\n"), 1);
            format!("let mut {rounds} = 0u32;\nwhile {rounds} < 4 && {condition} {body}\n")
        } else {
            let head =
                format!("{{\n    {count}\n    if {rounds} > 4 || {condition} {{\n        break;\n    }}\n");
            format!("let mut {rounds} = 0u32;\nloop {}\n", body.replacen("{\n", &head, 1))
        }
    }
}
