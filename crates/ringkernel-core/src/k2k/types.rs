//! Which message types are for messages between kernels, as `#[message(k2k_routable = true, category = "..")]` says.

use std::collections::{BTreeMap, HashMap};

/// What a message type says about messages between kernels. Collected at link time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct K2KMessageRegistration {
    /// The number by which the type travels.
    pub type_id: u64,
    /// Its full name, `module::path::Name`.
    pub type_name: &'static str,
    /// Whether kernels may send it to each other.
    pub k2k_routable: bool,
    /// The group of types that it belongs to.
    pub category: Option<&'static str>,
}

inventory::collect!(K2KMessageRegistration);

/// The message types of this program that say something about messages between kernels.
///
/// It is information for those who route: the broker carries messages of every type.
#[derive(Debug, Clone, Default)]
pub struct K2KTypeRegistry {
    types: BTreeMap<u64, K2KMessageRegistration>,
    names: HashMap<&'static str, u64>,
    categories: BTreeMap<&'static str, Vec<u64>>,
}

impl K2KTypeRegistry {
    /// All that the program has registered.
    pub fn discover() -> Self {
        Self::of(inventory::iter::<K2KMessageRegistration>().copied())
    }

    fn of(registrations: impl IntoIterator<Item = K2KMessageRegistration>) -> Self {
        let mut registry = Self::default();
        registry
            .types
            .extend(registrations.into_iter().map(|registration| (registration.type_id, registration)));
        for (type_id, registration) in &registry.types {
            registry.names.insert(registration.type_name, *type_id);
            if let Some(category) = registration.category {
                registry.categories.entry(category).or_default().push(*type_id);
            }
        }
        registry
    }

    /// Whether kernels may send each other messages of this type; false for one that says nothing.
    pub fn is_routable(&self, type_id: u64) -> bool {
        self.get(type_id).is_some_and(|registration| registration.k2k_routable)
    }

    /// What the type of this number says.
    pub fn get(&self, type_id: u64) -> Option<&K2KMessageRegistration> {
        self.types.get(&type_id)
    }

    /// What the type of this name says: its full name, or its last part where no other type ends in that.
    pub fn get_by_name(&self, name: &str) -> Option<&K2KMessageRegistration> {
        if let Some(type_id) = self.names.get(name) {
            return self.get(*type_id);
        }
        let last_part = |full: &str| full.rsplit("::").next() == Some(name);
        let mut found = self.iter().filter(|registration| last_part(registration.type_name));
        found.next().filter(|_| found.next().is_none())
    }

    /// The types of a category, in ascending order; none for a name that no type has given.
    pub fn get_category(&self, category: &str) -> &[u64] {
        self.categories.get(category).map_or(&[], Vec::as_slice)
    }

    /// The categories, in alphabetical order.
    pub fn categories(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.categories.keys().copied()
    }

    /// All types, in ascending order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &K2KMessageRegistration> {
        self.types.values()
    }

    /// The types that kernels may send each other, in ascending order.
    pub fn routable_types(&self) -> Vec<u64> {
        self.iter()
            .filter(|registration| registration.k2k_routable)
            .map(|registration| registration.type_id)
            .collect()
    }

    /// How many types there are.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether no type says anything about messages between kernels.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(
        type_id: u64,
        type_name: &'static str,
        category: Option<&'static str>,
    ) -> K2KMessageRegistration {
        K2KMessageRegistration { type_id, type_name, k2k_routable: type_id > 1, category }
    }

    #[test]
    fn a_type_is_found_by_number_name_and_category() {
        let registry = K2KTypeRegistry::of([
            registration(3, "shop::Order", Some("orders")),
            registration(1, "shop::Cancel", Some("orders")),
            registration(2, "shop::Ping", None),
            registration(4, "other::Ping", Some("health")),
        ]);
        assert_eq!((registry.len(), registry.is_empty()), (4, false));
        assert_eq!(registry.get(3).map(|found| found.type_name), Some("shop::Order"));
        assert_eq!(registry.get_by_name("shop::Order"), registry.get(3));
        assert_eq!(registry.get_by_name("Order"), registry.get(3));
        assert_eq!(registry.get_by_name("Ping"), None, "two types end in that");
        assert_eq!(registry.get_by_name("other::Ping"), registry.get(4));
        assert_eq!(registry.get_category("orders"), [1, 3]);
        assert!(registry.get_category("nothing").is_empty());
        assert_eq!(registry.categories().collect::<Vec<_>>(), ["health", "orders"]);
        assert_eq!(registry.routable_types(), [2, 3, 4]);
        assert!(!registry.is_routable(1) && registry.is_routable(2) && !registry.is_routable(9));
        assert_eq!(registry.iter().count(), 4);
    }
}
