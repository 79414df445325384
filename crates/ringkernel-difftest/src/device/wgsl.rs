//! Runs programs as WGSL: one invocation for each input, many programs to a text.

use std::time::Duration;

use ringkernel_codegen::ir::Module;
use ringkernel_codegen::print::Unsupported;
use ringkernel_codegen::wgsl::{self, Capabilities, Dialect, Kernels, Options};
use ringkernel_wgpu::device::{
    Access, Adapters, ApiSet, Device, DeviceError, Layout, Patience, ProgramText, Span, StagingRing,
    StorageBuffer, Waited,
};

use super::rows::Rows;
use crate::compare::Target;
use crate::inputs::Inputs;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::session::{Machine, Ran, Refusal};

const RUNTIME: &str = include_str!("runtime.wgsl");
/// Programs in one text. Compilers of drivers take more than twice as long for twice as much.
const BATCH: usize = 8;
const PATIENCE: Patience = Patience::asleep(Duration::from_secs(120));

/// An adapter that runs WGSL.
#[derive(Debug)]
pub struct WgslMachine {
    device: Device,
    layout: Layout,
}

/// Why programs did not run as WGSL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WgslError {
    /// The language, or the adapter, lacks something.
    #[error("not printed: {0}")]
    Unsupported(#[from] Unsupported),
    /// The device refused the text or the work.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The work was not done in time.
    #[error("the device did not finish")]
    Unfinished,
}

/// The text of programs with the runtime around them.
///
/// # Errors
/// What WGSL lacks.
pub fn text(module: &Module, capabilities: Capabilities) -> Result<String, Unsupported> {
    let options = Options { capabilities, dialect: Dialect::Naga, kernels: Kernels::Scalar };
    let program = wgsl::print(module, &options)?;
    Ok(format!("{RUNTIME}\n{}", program.text))
}

impl Machine for WgslMachine {
    fn target(&self) -> Target {
        Target::Wgsl
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn run(&self, module: &Module, programs: &[Program], inputs: &[Inputs]) -> Result<Vec<Ran>, Refusal> {
        let ran = self.try_run(module, programs, inputs);
        ran.map(|outcomes| outcomes.into_iter().map(Ok).collect()).map_err(|error| match error {
            WgslError::Unsupported(error) => Refusal::Unsupported(error.to_string()),
            error => Refusal::Broken(error.to_string()),
        })
    }
}

impl WgslMachine {
    /// The first adapter of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub fn open() -> Result<Self, DeviceError> {
        let adapters = Adapters::find(ApiSet::Any)?;
        let device = Device::open(&adapters.usable()[0])?;
        let layout = Layout::new(&device, &[Access::ReadWrite, Access::ReadWrite, Access::Read], 0)?;
        Ok(Self { device, layout })
    }

    /// What the adapter has beyond the language's core.
    pub fn capabilities(&self) -> Capabilities {
        let capabilities = self.device.capabilities();
        Capabilities { int64: capabilities.int64, float64: capabilities.float64 }
    }

    fn try_run(
        &self,
        module: &Module,
        programs: &[Program],
        inputs: &[Inputs],
    ) -> Result<Vec<Vec<Outcome>>, WgslError> {
        let text = text(module, self.capabilities())?;
        let name = &programs[0].name;
        let pipeline =
            self.layout.compile(ProgramText { name, wgsl: &text, entry: "main", constants: &[] })?;
        // Word 0 is no place for a message.
        let (rows, end) = Rows::place(programs, inputs, 2);
        let mut words = vec![0xa5a5_a5a5; end];
        rows.iter().zip(inputs).for_each(|(rows, inputs)| rows.write(inputs, &mut words));
        let memory = StorageBuffer::new(&self.device, "memory", words.len() as u64 * 4)?;
        let sync = StorageBuffer::new(&self.device, "sync", 4)?;
        memory.write(0, bytemuck::cast_slice(&words))?;
        let jobs: Vec<u32> = rows.iter().enumerate().flat_map(|(handler, rows)| rows.job(handler)).collect();
        let table = StorageBuffer::new(&self.device, "jobs", jobs.len() as u64 * 4)?;
        table.write(0, bytemuck::cast_slice(&jobs))?;
        let bindings = self.layout.bind(&[&memory, &sync, &table])?;
        let mut recorder = self.device.record(name);
        let mut pass = recorder.pass();
        pass.set(&pipeline, &bindings);
        let longest = rows.iter().map(|rows| rows.count).max().unwrap_or(0);
        pass.dispatch([longest.div_ceil(64) as u32, rows.len() as u32, 1]);
        drop(pass);
        let ring = StagingRing::new(&self.device, 1);
        let whole = Span { buffer: &memory, offset: 0, bytes: memory.bytes() };
        let readback = recorder.read_back(&ring, &[whole])?;
        let submission = recorder.submit()?;
        if self.device.wait(&submission, PATIENCE)? != Waited::Done {
            return Err(WgslError::Unfinished);
        }
        let copied = readback.read(bytemuck::pod_collect_to_vec::<u8, u32>)?;
        let words = copied.ok_or(WgslError::Unfinished)?;
        let results = rows.iter().zip(programs).map(|(rows, program)| rows.read(program, module, &words));
        Ok(results.collect())
    }
}
