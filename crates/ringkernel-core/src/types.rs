//! Positions and extents of a kernel's threads, with CUDA's meaning of the words.

use std::fmt;

/// Extent of a block or a grid along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dim3 {
    /// Extent along x.
    pub x: u32,
    /// Extent along y.
    pub y: u32,
    /// Extent along z.
    pub z: u32,
}

impl Dim3 {
    /// An extent along three axes.
    pub const fn new(x: u32, y: u32, z: u32) -> Self {
        Self { x, y, z }
    }

    /// `size` along x, 1 along the others.
    pub const fn linear(size: u32) -> Self {
        Self::new(size, 1, 1)
    }

    /// The same as [`linear`](Self::linear).
    pub const fn new_1d(x: u32) -> Self {
        Self::new(x, 1, 1)
    }

    /// `x` by `y`, 1 along z.
    pub const fn new_2d(x: u32, y: u32) -> Self {
        Self::new(x, y, 1)
    }

    /// The same as [`new`](Self::new).
    pub const fn new_3d(x: u32, y: u32, z: u32) -> Self {
        Self::new(x, y, z)
    }

    /// Number of positions: the product of the extents, `u64::MAX` when that is larger.
    pub const fn total(&self) -> u64 {
        (self.x as u64 * self.y as u64).saturating_mul(self.z as u64)
    }
}

impl Default for Dim3 {
    /// One position: 1 along each axis.
    fn default() -> Self {
        Self::new(1, 1, 1)
    }
}

impl fmt::Display for Dim3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.x, self.y, self.z)
    }
}

macro_rules! position {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name {
            /// Index along x.
            pub x: u32,
            /// Index along y.
            pub y: u32,
            /// Index along z.
            pub z: u32,
        }

        impl $name {
            /// A position on a line.
            pub const fn new_1d(x: u32) -> Self {
                Self::new_3d(x, 0, 0)
            }

            /// A position in a plane.
            pub const fn new_2d(x: u32, y: u32) -> Self {
                Self::new_3d(x, y, 0)
            }

            /// A position in space.
            pub const fn new_3d(x: u32, y: u32, z: u32) -> Self {
                Self { x, y, z }
            }

            /// The position as one number, x running fastest, in an extent of `dim_x` by `dim_y`. Saturates
            /// at `u64::MAX`, which no position inside an extent reaches that has fewer than 2^64 positions.
            pub const fn linear_for_dim(&self, dim_x: u32, dim_y: u32) -> u64 {
                let plane = dim_x as u64 * dim_y as u64;
                let row = dim_x as u64 * self.y as u64;
                plane.saturating_mul(self.z as u64).saturating_add(row).saturating_add(self.x as u64)
            }
        }
    };
}

position! {
    /// Position of a thread in its block.
    ThreadId
}

position! {
    /// Position of a block in its grid.
    BlockId
}

position! {
    /// Position of a thread in the whole grid.
    GlobalThreadId
}

impl ThreadId {
    /// The position in a one-dimensional block: x.
    pub const fn linear(&self) -> u32 {
        self.x
    }
}

impl GlobalThreadId {
    /// A position in space, as `new_3d`.
    pub const fn new(x: u32, y: u32, z: u32) -> Self {
        Self::new_3d(x, y, z)
    }

    /// The position of `thread` of `block` where every block has the extent `block_dim`. Like the 32-bit
    /// arithmetic of a device, this wraps when a grid is longer than 2^32 threads along an axis.
    pub const fn from_block_thread(block: BlockId, thread: ThreadId, block_dim: Dim3) -> Self {
        Self {
            x: block.x.wrapping_mul(block_dim.x).wrapping_add(thread.x),
            y: block.y.wrapping_mul(block_dim.y).wrapping_add(thread.y),
            z: block.z.wrapping_mul(block_dim.z).wrapping_add(thread.z),
        }
    }
}

/// Index of a warp in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WarpId(pub u32);

impl WarpId {
    /// Threads of a warp, on every backend.
    pub const WARP_SIZE: u32 = 32;

    /// The warp of the thread with this linear position in its block.
    pub const fn from_thread_linear(linear: u32) -> Self {
        Self(linear / Self::WARP_SIZE)
    }

    /// The lane, from 0 to 31, of the thread with this linear position in its block.
    pub const fn lane_id(linear: u32) -> u32 {
        linear % Self::WARP_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_is_one_position_unless_told_otherwise() {
        assert_eq!(Dim3::default(), Dim3::linear(1));
        assert_eq!((Dim3::new_1d(8), Dim3::new_2d(8, 2)), (Dim3::linear(8), Dim3::new_3d(8, 2, 1)));
        assert_eq!(Dim3::new(2, 3, 4).to_string(), "2x3x4");
    }

    #[test]
    fn the_number_of_positions_does_not_overflow() {
        let check = |dim: Dim3, total: u64| assert_eq!(dim.total(), total, "{dim}");
        check(Dim3::default(), 1);
        check(Dim3::new(2, 3, 4), 24);
        check(Dim3::new(5, 0, 7), 0);
        check(Dim3::new_2d(u32::MAX, u32::MAX), u64::from(u32::MAX).pow(2));
        check(Dim3::new(u32::MAX, u32::MAX, 2), u64::MAX);
    }

    #[test]
    fn linear_positions_number_an_extent_without_gaps() {
        let (dim, mut expected) = (Dim3::new(4, 3, 2), 0);
        for z in 0..dim.z {
            for y in 0..dim.y {
                for x in 0..dim.x {
                    assert_eq!(ThreadId::new_3d(x, y, z).linear_for_dim(dim.x, dim.y), expected);
                    expected += 1;
                }
            }
        }
        assert_eq!(expected, dim.total());
        let far = BlockId::new_3d(u32::MAX, u32::MAX, u32::MAX);
        assert_eq!(far.linear_for_dim(u32::MAX, u32::MAX), u64::MAX);
        assert_eq!((ThreadId::new_1d(9).linear(), BlockId::new_2d(1, 2).z), (9, 0));
    }

    #[test]
    fn a_global_position_counts_the_blocks_before() {
        let (block, thread) = (BlockId::new_3d(2, 1, 0), ThreadId::new_3d(5, 6, 7));
        let global = GlobalThreadId::from_block_thread(block, thread, Dim3::new(128, 8, 8));
        assert_eq!(global, GlobalThreadId::new(261, 14, 7));
    }

    #[test]
    fn a_warp_has_32_lanes() {
        assert_eq!((WarpId::from_thread_linear(31), WarpId::lane_id(31)), (WarpId(0), 31));
        assert_eq!((WarpId::from_thread_linear(64), WarpId::lane_id(64)), (WarpId(2), 0));
    }
}
