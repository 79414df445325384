//! Messages to lanes, and sizes that host and lanes agree on.

use ringkernel::prelude::*;

/// Numbers to work on.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Numbers {
    /// The numbers.
    pub values: Vec<u32>,
}

/// What is left of numbers.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Reduced {
    /// The sum by warps.
    pub sum: u64,
    /// The sum by a tree in the block's memory.
    pub tree: u64,
    /// The smallest number; the largest there is for none.
    pub min: u32,
    /// The largest number; 0 for none.
    pub max: u32,
}

/// Two square matrices, row by row.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Matrices {
    /// Rows and columns, a multiple of [`TILE`].
    pub size: u32,
    /// The left factor.
    pub left: Vec<f32>,
    /// The right factor.
    pub right: Vec<f32>,
}

/// A square matrix, row by row.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Its elements.
    pub values: Vec<f32>,
}

/// Asks for what the lanes have left in the state.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Tell;

/// Most numbers that the kernels of this file keep.
pub const MOST: usize = 4096;

/// Rows and columns of a tile.
pub const TILE: usize = 8;

/// Classes of a histogram.
pub const CLASSES: usize = 64;

/// Blocks of a grid.
pub const BLOCKS: usize = 64;
