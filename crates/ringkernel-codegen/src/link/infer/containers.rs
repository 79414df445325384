//! Signatures of the methods of `Option`, `Result` and ranges.

use super::Infer;
use super::expr::{BOOL, USIZE};
use super::methods::MethodType;
use crate::link::ty::Ty;

fn option(value: &Ty) -> Ty {
    Ty::Option(Box::new(value.clone()))
}

fn result(value: &Ty, error: &Ty) -> Ty {
    Ty::Result(Box::new(value.clone()), Box::new(error.clone()))
}

fn function(parameters: &[&Ty], result: &Ty) -> Ty {
    Ty::Closure(parameters.iter().map(|ty| (*ty).clone()).collect(), Box::new(result.clone()))
}

impl Infer<'_, '_, '_> {
    pub(super) fn option_method(&mut self, value: &Ty, name: &str) -> Option<MethodType> {
        let own = option(value);
        let other = self.fresh();
        let gives = |arguments: Vec<Ty>, ty: Ty| Some((arguments, ty));
        match name {
            "is_some" | "is_none" => gives(vec![], BOOL),
            "is_some_and" | "is_none_or" => gives(vec![function(&[value], &BOOL)], BOOL),
            "unwrap" | "unwrap_or_default" => gives(vec![], value.clone()),
            "expect" => gives(vec![Ty::Text], value.clone()),
            "unwrap_or" => gives(vec![value.clone()], value.clone()),
            "unwrap_or_else" => gives(vec![function(&[], value)], value.clone()),
            "map" => gives(vec![function(&[value], &other)], option(&other)),
            "map_or" => gives(vec![other.clone(), function(&[value], &other)], other),
            "map_or_else" => gives(vec![function(&[], &other), function(&[value], &other)], other),
            "and_then" => gives(vec![function(&[value], &option(&other))], option(&other)),
            "and" => gives(vec![option(&other)], option(&other)),
            "or" | "xor" => gives(vec![own.clone()], own),
            "or_else" => gives(vec![function(&[], &own)], own),
            "filter" => gives(vec![function(&[value], &BOOL)], own),
            "ok_or" => gives(vec![other.clone()], result(value, &other)),
            "ok_or_else" => gives(vec![function(&[], &other)], result(value, &other)),
            "copied" | "cloned" => gives(vec![], own),
            "take" => gives(vec![], own),
            "replace" => gives(vec![value.clone()], own),
            "flatten" => match self.vars.shallow(value) {
                Ty::Option(inner) => gives(vec![], Ty::Option(inner)),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn result_method(&mut self, value: &Ty, error: &Ty, name: &str) -> Option<MethodType> {
        let other = self.fresh();
        let gives = |arguments: Vec<Ty>, ty: Ty| Some((arguments, ty));
        match name {
            "is_ok" | "is_err" => gives(vec![], BOOL),
            "is_ok_and" => gives(vec![function(&[value], &BOOL)], BOOL),
            "is_err_and" => gives(vec![function(&[error], &BOOL)], BOOL),
            "ok" => gives(vec![], option(value)),
            "err" => gives(vec![], option(error)),
            "unwrap" | "unwrap_or_default" => gives(vec![], value.clone()),
            "unwrap_err" => gives(vec![], error.clone()),
            "expect" => gives(vec![Ty::Text], value.clone()),
            "expect_err" => gives(vec![Ty::Text], error.clone()),
            "unwrap_or" => gives(vec![value.clone()], value.clone()),
            "unwrap_or_else" => gives(vec![function(&[error], value)], value.clone()),
            "map" => gives(vec![function(&[value], &other)], result(&other, error)),
            "map_err" => gives(vec![function(&[error], &other)], result(value, &other)),
            "map_or" => gives(vec![other.clone(), function(&[value], &other)], other),
            "map_or_else" => gives(vec![function(&[error], &other), function(&[value], &other)], other),
            "and_then" => gives(vec![function(&[value], &result(&other, error))], result(&other, error)),
            "and" => gives(vec![result(&other, error)], result(&other, error)),
            "or" => gives(vec![result(value, &other)], result(value, &other)),
            "or_else" => gives(vec![function(&[error], &result(value, &other))], result(value, &other)),
            "copied" | "cloned" => gives(vec![], result(value, error)),
            _ => None,
        }
    }

    pub(super) fn bool_method(&mut self, name: &str) -> Option<MethodType> {
        let value = self.fresh();
        match name {
            "then" => Some((vec![function(&[], &value)], option(&value))),
            "then_some" => Some((vec![value.clone()], option(&value))),
            _ => None,
        }
    }

    pub(super) fn range_method(&mut self, bound: &Ty, name: &str) -> Option<MethodType> {
        match name {
            "rev" => Some((vec![], Ty::Range(Box::new(bound.clone())))),
            "step_by" => Some((vec![USIZE], Ty::Range(Box::new(bound.clone())))),
            "contains" => Some((vec![bound.clone()], BOOL)),
            _ => None,
        }
    }
}
