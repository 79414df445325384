//! One kernel on the CPU backend and as printed text, with the same messages to both.

use std::fmt::Debug;
use std::time::Duration;

use ringkernel::prelude::*;
use ringkernel::runtime::FaultKind;
use ringkernel_codegen::cuda::host::Shape;

use super::suite::Actor;

const SHARED_MEMORY: u32 = 32 * 1024;

/// What became of a message.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome<Resp> {
    Answer(Resp),
    NoAnswer,
    /// The fault's kind, its code if the handler has chosen it, and its line.
    Fault(u32, u32, u32),
}

/// A kernel on both. It is gone after a fault.
pub(crate) struct Both {
    id: &'static str,
    pub(crate) actor: Actor,
    kernel: KernelHandle,
    runtime: RingKernel,
}

impl Both {
    /// `None` where there is no C++ compiler, which has been said.
    pub(crate) fn launch(id: &'static str, block_size: u32, grid_size: u32) -> Option<Self> {
        let (block_dim, grid_dim) = (block_size, grid_size);
        let actor = Actor::launch(
            id,
            Shape { block_dim, grid_dim, shared_memory: SHARED_MEMORY, scratch: 16 * 1024 },
        )?;
        let runtime =
            pollster::block_on(RingKernel::with_backend(Backend::Cpu)).expect("the CPU backend starts");
        let mut options = LaunchOptions::default().with_shared_memory(SHARED_MEMORY as usize);
        if block_size * grid_size > 1 {
            options = options.with_block_size(block_size).with_grid_size(grid_size);
        }
        let kernel = pollster::block_on(runtime.launch(id, options)).expect("it launches");
        Some(Self { id, actor, kernel, runtime })
    }

    /// Sends a message to both, and checks that the same becomes of it.
    pub(crate) fn agree<Req, Resp>(&mut self, request: &Req) -> Outcome<Resp>
    where
        Req: RingMessage + Clone + Debug,
        Resp: RingMessage + PartialEq + Debug,
    {
        let expected = match self.kernel.call_blocking::<Req, Resp>(request.clone(), Duration::from_secs(60))
        {
            Ok(answer) => Outcome::Answer(answer),
            Err(RingKernelError::NoReply { .. }) => Outcome::NoAnswer,
            Err(
                RingKernelError::HandlerFault { fault, .. } | RingKernelError::KernelFailed { fault, .. },
            ) => {
                let (kind, code) = number(fault.kind, fault.code);
                Outcome::Fault(kind, code, fault.line)
            }
            Err(error) => panic!("{} with {request:?}: {error}", self.id),
        };
        let given = match self.actor.call(request) {
            Ok(None) => Outcome::NoAnswer,
            Ok(Some(payload)) => {
                let answer = Resp::deserialize(&payload);
                Outcome::Answer(
                    answer.unwrap_or_else(|error| panic!("{} with {request:?}: {error}", self.id)),
                )
            }
            Err(fault) => Outcome::Fault(fault.kind, fault.code, fault.line),
        };
        assert_eq!(given, expected, "{} with {request:?}", self.id);
        given
    }

    pub(crate) fn end(self) {
        pollster::block_on(self.runtime.shutdown()).expect("it ends");
    }
}

/// The numbers of a fault in printed text.
fn number(kind: FaultKind, code: u32) -> (u32, u32) {
    match kind {
        FaultKind::Failed => (1, code),
        FaultKind::IndexOutOfBounds => (2, 0),
        FaultKind::DivisionByZero => (3, 0),
        FaultKind::ArithmeticOverflow => (4, 0),
        FaultKind::Panic => (5, 0),
        FaultKind::Divergence => (6, 0),
        FaultKind::SharedMemory => (7, 0),
        other => panic!("{other:?} is no fault of a handler that devices run"),
    }
}
