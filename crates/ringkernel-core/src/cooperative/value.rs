//! What the lanes of a warp can give each other: scalars of up to 64 bits.

/// A scalar that travels between lanes: integers of 8 to 64 bits, `f32`, `f64`, `bool`.
pub trait LaneValue: Copy {
    /// The value's bits, in the low end.
    fn to_bits64(self) -> u64;
    /// The value of these bits, which come from [`to_bits64`](Self::to_bits64).
    fn from_bits64(bits: u64) -> Self;
}

/// A scalar that lanes can reduce: all of [`LaneValue`] but `bool`.
pub trait LaneNumber: LaneValue {
    /// Sum; integers wrap.
    #[must_use]
    fn sum(self, other: Self) -> Self;
    /// The smaller one; a number rather than a NaN.
    #[must_use]
    fn smaller(self, other: Self) -> Self;
    /// The larger one; a number rather than a NaN.
    #[must_use]
    fn larger(self, other: Self) -> Self;
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl LaneValue for $type {
            fn to_bits64(self) -> u64 {
                self as u64
            }

            fn from_bits64(bits: u64) -> Self {
                // What is cut off are copies of the sign, or zeros.
                bits as Self
            }
        }

        impl LaneNumber for $type {
            fn sum(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            fn smaller(self, other: Self) -> Self {
                self.min(other)
            }

            fn larger(self, other: Self) -> Self {
                self.max(other)
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($type:ty as $bits:ty),*) => {$(
        impl LaneValue for $type {
            fn to_bits64(self) -> u64 {
                self.to_bits().into()
            }

            fn from_bits64(bits: u64) -> Self {
                Self::from_bits(bits as $bits)
            }
        }

        impl LaneNumber for $type {
            fn sum(self, other: Self) -> Self {
                self + other
            }

            fn smaller(self, other: Self) -> Self {
                self.min(other)
            }

            fn larger(self, other: Self) -> Self {
                self.max(other)
            }
        }
    )*};
}

floats!(f32 as u32, f64 as u64);

impl LaneValue for bool {
    fn to_bits64(self) -> u64 {
        self.into()
    }

    fn from_bits64(bits: u64) -> Self {
        bits != 0
    }
}
