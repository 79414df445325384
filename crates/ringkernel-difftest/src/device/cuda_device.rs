//! Runs programs as CUDA C++ on a device: each as a grid of its own, with a lane for each input.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ringkernel_codegen::cuda::Compiler;
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::print::Unsupported;
use ringkernel_cuda::ahead::{Image, ProgramError, Programs, Target as Architecture};
use ringkernel_cuda::driver::{self, Context, DeviceBuffer, DeviceDescription, DriverError, Stream};

use super::entries::{self, DEVICE_BATCH, FIRST_ROW};
use super::rows::Rows;
use crate::compare::Target;
use crate::inputs::Inputs;
use crate::program::Program;
use crate::session::{Machine, Ran, Refusal};

/// Lanes of a block.
const LANES: u32 = 32;

/// How long one program may run. What takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A device of CUDA, and what was opened on it.
#[derive(Debug)]
pub struct CudaDevice {
    description: DeviceDescription,
    /// Programs run one after the other; they are compiled at the same time.
    opened: Mutex<Option<Opened>>,
}

#[derive(Debug)]
struct Opened {
    context: Context,
    stream: Stream,
    /// That of the programs in hand.
    module: Option<driver::Module>,
}

/// Why programs did not run on a device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The printer cannot express something.
    #[error("not printed: {0}")]
    Unsupported(#[from] Unsupported),
    /// No image is ready and the compiler is missing, or it refuses the text, or the driver loads no image.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The driver is missing or refuses.
    #[error(transparent)]
    Driver(#[from] DriverError),
}

impl From<DeviceError> for Refusal {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Unsupported(error) => Self::Unsupported(error.to_string()),
            error => Self::Broken(error.to_string()),
        }
    }
}

impl CudaDevice {
    /// The first device of this machine.
    ///
    /// # Errors
    /// When there is no driver or no device that can be used.
    pub fn open() -> Result<Self, DriverError> {
        let devices = driver::Devices::find()?;
        let description = devices.usable()[0].clone();
        let opened = Opened::new(&description)?;
        Ok(Self { description, opened: Mutex::new(Some(opened)) })
    }

    /// What it is.
    pub fn description(&self) -> &DeviceDescription {
        &self.description
    }

    /// What the driver may load for a text, best first: ready in the folder that the environment names, or else compiled.
    fn images(&self, text: &str) -> Result<Vec<Image>, ProgramError> {
        let (major, minor) = self.description.compute_capability;
        let ready = Programs::of_environment().map(|programs| programs.images(text, (major, minor)));
        match ready {
            Some(images) if !images.is_empty() => Ok(images),
            _ => {
                let cubin = Compiler::find()?.cubin(text, &self.description.compile_target())?;
                Ok(vec![Image { target: Architecture::Cubin { major, minor }, bytes: cubin.bytes }])
            }
        }
    }

    /// Runs one program of an image. After an error the device is opened anew, because a program that breaks a rule, or does
    /// not end, ends everything in its context.
    fn run_one(
        &self,
        opened: &mut Option<Opened>,
        images: &[Image],
        handler: usize,
        words: &mut [u32],
        count: usize,
    ) -> Result<(), DeviceError> {
        let device = match opened {
            Some(device) => device,
            None => opened.insert(Opened::new(&self.description)?),
        };
        let ran = device.run(images, handler, words, count);
        if let Err(DeviceError::Driver(
            DriverError::Lost(_) | DriverError::Timeout { .. } | DriverError::Ended,
        )) = ran
        {
            // A context that does not end is left to the end of the process.
            let _ = device.context.destroy(PATIENCE);
            *opened = None;
        }
        ran
    }
}

impl Opened {
    fn new(description: &DeviceDescription) -> Result<Self, DriverError> {
        let context = Context::open(description)?;
        let stream = context.stream()?;
        Ok(Self { context, stream, module: None })
    }

    /// Runs a program of the image that is loaded, or of the first of these that can be, which then is.
    fn run(
        &mut self,
        images: &[Image],
        handler: usize,
        words: &mut [u32],
        count: usize,
    ) -> Result<(), DeviceError> {
        let module = match &self.module {
            Some(module) => module,
            None => self.module.insert(load(&self.context, images)?),
        };
        let function = module.function(&entries::entry(handler))?;
        let buffer = DeviceBuffer::zeroed(&self.context, words.len() * 4)?;
        buffer.write(&self.stream, 0, bytemuck::cast_slice(words))?;
        let at_most = function.max_resident_blocks(LANES, 0)?;
        let blocks = (count as u32).div_ceil(LANES).clamp(1, at_most.max(1));
        // SAFETY: The entry takes the address of a job and of the rows behind it, and the buffer has all of them.
        unsafe { self.stream.launch_cooperative(&function, blocks, LANES, 0, buffer.address()) }?;
        self.stream.wait(PATIENCE)?;
        Ok(buffer.read(&self.stream, 0, bytemuck::cast_slice_mut(words))?)
    }
}

/// Loads the first image that the driver takes.
fn load(context: &Context, images: &[Image]) -> Result<driver::Module, DeviceError> {
    let mut tried = Vec::new();
    for image in images {
        // SAFETY: It is what the compiler has made, all of it; the folder of images gives no damaged ones.
        match unsafe { context.load(&image.bytes) } {
            Ok(module) => return Ok(module),
            // The next ones would find the same.
            Err(error @ (DriverError::Lost(_) | DriverError::Ended)) => return Err(error.into()),
            Err(error) => tried.push((image.target, error)),
        }
    }
    Err(ProgramError::Load(tried).into())
}

impl Machine for CudaDevice {
    fn target(&self) -> Target {
        Target::Cuda
    }

    fn batch(&self) -> usize {
        DEVICE_BATCH
    }

    fn threads(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    fn run(&self, module: &Module, programs: &[Program], inputs: &[Inputs]) -> Result<Vec<Ran>, Refusal> {
        let text = entries::text(module).map_err(DeviceError::from)?;
        let images = self.images(&text).map_err(DeviceError::from)?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let run = |(handler, (program, inputs))| -> Ran {
            let (program, inputs): (&Program, &Inputs) = (program, inputs);
            let (rows, end) =
                Rows::place(std::slice::from_ref(program), std::slice::from_ref(inputs), FIRST_ROW);
            let mut words = vec![0xa5a5_a5a5; end];
            let job = rows[0].job(handler);
            words[..job.len()].copy_from_slice(&job);
            rows[0].write(inputs, &mut words);
            self.run_one(&mut opened, &images, handler, &mut words, rows[0].count)?;
            Ok(rows[0].read(program, module, &words))
        };
        let ran = programs.iter().zip(inputs).enumerate().map(run).collect();
        if let Some(device) = opened.as_mut() {
            device.module = None;
        }
        Ok(ran)
    }
}
