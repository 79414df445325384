//! How a kernel is launched.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{KernelId, RestartPolicy, Tenancy};
use crate::error::{Result, RingKernelError};

/// The state that a kernel starts, and restarts, with.
#[derive(Clone)]
pub struct InitialState {
    make: Arc<dyn Fn() -> Box<dyn Any + Send> + Send + Sync>,
    rust_type: TypeId,
    type_name: &'static str,
}

impl InitialState {
    /// Clones of `state`.
    pub fn new<S: Clone + Send + 'static>(state: S) -> Self {
        // The states of cooperative handlers are made of cells, which may be sent to but not shared with other threads.
        let state = Mutex::new(state);
        Self {
            make: Arc::new(move || Box::new(state.lock().unwrap_or_else(PoisonError::into_inner).clone())),
            rust_type: TypeId::of::<S>(),
            type_name: type_name::<S>(),
        }
    }

    /// A fresh state.
    pub fn make(&self) -> Box<dyn Any + Send> {
        (self.make)()
    }

    /// The state's Rust type.
    pub fn rust_type(&self) -> TypeId {
        self.rust_type
    }

    /// The name of the state's Rust type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Debug for InitialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name)
    }
}

/// Options of a launch. Checked by [`validate`](Self::validate), which every runtime calls.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LaunchOptions {
    /// The registered kernel to run; the instance's own id when `None`.
    pub handler: Option<KernelId>,
    /// Blocks that run a cooperative handler, at least 1. Default `None`: as the kernel says, else 1. A scalar handler
    /// runs on one lane, whatever this says.
    pub grid_size: Option<u32>,
    /// Lanes per block that run a cooperative handler, 1 to 1,024. Default `None`: as the kernel says, else 256. A scalar
    /// handler runs on one lane, whatever this says.
    pub block_size: Option<u32>,
    /// Bytes of memory that the lanes of a block share, up to 232,448. Default 16,384, which every backend has.
    pub shared_memory: usize,
    /// The order in which a backend runs the lanes of a cooperative handler, where it can choose (CPU). Default 0: in
    /// order of their numbers. Every other seed is another order, the same each time.
    pub lane_schedule: u64,
    /// Whether a thread that calls the kernel while it is idle may run the handler itself, once that handler has proved quick
    /// (a few microseconds). Default true. Switch it off for handlers that take locks which callers hold, that block, or that
    /// must not run inside the caller's async runtime: such a call returns only when the handler does.
    pub inline_calls: bool,
    /// Mailbox capacity in messages, a power of two. Default 1,024.
    pub input_queue_capacity: usize,
    /// Output queue capacity in messages, a power of two. Default 1,024.
    pub output_queue_capacity: usize,
    /// Largest encoded message in bytes, up to 1 GiB. Default 65,536.
    pub max_payload: usize,
    /// Whether the kernel is active at once. Default true.
    pub auto_activate: bool,
    /// Whether other kernels can reach it, and it them. Default false.
    pub enable_k2k: bool,
    /// What happens after a fault. Default [`RestartPolicy::Never`].
    pub restart: RestartPolicy,
    /// State to start with instead of the type's default.
    pub initial_state: Option<InitialState>,
    /// For whom the kernel runs. A [`TenantRuntime`](super::TenantRuntime) puts its own here, whatever was there. Default: nobody
    /// in particular.
    pub tenancy: Tenancy,
}

impl Default for LaunchOptions {
    fn default() -> Self {
        Self {
            handler: None,
            grid_size: None,
            block_size: None,
            shared_memory: 16_384,
            lane_schedule: 0,
            inline_calls: true,
            input_queue_capacity: 1024,
            output_queue_capacity: 1024,
            max_payload: 65_536,
            auto_activate: true,
            enable_k2k: false,
            restart: RestartPolicy::Never,
            initial_state: None,
            tenancy: Tenancy::default(),
        }
    }
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "dropping the result of a builder step is caught by its use"
)]
impl LaunchOptions {
    /// Most lanes of a block.
    pub const MAX_BLOCK_SIZE: u32 = 1024;
    /// Lanes per block of a cooperative kernel that leaves the number open.
    pub const DEFAULT_BLOCK_SIZE: u32 = 256;
    /// Largest value of `shared_memory` in bytes: what a block of the largest device has.
    pub const MAX_SHARED_MEMORY: usize = 232_448;
    /// Largest value of `max_payload` in bytes.
    pub const MAX_PAYLOAD_LIMIT: usize = 1 << 30;

    /// One block of `block_size` lanes.
    pub fn single_block(block_size: u32) -> Self {
        Self::default().with_block_size(block_size)
    }

    /// `grid_size` blocks of `block_size` lanes.
    pub fn multi_block(grid_size: u32, block_size: u32) -> Self {
        Self::single_block(block_size).with_grid_size(grid_size)
    }

    /// Runs the registered kernel `name` under the instance's own id, so that many instances share a handler.
    pub fn with_handler(mut self, name: impl Into<KernelId>) -> Self {
        self.handler = Some(name.into());
        self
    }

    /// Blocks of a cooperative kernel, in place of what the kernel says.
    pub fn with_grid_size(mut self, blocks: u32) -> Self {
        self.grid_size = Some(blocks);
        self
    }

    /// Lanes per block of a cooperative kernel, in place of what the kernel says.
    pub fn with_block_size(mut self, lanes: u32) -> Self {
        self.block_size = Some(lanes);
        self
    }

    /// Bytes of memory that the lanes of a block of a cooperative kernel share. A handler that asks for more by
    /// `ctx.shared_array` faults.
    pub fn with_shared_memory(mut self, bytes: usize) -> Self {
        self.shared_memory = bytes;
        self
    }

    /// Runs the lanes of a cooperative handler in the order that belongs to this seed; 0 is the order of their numbers.
    /// A handler whose result depends on the order gives the same result with the same seed, and the message of a
    /// fault names it. A backend whose hardware orders the lanes refuses a seed.
    pub fn with_lane_schedule(mut self, seed: u64) -> Self {
        self.lane_schedule = seed;
        self
    }

    /// Sets [`inline_calls`](Self::inline_calls).
    #[must_use]
    pub fn with_inline_calls(mut self, inline_calls: bool) -> Self {
        self.inline_calls = inline_calls;
        self
    }

    /// Capacity of mailbox and output queue, in messages.
    pub fn with_queue_capacity(self, messages: usize) -> Self {
        self.with_input_queue_capacity(messages).with_output_queue_capacity(messages)
    }

    /// Capacity of the mailbox, in messages: the total of its bands.
    pub fn with_input_queue_capacity(mut self, messages: usize) -> Self {
        self.input_queue_capacity = messages;
        self
    }

    /// Capacity of the output queue, in messages.
    pub fn with_output_queue_capacity(mut self, messages: usize) -> Self {
        self.output_queue_capacity = messages;
        self
    }

    /// Largest encoded message in bytes that the kernel takes.
    pub fn with_max_payload(mut self, bytes: usize) -> Self {
        self.max_payload = bytes;
        self
    }

    /// Launches without activating.
    pub fn without_auto_activate(mut self) -> Self {
        self.auto_activate = false;
        self
    }

    /// Makes the kernel reachable by other kernels, and them by it.
    pub fn with_k2k(mut self, enabled: bool) -> Self {
        self.enable_k2k = enabled;
        self
    }

    /// What happens after a fault.
    pub fn with_restart(mut self, policy: RestartPolicy) -> Self {
        self.restart = policy;
        self
    }

    /// Starts, and restarts, with clones of this state. Its type must be the kernel's state type.
    pub fn with_state<S: Clone + Send + 'static>(mut self, state: S) -> Self {
        self.initial_state = Some(InitialState::new(state));
        self
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`RingKernelError::InvalidConfig`] naming the option, the value and the values that are possible.
    pub fn validate(&self) -> Result<()> {
        check_capacity("input_queue_capacity", self.input_queue_capacity)?;
        check_capacity("output_queue_capacity", self.output_queue_capacity)?;
        if self.grid_size == Some(0) {
            return Err(RingKernelError::InvalidConfig(
                "grid_size is 0; a kernel has at least one block".into(),
            ));
        }
        if let Some(lanes) = self.block_size.filter(|lanes| !(1..=Self::MAX_BLOCK_SIZE).contains(lanes)) {
            return Err(RingKernelError::InvalidConfig(format!(
                "block_size is {lanes}; a block has 1 to {} lanes",
                Self::MAX_BLOCK_SIZE
            )));
        }
        if self.shared_memory > Self::MAX_SHARED_MEMORY {
            return Err(RingKernelError::InvalidConfig(format!(
                "shared_memory is {} bytes; a block has at most {}",
                self.shared_memory,
                Self::MAX_SHARED_MEMORY
            )));
        }
        if !(1..=Self::MAX_PAYLOAD_LIMIT).contains(&self.max_payload) {
            return Err(RingKernelError::InvalidConfig(format!(
                "max_payload is {} bytes; it must be between 1 and {}",
                self.max_payload,
                Self::MAX_PAYLOAD_LIMIT
            )));
        }
        match self.restart {
            RestartPolicy::Limited { max_restarts, .. } if max_restarts > MAX_RESTARTS => {
                Err(RingKernelError::InvalidConfig(format!(
                    "the restart policy allows {max_restarts} restarts within its window; at most {MAX_RESTARTS} are possible"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Largest capacity of a queue in messages. Its slots are allocated when it is first used, and take some hundred
/// bytes each; beyond this, the first message rather than the launch would find that there is no memory.
const MAX_QUEUE_CAPACITY: usize = 1 << 20;

/// Largest number of restarts within a window, all of which are remembered.
const MAX_RESTARTS: u32 = 4096;

fn check_capacity(option: &str, messages: usize) -> Result<()> {
    if messages.is_power_of_two() && messages <= MAX_QUEUE_CAPACITY {
        return Ok(());
    }
    let suggestion = messages.clamp(1, MAX_QUEUE_CAPACITY).next_power_of_two();
    Err(RingKernelError::InvalidConfig(format!(
        "{option} is {messages}; it must be a power of two between 1 and {MAX_QUEUE_CAPACITY}, for example {suggestion}"
    )))
}
