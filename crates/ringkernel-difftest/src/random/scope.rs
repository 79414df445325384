//! The variables of a program while it grows.

use ringkernel_codegen::ir::Scalar;

use crate::rng::Rng;

/// A program while it grows.
pub(super) struct Scope {
    pub(super) rng: Rng,
    pub(super) variables: Vec<Variable>,
    pub(super) helpers: Vec<Helper>,
    /// Loops around the place in hand: whether `break` and `continue` may stand here.
    pub(super) loops: usize,
    /// What the function gives.
    pub(super) results: Vec<Scalar>,
    names: usize,
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) ty: Scalar,
    pub(super) mutable: bool,
    /// Elements, if it is an array.
    pub(super) len: Option<usize>,
}

/// A function that can be called.
#[derive(Debug, Clone)]
pub(super) struct Helper {
    pub(super) name: String,
    pub(super) parameters: Vec<Scalar>,
    pub(super) result: Scalar,
}

impl Scope {
    pub(super) fn new(rng: Rng, results: Vec<Scalar>) -> Self {
        Self { rng, variables: Vec::new(), helpers: Vec::new(), loops: 0, results, names: 0 }
    }

    /// A name; now and then one that is taken, which the new variable then hides.
    pub(super) fn name(&mut self, ty: Scalar) -> String {
        let hidden: Vec<String> = self.of_type(ty).map(|variable| variable.name.clone()).collect();
        if !hidden.is_empty() && self.loops == 0 && self.rng.one_in(6) {
            return self.rng.pick(&hidden).clone();
        }
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Variables of a type that are visible, arrays left out.
    pub(super) fn of_type(&self, ty: Scalar) -> impl Iterator<Item = &Variable> {
        self.variables.iter().enumerate().filter_map(move |(at, variable)| {
            let hidden = self.variables[at + 1..].iter().any(|later| later.name == variable.name);
            (variable.ty == ty && variable.len.is_none() && !hidden).then_some(variable)
        })
    }

    /// Visible variables that can be set.
    pub(super) fn mutable(&self) -> Vec<Variable> {
        let visible =
            |at: usize, name: &str| !self.variables[at + 1..].iter().any(|later| later.name == name);
        self.variables
            .iter()
            .enumerate()
            .filter(|(at, variable)| variable.mutable && visible(*at, &variable.name))
            .map(|(_, variable)| variable.clone())
            .collect()
    }

    /// Arrays of a type. Their names are never taken again.
    pub(super) fn arrays(&self, ty: Scalar) -> Vec<Variable> {
        self.variables
            .iter()
            .filter(|variable| variable.len.is_some() && variable.ty == ty)
            .cloned()
            .collect()
    }
}
