//! What was seen lately, by key, up to a number of keys.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// The newest `capacity` keys, each with its value.
pub(super) struct Window<K, V> {
    capacity: usize,
    order: VecDeque<K>,
    values: HashMap<K, V>,
}

impl<K: Clone + Eq + Hash, V> Window<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), values: HashMap::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key)
    }

    /// Adds a key that is not there; the oldest gives way.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.order.push_back(key.clone());
        self.values.insert(key, value);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_key_is_forgotten_first() {
        let mut window = Window::new(2);
        (1..=3).for_each(|key| window.insert(key, key * 10));
        assert_eq!([1, 2, 3].map(|key| window.get(&key).copied()), [None, Some(20), Some(30)]);
        let mut none = Window::new(0);
        none.insert(1, 1);
        assert_eq!(none.get(&1), None);
    }
}
