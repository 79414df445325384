//! Types and paths.

use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{GenericArgument, PathArguments, QSelf};

use super::host;
use super::parser::Parser;
use super::place::line_of;
use crate::source::tree::{Path, Type, TypeKind};

/// Types whose generic arguments devices know.
const GENERIC: [&str; 8] =
    ["Option", "Result", "Vec", "Shared", "SharedCell", "SharedArray", "AtomicCell", "AtomicArray"];

/// Functions and values whose generic arguments belong to such a type, or to themselves.
const GENERIC_VALUES: [&str; 6] = ["Some", "None", "Ok", "Err", "BlockArray", "RingContext"];

impl Parser {
    pub(super) fn ty(&mut self, ty: &syn::Type) -> Type {
        let line = line_of(ty);
        let kind = match ty {
            syn::Type::Array(array) => {
                TypeKind::Array(Box::new(self.ty(&array.elem)), Box::new(self.expr(&array.len)))
            }
            syn::Type::Group(group) => return self.ty(&group.elem),
            syn::Type::Infer(_) => TypeKind::Infer,
            syn::Type::Never(_) => TypeKind::Never,
            syn::Type::Paren(paren) => return self.ty(&paren.elem),
            syn::Type::Path(path) => TypeKind::Path(self.path(path.qself.as_ref(), &path.path)),
            syn::Type::Reference(reference) => TypeKind::Reference {
                mutable: reference.mutability.is_some(),
                target: Box::new(self.ty(&reference.elem)),
            },
            syn::Type::Slice(slice) => TypeKind::Slice(Box::new(self.ty(&slice.elem))),
            syn::Type::Tuple(tuple) if tuple.elems.is_empty() => TypeKind::Unit,
            syn::Type::Tuple(tuple) => {
                TypeKind::Tuple(tuple.elems.iter().map(|part| self.ty(part)).collect())
            }
            other => {
                let (name, instead) = unknown_type(other);
                self.refuse(other, name, instead);
                TypeKind::Infer
            }
        };
        Type { line, kind }
    }

    /// A path as it is kept: see [`Path`]. Names that only a CPU knows are mistakes.
    pub(super) fn path(&mut self, qualified: Option<&QSelf>, path: &syn::Path) -> Path {
        if let Some(qualified) = qualified {
            let opening = qualified.lt_token;
            self.refuse(
                &quote!(#opening #path),
                &format!("a path through a trait, `<{} as ..>`,", qualified.ty.to_token_stream()),
                "write the type and the name, as in `Type::name`",
            );
            return Path { name: "_".to_owned(), arguments: Vec::new() };
        }
        let mut names: Vec<String> = Vec::new();
        let mut arguments = Vec::new();
        let mut unknown_generics = None;
        for segment in &path.segments {
            let name = segment.ident.unraw().to_string();
            match &self.self_type {
                Some((ty, _)) if name == "Self" && names.is_empty() => {
                    names.extend(ty.name.split("::").map(str::to_owned));
                    arguments.clone_from(&ty.arguments);
                }
                _ => names.push(name),
            }
            match &segment.arguments {
                PathArguments::None => {}
                PathArguments::AngleBracketed(list) => {
                    arguments = list.args.iter().filter_map(|argument| self.generic(argument)).collect();
                    if !arguments.is_empty() && !is_generic(&names) {
                        unknown_generics.get_or_insert((segment, names.join("::")));
                    }
                }
                PathArguments::Parenthesized(list) => {
                    self.refuse(list, "the type of a function", "name the function where it is called");
                }
            }
        }
        let mut name = canonical(&names);
        if path.leading_colon.is_some() && !name.starts_with("core::") && name.contains("::") {
            name.insert_str(0, "::");
        }
        if self.is_for_devices(path, &name)
            && let Some((segment, name)) = unknown_generics
        {
            self.refuse(
                segment,
                &format!("`{name}` with generic arguments"),
                "give the type a name, `type Name = ..`, or write one function for each type",
            );
        }
        if !self.written.iter().any(|(known, _)| *known == name) {
            let written = self.without_self(path);
            self.written.push((name.clone(), written));
        }
        Path { name, arguments }
    }

    /// The path with the type in the place of `Self`, so that it means the same outside of the `impl` block.
    fn without_self(&self, path: &syn::Path) -> syn::Path {
        match (&self.self_type, path.segments.first()) {
            (Some((_, ty)), Some(first)) if first.ident == "Self" => {
                let mut replaced = ty.clone();
                for segment in &mut replaced.segments {
                    segment.ident.set_span(first.ident.span().resolved_at(segment.ident.span()));
                }
                replaced.segments.extend(path.segments.iter().skip(1).cloned());
                replaced
            }
            _ => path.clone(),
        }
    }

    /// Refuses what only a CPU knows.
    fn is_for_devices(&mut self, path: &syn::Path, name: &str) -> bool {
        let segments: Vec<&str> = name.split("::").collect();
        let of_std = matches!(segments[0], "core" | "alloc");
        if of_std && host::is_known(name) {
            return true;
        }
        let alone = segments.iter().take(if of_std { segments.len() } else { 1 });
        let host_type = alone.rev().find_map(|segment| Some((segment, host::instead_of_type(segment)?)));
        let (name, instead) = match (host_type, segments[0]) {
            (Some((ty, instead)), _) => (format!("`{ty}`"), instead),
            (None, "tokio") => (format!("`{name}`"), host::LATER),
            (None, _) if of_std => {
                let name = name.replacen("core::", "std::", 1);
                let instead = host::instead_of_standard(segments[1]);
                (format!("`{name}` of the standard library"), instead)
            }
            _ => return true,
        };
        self.refuse(path, &name, instead);
        false
    }

    fn generic(&mut self, argument: &GenericArgument) -> Option<Type> {
        match argument {
            GenericArgument::Type(ty) => Some(self.ty(ty)),
            GenericArgument::Const(value) => {
                let kind = TypeKind::Const(Box::new(self.expr(value)));
                Some(Type { line: line_of(argument), kind })
            }
            GenericArgument::Lifetime(_) => None,
            other => {
                self.refuse(other, "a constraint among generic arguments", "name the type");
                None
            }
        }
    }

    /// The types between `::<` and `>` of a method.
    pub(super) fn generics(&mut self, list: Option<&syn::AngleBracketedGenericArguments>) -> Vec<Type> {
        let arguments = list.into_iter().flat_map(|list| &list.args);
        arguments.filter_map(|argument| self.generic(argument)).collect()
    }
}

/// Whether devices know what generic arguments behind these segments mean.
fn is_generic(names: &[String]) -> bool {
    let name = canonical(names);
    GENERIC.contains(&name.as_str()) || GENERIC_VALUES.contains(&name.as_str())
}

/// The one way in which a path is written down.
fn canonical(names: &[String]) -> String {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.len() > 1 && names[0] == "std" {
        names[0] = "core";
    }
    if let ["core", "option" | "result", rest @ ..] | ["alloc" | "core", "vec", rest @ ..] = &names[..] {
        names = rest.to_vec();
    }
    if let ["core", "primitive", rest @ ..] = &names[..] {
        names = rest.to_vec();
    }
    if let ["Option", variant @ ("Some" | "None")] | ["Result", variant @ ("Ok" | "Err")] = &names[..] {
        names = vec![variant];
    }
    if let ["ringkernel", .., ty] = &names[..]
        && (GENERIC[3..].contains(ty) || matches!(*ty, "BlockArray" | "RingContext"))
    {
        names = vec![ty];
    }
    names.join("::")
}

fn unknown_type(ty: &syn::Type) -> (&'static str, &'static str) {
    match ty {
        syn::Type::BareFn(_) => ("a function pointer", "name the function where it is called"),
        syn::Type::ImplTrait(_) => ("an `impl` type", "name the type, or write a loop where it is used"),
        syn::Type::Macro(_) => ("a macro in a type", "write the type out"),
        syn::Type::Ptr(_) => ("a raw pointer", "use an index into an array of the state or the message"),
        syn::Type::TraitObject(_) => ("a `dyn` type", "name the type, or match on a number that says which"),
        _ => ("this type", "name the type"),
    }
}
