//! What an actor needs of the programs: its kernel, mail if it can be reached, and lanes if it is cooperative.

use ringkernel_core::backend::driven::Actor;
use ringkernel_core::registry::KernelRegistration;
use ringkernel_core::runtime::LaunchOptions;

use crate::shader::Mail;

/// How the lanes of a cooperative actor lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lanes {
    block_size: u32,
    grid_size: u32,
    shared_memory: u32,
}

/// How a cooperative kernel is launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    pub(crate) kernel: usize,
    pub(crate) block_size: u32,
    pub(crate) grid_size: u32,
    pub(crate) shared_memory: u32,
}

/// What an actor needs of the programs.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    pub(super) kernel: &'static KernelRegistration,
    pub(super) mail: Mail,
    lanes: Option<Lanes>,
}

impl Need {
    /// That of this actor.
    pub(super) fn of(actor: &Actor) -> Self {
        let (kernel, options) = (actor.kernel, &actor.options);
        let lanes = kernel.is_cooperative().then(|| Lanes {
            block_size: options.block_size.or(kernel.block_size).unwrap_or(LaunchOptions::DEFAULT_BLOCK_SIZE),
            grid_size: options.grid_size.or(kernel.grid_size).unwrap_or(1),
            shared_memory: options.shared_memory as u32,
        });
        let mail = if options.enable_k2k { Mail::Between } else { Mail::Alone };
        Self { kernel, mail, lanes }
    }

    /// How it is launched when its kernel has this number; `None` for a scalar one.
    pub(super) fn shape(&self, kernel: usize) -> Option<Shape> {
        self.lanes.map(|Lanes { block_size, grid_size, shared_memory }| Shape {
            kernel,
            block_size,
            grid_size,
            shared_memory,
        })
    }
}

impl PartialEq for Need {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.kernel, other.kernel) && (self.mail, self.lanes) == (other.mail, other.lanes)
    }
}
