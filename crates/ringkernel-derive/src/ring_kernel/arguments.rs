//! The keys of `#[ring_kernel(..)]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use ringkernel_codegen::source::check_pattern;
use syn::{LitStr, Path, Type};

use super::register::Kernel;
use super::signature::Mode;
use crate::errors::Errors;
use crate::keys::{self, Entry};

const KEYS: &[&str] = &["id", "block_size", "grid_size", "backends", "polled", "subscribes"];

/// Spelling in the attribute and variant of `Backend`.
const BACKENDS: &[(&str, &str)] = &[("cpu", "Cpu"), ("cuda", "Cuda"), ("wgpu", "Wgpu"), ("metal", "Metal")];

/// Most lanes that a block has on every device.
const MAX_BLOCK_SIZE: u64 = 1024;

/// What the attribute says.
pub(crate) struct Arguments {
    pub(crate) id: LitStr,
    pub(crate) block_size: Option<u32>,
    pub(crate) grid_size: Option<u32>,
    /// As written; empty where the kernel is not restricted.
    pub(crate) backends: Vec<Ident>,
    pub(crate) polled: Vec<Type>,
    /// Patterns of topics, each without what is around it.
    pub(crate) subscribes: Vec<LitStr>,
}

/// Reads the keys. `None` when there is no usable id, which has then been reported.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Arguments> {
    let entries = keys::parse(tokens, KEYS, "of `#[ring_kernel]`", errors);
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    let id = match find("id") {
        Some(entry) => errors.take(id(entry)),
        None => {
            let message = "the kernel needs an id to be launched by: write `#[ring_kernel(id = \"...\")]`";
            errors.add(syn::Error::new(Span::call_site(), message));
            None
        }
    };
    let mut size = |key: &str, most: u64| find(key).and_then(|entry| errors.take(size(entry, most)));
    let block_size = size("block_size", MAX_BLOCK_SIZE);
    let grid_size = size("grid_size", u64::from(u32::MAX));
    let backends = find("backends").and_then(|entry| errors.take(backends(entry))).unwrap_or_default();
    let polled = find("polled").and_then(|entry| errors.take(polled(entry))).unwrap_or_default();
    let subscribes = find("subscribes").and_then(|entry| errors.take(subscribes(entry))).unwrap_or_default();
    Some(Arguments { id: id?, block_size, grid_size, backends, polled, subscribes })
}

fn id(entry: &Entry) -> syn::Result<LitStr> {
    let value = entry.assigned("id = \"...\"")?;
    match keys::string(value) {
        Some(id) if id.value().trim().is_empty() => {
            Err(syn::Error::new_spanned(id, "the id of a kernel is not empty"))
        }
        Some(id) => Ok(id.clone()),
        None => Err(syn::Error::new_spanned(value, "the id of a kernel is a string: write `id = \"...\"`")),
    }
}

fn size(entry: &Entry, most: u64) -> syn::Result<u32> {
    let value = entry.assigned(&format!("{} = 1", entry.key))?;
    let number = keys::number(value, 1..=most, &format!("`{}`", entry.key))?;
    u32::try_from(number).map_err(|error| syn::Error::new_spanned(value, error))
}

fn backends(entry: &Entry) -> syn::Result<Vec<Ident>> {
    let named: Vec<Path> = entry.list("backends(cpu, cuda)")?;
    let mut errors = Errors::default();
    let mut backends: Vec<Ident> = Vec::new();
    for path in &named {
        match path.get_ident() {
            Some(name) if backends.contains(name) => {
                errors.push(name, format!("`{name}` is given twice; keep one"))
            }
            Some(name) if BACKENDS.iter().any(|(spelling, _)| name == spelling) => {
                backends.push(name.clone())
            }
            _ => {
                let known: Vec<&str> = BACKENDS.iter().map(|(spelling, _)| *spelling).collect();
                errors.push(path, format!("unknown backend; the backends are {}", keys::listed(&known)));
            }
        }
    }
    if named.is_empty() {
        errors
            .push(&entry.key, "this lets the kernel run nowhere: name a backend, or remove it to allow all");
    }
    errors.finish().map(|()| backends)
}

fn polled(entry: &Entry) -> syn::Result<Vec<Type>> {
    let types: Vec<Type> = entry.list("polled(Tick)")?;
    for (index, ty) in types.iter().enumerate() {
        if types[..index].contains(ty) {
            return Err(syn::Error::new_spanned(ty, "this type is given twice; keep one"));
        }
    }
    Ok(types)
}

fn subscribes(entry: &Entry) -> syn::Result<Vec<LitStr>> {
    let value = entry.assigned("subscribes = \"orders/*\"")?;
    let Some(text) = keys::string(value) else {
        let message = "topics are a string: write `subscribes = \"orders/*, alarms/#\"`";
        return Err(syn::Error::new_spanned(value, message));
    };
    let mut patterns: Vec<LitStr> = Vec::new();
    for pattern in text.value().split(',').map(str::trim) {
        if let Err(mistake) = check_pattern(pattern) {
            let message = match pattern {
                "" => mistake.to_string(),
                pattern => format!("`{pattern}`: {mistake}"),
            };
            return Err(syn::Error::new_spanned(text, message));
        }
        if patterns.iter().any(|other| other.value() == pattern) {
            return Err(syn::Error::new_spanned(text, format!("`{pattern}` is given twice; keep one")));
        }
        patterns.push(LitStr::new(pattern, text.span()));
    }
    Ok(patterns)
}

impl Arguments {
    /// How many lanes run the handlers.
    pub(crate) fn mode(&self) -> Mode {
        match (self.block_size, self.grid_size) {
            (None, None) => Mode::Scalar,
            _ => Mode::Cooperative,
        }
    }

    /// Whether there is a device that the kernel may run on. `async` handlers run on the CPU only.
    pub(crate) fn allow_devices(&self, kernel: &Kernel) -> bool {
        let named = self.backends.is_empty() || self.backends.iter().any(|backend| backend != "cpu");
        named && kernel.first_async().is_none()
    }

    /// The variants of `Backend` to register: those written, or the CPU alone for a kernel that only it can run.
    pub(crate) fn backend_variants(&self, kernel: &Kernel) -> Vec<Ident> {
        if self.backends.is_empty() && kernel.first_async().is_some() {
            return vec![Ident::new("Cpu", Span::mixed_site())];
        }
        let variant = |name: &Ident| {
            let (_, variant) = BACKENDS.iter().find(|(spelling, _)| name == spelling)?;
            Some(Ident::new(variant, Span::mixed_site()))
        };
        self.backends.iter().filter_map(variant).collect()
    }

    /// What the attribute says must be possible for these handlers.
    pub(crate) fn check_against(&self, kernel: &Kernel, errors: &mut Errors) {
        if kernel.first_async().is_some() {
            for backend in self.backends.iter().filter(|backend| *backend != "cpu") {
                errors.push(
                    backend,
                    "`async` handlers run on the CPU only: write `backends(cpu)`, or make the handlers plain functions",
                );
            }
        }
        for ty in &self.polled {
            if let Some(handler) = kernel.handlers.iter().find(|handler| handler.message == *ty) {
                let message = format!(
                    "`{}` takes this type, and a polled type goes to no handler: remove it here or remove the handler",
                    handler.name
                );
                errors.push(ty.to_token_stream(), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn mistakes(tokens: TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        parse(tokens, &mut errors);
        errors.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    #[test]
    fn every_key_is_read() {
        let mut errors = Errors::default();
        let tokens = quote!(
            id = "a",
            block_size = 128,
            grid_size = 2,
            backends(cpu, wgpu),
            polled(Tick, a::Tock),
            subscribes = "a/*, b"
        );
        let arguments = parse(tokens, &mut errors).expect("an id");
        errors.finish().expect("no mistake");
        assert_eq!(arguments.id.value(), "a");
        assert_eq!((arguments.block_size, arguments.grid_size), (Some(128), Some(2)));
        assert_eq!(arguments.backends, ["cpu", "wgpu"]);
        assert_eq!(arguments.polled.len(), 2);
        let patterns: Vec<String> = arguments.subscribes.iter().map(LitStr::value).collect();
        assert_eq!(patterns, ["a/*", "b"]);
    }

    #[test]
    fn mistakes_are_named() {
        let check = |tokens: TokenStream, expected: &[&str]| {
            assert_eq!(mistakes(tokens.clone()), expected, "{tokens}");
        };
        check(quote!(), &["the kernel needs an id to be launched by: write `#[ring_kernel(id = \"...\")]`"]);
        check(quote!(id = ""), &["the id of a kernel is not empty"]);
        check(quote!(id = 3), &["the id of a kernel is a string: write `id = \"...\"`"]);
        check(quote!(id), &["`id` needs a value: write `id = \"...\"`"]);
        check(quote!(id = "a", id = "b"), &["`id` is given twice; keep one"]);
        check(quote!(id = "a", block_size = 1025), &["`block_size` is at most 1024"]);
        check(quote!(id = "a", block_size = 0), &["`block_size` is at least 1"]);
        check(quote!(id = "a", grid_size = 0), &["`grid_size` is at least 1"]);
        check(
            quote!(id = "a", backends(cpu, vulkan, cpu)),
            &[
                "unknown backend; the backends are `cpu`, `cuda`, `wgpu` and `metal`",
                "`cpu` is given twice; keep one",
            ],
        );
        check(
            quote!(id = "a", backends()),
            &["this lets the kernel run nowhere: name a backend, or remove it to allow all"],
        );
        check(quote!(id = "a", backends = "cpu"), &["`backends` is a list: write `backends(cpu, cuda)`"]);
        check(quote!(id = "a", polled(A, A)), &["this type is given twice; keep one"]);
        check(
            quote!(id = "a", subscribes = 3),
            &["topics are a string: write `subscribes = \"orders/*, alarms/#\"`"],
        );
        check(
            quote!(id = "a", subscribes = "a,"),
            &["a topic has at least one level, and this text is empty"],
        );
        check(
            quote!(id = "a", subscribes = "a/#/b"),
            &["`a/#/b`: level 2 of the topic is `#`, which can only be the last; write `*` for one level"],
        );
        check(quote!(id = "a", subscribes = "a, a"), &["`a` is given twice; keep one"]);
    }
}
