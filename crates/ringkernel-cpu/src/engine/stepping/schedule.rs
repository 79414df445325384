//! Which of the actors that can run is next.

/// The order in which a stepped runtime runs its actors.
///
/// Both kinds are deterministic: a test that does the same with the same schedule sees the same order of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Schedule {
    /// In the order in which they became able to run, one message each.
    #[default]
    InOrder,
    /// By random choice from this seed, anew for every message. Different seeds explore different interleavings.
    Seeded(u64),
}

/// The choices of a schedule, one after the other.
pub(super) enum Choices {
    First,
    /// State of a SplitMix64 generator.
    Random(u64),
}

impl Choices {
    pub(super) fn of(schedule: Schedule) -> Self {
        match schedule {
            Schedule::InOrder => Self::First,
            Schedule::Seeded(seed) => Self::Random(seed),
        }
    }

    /// One of `count` candidates, which are in the order in which they became able to run; `count` is not 0.
    pub(super) fn choose(&mut self, count: usize) -> usize {
        match self {
            Self::First => 0,
            Self::Random(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                ((mixed ^ (mixed >> 31)) % count as u64) as usize
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(schedule: Schedule) -> Vec<usize> {
        let mut choices = Choices::of(schedule);
        (1..50).map(|count| choices.choose(count)).collect()
    }

    #[test]
    fn a_seed_makes_the_same_choices_each_time_and_another_seed_others() {
        assert_eq!(choices(Schedule::Seeded(7)), choices(Schedule::Seeded(7)));
        assert_ne!(choices(Schedule::Seeded(7)), choices(Schedule::Seeded(8)));
        assert!(choices(Schedule::InOrder).iter().all(|choice| *choice == 0));
        assert!((1..50).zip(choices(Schedule::Seeded(9))).all(|(count, choice)| choice < count));
    }
}
