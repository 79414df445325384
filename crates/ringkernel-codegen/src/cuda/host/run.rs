//! Running a handler.

use std::ffi::c_void;

use super::build::HostProgram;
use super::services::{self, Services, aligned, bytes_of};

/// What a program is called with: the twin of `rk_host_call`.
#[repr(C)]
pub(super) struct Call {
    services: *mut c_void,
    word: extern "C" fn(*mut c_void, u32, u32) -> u64,
    words: extern "C" fn(*mut c_void, u32, u32, *mut [u64; 2]),
    open: Open,
    poll: extern "C" fn(*mut c_void, u32, u32, u32, u32) -> *mut u8,
    state: *mut u8,
    message: *mut u8,
    scratch: *mut u8,
    block_memory: *mut u8,
    shared: *mut u8,
    faults: *mut [u32; 4],
    scratch_bytes: u32,
    block_memory_bytes: u32,
    block_memory_stride: u32,
    shared_stride: u32,
    handler: u32,
    cooperative: u32,
    block_dim: u32,
    grid_dim: u32,
}

type Open = extern "C" fn(
    *mut c_void,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    *const [u64; 2],
    *const [u64; 2],
    *mut u32,
) -> *mut u8;

/// The lanes that run a handler, and the memory that they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Lanes of a block; 1 for scalar handlers.
    pub block_dim: u32,
    /// Blocks; 1 for scalar handlers.
    pub grid_dim: u32,
    /// Bytes of block memory.
    pub shared_memory: u32,
    /// Bytes of scratch memory.
    pub scratch: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { block_dim: 1, grid_dim: 1, shared_memory: 0, scratch: 4096 }
    }
}

/// A fault of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Number of the lane in the grid, those of block 0 first.
    pub lane: u32,
    /// `FaultKind::number`.
    pub kind: u32,
    /// The code of `ctx.fail`.
    pub code: u32,
    /// Number of the file.
    pub file: u32,
    /// Line, counted from 1.
    pub line: u32,
}

/// What a run has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRun {
    /// The state.
    pub state: Vec<u8>,
    /// Faults, by lane.
    pub faults: Vec<Fault>,
}

/// Why a handler did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no such handler.
    #[error("there is no handler {0}")]
    NoSuchHandler(u32),
    /// There are no lanes, or too many.
    #[error("{0} lanes of {1} blocks are not between 1 and 65,536 lanes")]
    Lanes(u32, u32),
    /// Lanes wait for each other for ever.
    #[error("lanes wait for each other for ever")]
    Hangs,
    /// There is no memory for the stacks of lanes.
    #[error("there is no memory for the stacks of the lanes")]
    NoMemory,
}

impl HostProgram {
    /// Runs a handler with this state and the payload of this message.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn run(
        &self,
        handler: u32,
        shape: Shape,
        state: &[u8],
        message: &[u8],
        services: &mut Services,
    ) -> Result<HostRun, RunError> {
        let entry = self.program.handlers.get(handler as usize).ok_or(RunError::NoSuchHandler(handler))?;
        let lanes = u64::from(shape.block_dim) * u64::from(shape.grid_dim);
        if !(1..=65_536).contains(&lanes) {
            return Err(RunError::Lanes(shape.block_dim, shape.grid_dim));
        }
        let needs = self.program.requirements;
        let block_bytes = (shape.shared_memory + needs.alignment_bytes).next_multiple_of(16);
        let shared_bytes = needs.shared_bytes.next_multiple_of(16);
        let zeros = |bytes: u32| vec![0u128; bytes as usize / 16 + 1];
        // One word more than is needed, so that all of them have an address.
        let (mut state_words, mut message_words) = (aligned(state), aligned(message));
        state_words.push(0);
        message_words.push(0);
        let mut scratch = zeros(shape.scratch);
        let mut block_memory = zeros(block_bytes * shape.grid_dim);
        let mut shared = zeros(shared_bytes * shape.grid_dim);
        let mut faults = vec![[0u32; 4]; lanes as usize];
        services.begin();
        let mut call = Call {
            services: std::ptr::from_mut(services).cast(),
            word: services::word,
            words: services::words,
            open: services::open,
            poll: services::poll,
            state: state_words.as_mut_ptr().cast(),
            message: message_words.as_mut_ptr().cast(),
            scratch: scratch.as_mut_ptr().cast(),
            block_memory: block_memory.as_mut_ptr().cast(),
            shared: shared.as_mut_ptr().cast(),
            faults: faults.as_mut_ptr(),
            scratch_bytes: shape.scratch,
            block_memory_bytes: shape.shared_memory,
            block_memory_stride: block_bytes,
            shared_stride: shared_bytes,
            handler,
            cooperative: u32::from(self.program.kernels[entry.kernel].cooperative),
            block_dim: shape.block_dim,
            grid_dim: shape.grid_dim,
        };
        // SAFETY: The program is built from a printed text, which stays inside of the memory that it is given: every
        // index is checked, and the sizes are those that the program asks for. The library is loaded as long as `self`.
        let outcome = unsafe { (self.entry)(&raw mut call) };
        match outcome {
            0 => {}
            1 => return Err(RunError::Hangs),
            _ => return Err(RunError::NoMemory),
        }
        services.finish();
        let faults = faults.iter().zip(0..).filter(|(fault, _)| fault[0] != 0);
        Ok(HostRun {
            state: bytes_of(&state_words, state.len()),
            faults: faults
                .map(|([kind, code, file, line], lane)| Fault {
                    lane,
                    kind: *kind,
                    code: *code,
                    file: *file,
                    line: *line,
                })
                .collect(),
        })
    }
}
