//! Priorities: a number from 0 to 255 on the wire, four bands in a mailbox.

/// Priority levels as numbers.
pub mod priority {
    /// Batch processing; band 0 to 63.
    pub const LOW: u8 = 32;
    /// The default; band 64 to 128.
    pub const NORMAL: u8 = 128;
    /// Interactive; band 129 to 191.
    pub const HIGH: u8 = 160;
    /// System messages; band 192 to 255.
    pub const CRITICAL: u8 = 224;
}

/// Message priority levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Priority {
    /// Batch processing.
    Low = priority::LOW,
    /// The default.
    #[default]
    Normal = priority::NORMAL,
    /// Interactive.
    High = priority::HIGH,
    /// System messages.
    Critical = priority::CRITICAL,
}

/// The four queues of a mailbox. A waiting message of a higher band is taken first.
pub type Band = Priority;

impl Priority {
    /// How many bands there are.
    pub const COUNT: usize = 4;

    /// The bands, highest first.
    pub const HIGHEST_FIRST: [Self; Self::COUNT] = [Self::Critical, Self::High, Self::Normal, Self::Low];

    /// The band that a priority number falls into: 0-63 Low, 64-128 Normal, 129-191 High, 192-255 Critical.
    pub const fn from_u8(priority: u8) -> Self {
        match priority {
            0..=63 => Self::Low,
            64..=128 => Self::Normal,
            129..=191 => Self::High,
            192..=255 => Self::Critical,
        }
    }

    /// The level as a number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Position of the band, 0 for the lowest.
    pub const fn index(self) -> usize {
        match self {
            Self::Low => 0,
            Self::Normal => 1,
            Self::High => 2,
            Self::Critical => 3,
        }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> u8 {
        priority.as_u8()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_falls_into_the_band_of_its_name() {
        for level in Priority::HIGHEST_FIRST {
            assert_eq!(Priority::from_u8(level.as_u8()), level);
        }
    }

    #[test]
    fn bands_begin_and_end_where_documented() {
        let edges = [
            (0, 63, Priority::Low),
            (64, 128, Priority::Normal),
            (129, 191, Priority::High),
            (192, 255, Priority::Critical),
        ];
        for (first, last, band) in edges {
            assert_eq!(Priority::from_u8(first), band);
            assert_eq!(Priority::from_u8(last), band);
        }
    }
}
