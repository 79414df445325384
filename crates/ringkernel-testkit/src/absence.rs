//! What backends may lack, and how that shows: the one list.
//!
//! A backend that lacks something names it where it instantiates the suite. Nothing else may then be missing: the cases
//! check that what is named is refused, naming backend and feature, and that everything else works.

use ringkernel::prelude::*;

/// Something that a backend may lack, because the interface below it has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Barriers of a grid of several blocks. WebGPU promises no progress between workgroups.
    GridBarrier,
    /// Warp operations in a branch that other lanes do not take. WebGPU has barriers in uniform control flow alone, and
    /// where subgroups are smaller than a warp, warp operations need barriers.
    MeetingInBranch,
    /// Barriers of a name, which join lanes from different lines. In WebGPU a barrier is one line.
    NamedBarrier,
    /// Fences between blocks. WebGPU has none.
    DeviceFence,
    /// Fences towards the host. WebGPU shows nothing to the host while a dispatch runs.
    SystemFence,
    /// `f64`, which many devices do not have.
    Doubles,
    /// Atomic cells of 64 bits. WebGPU has those of 32.
    WideAtomics,
    /// Blocks of more than 256 lanes, which is what WebGPU promises.
    LargeBlocks,
    /// A chosen order of lanes. Devices order lanes themselves.
    LaneSchedule,
}

/// How a launch or a call shows that the backend lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The launch fails with `Unsupported`.
    AtLaunch,
    /// The message faults with `Divergence`, because it depends on the message which way a lane takes.
    AtMessage,
}

impl Absence {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::GridBarrier,
        Self::MeetingInBranch,
        Self::NamedBarrier,
        Self::DeviceFence,
        Self::SystemFence,
        Self::Doubles,
        Self::WideAtomics,
        Self::LargeBlocks,
        Self::LaneSchedule,
    ];

    /// A kernel that needs it, and options with which it does. It takes [`Numbers`](crate::kernels::lanes::Numbers) and
    /// answers with the number of the first check that failed, or 0.
    pub fn kernel(self) -> (&'static str, LaunchOptions) {
        let options = LaunchOptions::single_block(64);
        match self {
            Self::GridBarrier => ("testkit.lanes.meet", LaunchOptions::multi_block(2, 64)),
            Self::MeetingInBranch => ("testkit.lanes.branch", options),
            Self::NamedBarrier => ("testkit.lanes.named_barrier", options),
            Self::DeviceFence => ("testkit.lanes.fence.device", options),
            Self::SystemFence => ("testkit.lanes.fence.system", options),
            Self::Doubles => ("testkit.lanes.doubles", options),
            Self::WideAtomics => ("testkit.lanes.wide_atomics", options),
            Self::LargeBlocks => ("testkit.lanes.groups", LaunchOptions::single_block(1024)),
            Self::LaneSchedule => ("testkit.lanes.groups", options.with_lane_schedule(1)),
        }
    }

    /// A word that the refusal's text has for it.
    pub fn feature(self) -> &'static str {
        match self {
            Self::GridBarrier => "sync_grid",
            Self::MeetingInBranch => "branch",
            Self::NamedBarrier => "named barrier",
            Self::DeviceFence => "thread_fence",
            Self::SystemFence => "thread_fence_system",
            Self::Doubles => "f64",
            Self::WideAtomics => "atomic cells of",
            Self::LargeBlocks => "1024 lanes",
            Self::LaneSchedule => "lane_schedule",
        }
    }

    /// How it shows.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::MeetingInBranch => Refusal::AtMessage,
            _ => Refusal::AtLaunch,
        }
    }
}
