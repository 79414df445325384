//! Names that somebody has lately had, so that one on its way back is told from one that belongs to somebody else alone.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Names that are remembered beyond one for each that is there at present.
const REMEMBERED: usize = 1024;

/// The names that were given up last. One that is taken again stays among them, so that who has looked for it just before finds it
/// here; therefore there is room for as many as there are names, and [`REMEMBERED`] more.
#[derive(Debug)]
pub(crate) struct Lately<N> {
    /// When each was given up.
    moments: HashMap<N, u64>,
    /// The same, oldest first.
    names: BTreeMap<u64, N>,
    next: u64,
}

impl<N> Default for Lately<N> {
    fn default() -> Self {
        Self { moments: HashMap::new(), names: BTreeMap::new(), next: 0 }
    }
}

impl<N: Eq + Hash + Clone> Lately<N> {
    /// Remembers a name that is being given up, where `present` names are there. To be called before it is taken away, so that whoever does not
    /// find it any longer finds it here.
    pub(crate) fn remember(&mut self, name: N, present: usize) {
        self.forget(&name);
        self.moments.insert(name.clone(), self.next);
        self.names.insert(self.next, name);
        self.next += 1;
        while self.names.len() > present.saturating_add(REMEMBERED) {
            let oldest = self.names.pop_first();
            oldest.and_then(|(_, name)| self.moments.remove(&name));
        }
    }

    /// Forgets a name, because it is not expected back.
    pub(crate) fn forget(&mut self, name: &N) {
        let moment = self.moments.remove(name);
        moment.and_then(|moment| self.names.remove(&moment));
    }

    /// Whether the name is among those.
    pub(crate) fn has(&self, name: &N) -> bool {
        self.moments.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_name_gives_way_and_one_given_up_again_is_the_newest() {
        let mut lately = Lately::default();
        (0..REMEMBERED).for_each(|name| lately.remember(name, 0));
        lately.remember(0, 0);
        lately.remember(REMEMBERED, 0);
        assert!(lately.has(&0) && !lately.has(&1) && lately.has(&2) && lately.has(&REMEMBERED));
        (0..5).for_each(|name| lately.remember(2 * REMEMBERED + name, 5));
        assert!(lately.has(&2), "there is room for those that are present");
        lately.forget(&2);
        assert!(!lately.has(&2));
        assert_eq!((lately.moments.len(), lately.names.len()), (REMEMBERED + 4, REMEMBERED + 4));
    }
}
