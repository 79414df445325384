//! The functions that take part in linking, and what the names in each stand for.

use std::rc::Rc;

use ringkernel_abi::TypeLayout;
use ringkernel_abi::device::{Constant, DeviceFunction, Item, MessageLayout, Overflow};

use super::error::{LinkError, Result};
use super::kernel::TextFunction;
use crate::source::Function;

/// Index of a function in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SourceId(pub(super) usize);

/// A function with its names.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) tree: Rc<Function>,
    pub(super) file: String,
    pub(super) overflow: Overflow,
    /// Where a macro has recorded it; else its names are asked from the resolver.
    recorded: Option<DeviceFunction>,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Named {
    Type(TypeLayout),
    Message(&'static MessageLayout),
    Constant(TypeLayout, Vec<u8>),
    Size(u64),
    Function(SourceId),
    Text(&'static str),
    Unknown(String),
}

/// Finds what names in functions from text stand for.
pub(super) type Resolver<'a> = &'a dyn Fn(&str) -> Option<Item>;

/// All functions, each once.
pub(super) struct Sources<'a> {
    all: Vec<Source>,
    resolver: Resolver<'a>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(resolver: Resolver<'a>) -> Self {
        Self { all: Vec::new(), resolver }
    }

    pub(super) fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0]
    }

    /// The id of a function that a macro has recorded.
    pub(super) fn record(&mut self, function: &DeviceFunction) -> Result<SourceId> {
        let same = |source: &Source| {
            source.recorded.is_some_and(|known| {
                std::ptr::eq(known.code, function.code) && std::ptr::eq(known.bindings, function.bindings)
            })
        };
        if let Some(index) = self.all.iter().position(same) {
            return Ok(SourceId(index));
        }
        let tree = Function::decode(function.code).map_err(|error| LinkError {
            file: function.file.to_owned(),
            line: 0,
            message: format!(
                "the code of `{}` was recorded by another version of the macros ({error}); build everything again",
                function.name
            ),
        })?;
        self.all.push(Source {
            tree: Rc::new(tree),
            file: function.file.to_owned(),
            overflow: function.overflow,
            recorded: Some(*function),
        });
        Ok(SourceId(self.all.len() - 1))
    }

    /// The id of a function from text, which is new.
    pub(super) fn add(&mut self, function: &TextFunction) -> SourceId {
        self.all.push(Source {
            tree: Rc::new(function.tree.clone()),
            file: function.file.clone(),
            overflow: function.overflow,
            recorded: None,
        });
        SourceId(self.all.len() - 1)
    }

    /// What a path stands for where this function stands.
    pub(super) fn lookup(&mut self, from: SourceId, path: &str) -> Result<Option<Named>> {
        let Some(function) = self.get(from).recorded else {
            if let Some(id) = self.text_function(path) {
                return Ok(Some(Named::Function(id)));
            }
            let item = (self.resolver)(path);
            return item.map_or(Ok(None), |item| self.named(item));
        };
        for binding in function.bindings.iter().filter(|binding| binding.path == path) {
            let item = (binding.item)();
            if !matches!(item, Item::Methods(_)) {
                return self.named(item);
            }
        }
        Ok(None)
    }

    /// The method of a type, by the type's name in the source or in its layout.
    pub(super) fn method(&mut self, from: SourceId, ty: &str, method: &str) -> Result<Option<SourceId>> {
        let whole = format!("{ty}::{method}");
        let Some(function) = self.get(from).recorded else {
            return Ok(self.text_function(&whole));
        };
        // The type may stand under a name of its own where it is used: its layout tells.
        let is_type = |path: &str| {
            path.rsplit("::").next() == Some(ty)
                || function.bindings.iter().filter(|binding| binding.path == path).any(|binding| {
                    matches!((binding.item)(), Item::Type(TypeLayout::Struct(layout)) if layout.name == ty)
                        || matches!((binding.item)(), Item::Type(TypeLayout::Enum(layout)) if layout.name == ty)
                        || matches!((binding.item)(), Item::Message(message) if message.head.name == ty)
                })
        };
        for binding in function.bindings {
            match (binding.item)() {
                Item::Methods(methods) if is_type(binding.path) => {
                    if let Some(found) = methods.iter().find(|function| function.name == method) {
                        return self.record(found).map(Some);
                    }
                }
                Item::Function(found) if binding.path == whole => return self.record(found).map(Some),
                _ => {}
            }
        }
        Ok(None)
    }

    fn text_function(&self, name: &str) -> Option<SourceId> {
        let found = self.all.iter().position(|source| source.recorded.is_none() && source.tree.name == name);
        found.map(SourceId)
    }

    fn named(&mut self, item: Item) -> Result<Option<Named>> {
        Ok(Some(match item {
            Item::Type(layout) => Named::Type(layout),
            Item::Message(message) => Named::Message(message),
            Item::Constant(Constant { layout, write }) => {
                let mut bytes = vec![0; layout.size()];
                write(&mut bytes);
                Named::Constant(layout, bytes)
            }
            Item::Size(size) => Named::Size(size),
            Item::Function(function) => Named::Function(self.record(function)?),
            Item::Text(text) => Named::Text(text),
            Item::Unknown(name) => Named::Unknown(name.to_owned()),
            Item::Methods(_) => return Ok(None),
        }))
    }
}
