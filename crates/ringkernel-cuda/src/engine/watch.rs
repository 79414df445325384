//! Since when workers of the grid have had a message in hand, as far as the host can see.

use std::collections::BTreeMap;

/// What was seen of the workers.
#[derive(Default)]
pub(crate) struct Watch {
    /// By worker: what it shows, and since when.
    seen: Vec<((Option<u32>, u32), u64)>,
}

impl Watch {
    /// Takes a look at what each worker shows: the actors that have had one and the same message in hand since the look before, and
    /// since when, in nanoseconds.
    pub(crate) fn look(
        &mut self,
        shown: impl Iterator<Item = (Option<u32>, u32)>,
        now_ns: u64,
    ) -> BTreeMap<u32, u64> {
        let mut in_hand = BTreeMap::new();
        for (worker, shows) in shown.enumerate() {
            match self.seen.get_mut(worker) {
                None => self.seen.push((shows, now_ns)),
                Some((before, since_ns)) if *before == shows => {
                    if let (Some(actor), _) = shows {
                        let since_ns = *since_ns;
                        in_hand
                            .entry(actor)
                            .and_modify(|known: &mut u64| *known = since_ns.min(*known))
                            .or_insert(since_ns);
                    }
                }
                Some(seen) => *seen = (shows, now_ns),
            }
        }
        in_hand
    }
}

#[cfg(test)]
mod tests {
    use super::Watch;

    #[test]
    fn a_message_is_in_hand_from_the_look_at_which_it_was_first_seen() {
        let mut watch = Watch::default();
        let looks = [
            (vec![(Some(3), 7), (None, 2)], 10, vec![]),
            (vec![(Some(3), 7), (None, 2)], 20, vec![(3, 10)]),
            (vec![(Some(3), 8), (Some(3), 3)], 30, vec![]),
            (vec![(Some(3), 8), (Some(4), 3)], 40, vec![(3, 30)]),
            (vec![(None, 9), (Some(4), 3)], 50, vec![(4, 40)]),
        ];
        for (shown, now_ns, expected) in looks {
            let in_hand: Vec<_> = watch.look(shown.into_iter(), now_ns).into_iter().collect();
            assert_eq!(in_hand, expected, "at {now_ns}");
        }
    }
}
