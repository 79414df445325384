//! All kernels of the suite in one program, and one actor of it.

use std::sync::OnceLock;

use ringkernel::registry::{StateLayout, catalog, registered_kernels};
use ringkernel::runtime::Backend;
use ringkernel_codegen::cuda::host::{BuildError, Fault, HostProgram, Services, Shape};
use ringkernel_codegen::cuda::{self, CompileError, Compiler, Options, Program};
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::link::link;
use ringkernel_core::message::RingMessage;
use ringkernel_testkit::gate;

/// The program of all kernels that devices can run.
pub(crate) struct Suite {
    pub(crate) ids: Vec<&'static str>,
    pub(crate) module: Module,
    pub(crate) program: Program,
    host: Option<HostProgram>,
}

pub(crate) fn suite() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    SUITE.get_or_init(|| {
        let catalog = catalog().expect("the suite registers nothing twice");
        let (mut ids, mut sources) = (Vec::new(), Vec::new());
        for id in registered_kernels() {
            let kernel = catalog.kernel(id).expect("it is registered");
            // Some are for the CPU alone, and say so.
            if let Ok(source) = kernel.on_device(Backend::Cuda) {
                ids.push(id);
                sources.push(source);
            }
        }
        let module = link(&sources).unwrap_or_else(|error| panic!("{error}"));
        let program = cuda::print(&module, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
        let host = match HostProgram::build(&program) {
            Ok(host) => Some(host),
            Err(missing @ BuildError::NoCompiler { .. }) => {
                gate::skip("g++", &missing);
                None
            }
            Err(error) => panic!("{error}"),
        };
        Suite { ids, module, program, host }
    })
}

#[test]
fn every_kernel_compiles_for_devices_without_a_warning() {
    let suite = suite();
    assert!(suite.ids.len() > 30, "{:?}", suite.ids);
    let compiler = match Compiler::find() {
        Ok(compiler) => compiler,
        Err(missing) => return gate::skip("nvrtc", &missing),
    };
    let runtime = include_str!("../../../ringkernel-codegen/tests/cuda/runtime.cuh");
    let entry =
        "extern \"C\" __global__ void entry(rk_lane* rk, rk_u32 handler) { rk_run_handler(rk, handler); }\n";
    for architecture in ["sm_80", "sm_90"] {
        match compiler.cubin(&(suite.program.source(runtime) + entry), architecture) {
            Ok(cubin) => assert_eq!(cubin.log, ""),
            Err(CompileError::Refused { log, .. }) => panic!("{log}"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A kernel with a state, on the lanes of a shape.
pub(crate) struct Actor {
    suite: &'static Suite,
    host: &'static HostProgram,
    kernel: usize,
    shape: Shape,
    state: Vec<u8>,
    pub(crate) services: Services,
}

impl Actor {
    /// `None` where there is no C++ compiler, which has been said.
    pub(crate) fn launch(id: &str, shape: Shape) -> Option<Self> {
        let suite = suite();
        let host = suite.host.as_ref()?;
        let kernel =
            suite.ids.iter().position(|known| *known == id).unwrap_or_else(|| panic!("devices run {id}"));
        let registration = catalog().and_then(|catalog| catalog.kernel(id)).expect("it is registered");
        let initial = (registration.state.initial)();
        let state = match registration.state.layout {
            StateLayout::Known { encode, .. } => encode(&*initial).expect("it is a state of the kernel"),
            _ => Vec::new(),
        };
        let mut services = Services::default();
        services.output_free_slots = 64;
        Some(Self { suite, host, kernel, shape, state, services })
    }

    /// The payload of the answer, if there is one; or the fault of the first lane that has one.
    pub(crate) fn call<M: RingMessage>(&mut self, message: &M) -> Result<Option<Vec<u8>>, Fault> {
        let messages = &self.suite.module.messages;
        let takes = |index: u32| messages[index as usize].type_id == M::TYPE_ID;
        let handlers = self.suite.program.handlers.iter();
        let handler = handlers
            .zip(0..)
            .find(|(handler, _)| handler.kernel == self.kernel && takes(handler.message.0))
            .map(|(_, number)| number)
            .expect("the kernel has a handler for the message");
        let payload = message.serialize();
        let run = self.host.run(handler, self.shape, &self.state, &payload, &mut self.services);
        let run = run.expect("no lane waits for ever");
        if let Some(fault) = run.faults.first() {
            return Err(*fault);
        }
        self.state = run.state;
        Ok(self.services.sent.iter().find(|sent| sent.op == 0).map(|sent| sent.payload.clone()))
    }
}
