//! Generated code for targets that need not be at hand: their compilers accept all of it, or the printer has refused it
//! by name.
//!
//! Programs are printed one by one first, so that what a target lacks is known of each. Those that it can have are then
//! compiled many to a text, because every text begins with the same thousand lines.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use ringkernel_abi::device::Overflow;
use ringkernel_codegen::cuda::Compiler;
use ringkernel_codegen::ir::Module;
use ringkernel_codegen::naga;
use ringkernel_codegen::print::Unsupported;
use ringkernel_codegen::wgsl::Capabilities;

use crate::device::{DEVICE_BATCH, depends_on_overflow, device_text, link, wgsl_text};
use crate::program::Program;
use crate::resources::{Assembled, Resources};
use crate::tint::Tint;

/// What is made of programs.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A cubin for an architecture such as `sm_90`, made by NVRTC, which must not warn of anything.
    Cubin(Compiler, &'static str),
    /// Metal's language, which has integers of 64 bits and no `f64`.
    Msl,
    /// SPIR-V for a driver with integers of 64 bits and `f64`.
    Spirv,
    /// WGSL as every browser has it: no integers of 64 bits, no `f64`.
    Core,
    /// The same, read by Tint, with which Chromium reads WGSL.
    Chromium(Tint),
}

/// What a driver of Vulkan with integers of 64 bits and `f64` offers, and programs may need: `Shader`, `Float64`, `Int64`.
const SPIRV_CAPABILITIES: [u32; 3] = [1, 10, 11];

/// The capabilities that a module of SPIR-V declares: they stand behind its header of five words.
fn spirv_capabilities(words: &[u32]) -> Vec<u32> {
    const OP_CAPABILITY: u32 = 2 << 16 | 17;
    let instructions = words.get(5..).unwrap_or(&[]).chunks_exact(2);
    instructions.take_while(|pair| pair[0] == OP_CAPABILITY).map(|pair| pair[1]).collect()
}

/// What a compiler has made.
#[derive(Debug)]
pub struct Compiled {
    /// Its size in bytes.
    pub bytes: usize,
    /// What NVIDIA's assembler says of it.
    pub assembled: Assembled,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Translated {
    /// Programs that the target's compiler has accepted, each counted for each meaning of overflow.
    pub programs: usize,
    /// Texts that they were compiled in.
    pub texts: usize,
    /// Bytes of what the compiler has made.
    pub bytes: usize,
    /// What each program takes of the hardware, where the compiler says so.
    pub resources: Vec<Resources>,
    /// Functions that NVIDIA's assembler left as functions.
    pub called: Vec<String>,
    /// Programs that the printer refused, and what the target lacks.
    pub unsupported: Vec<(String, String)>,
    /// Programs whose text the compiler refused or warned of, and what it said: defects.
    pub refused: Vec<(String, String)>,
}

impl Goal {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cubin(_, architecture) => architecture,
            Self::Msl => "MSL",
            Self::Spirv => "SPIR-V",
            Self::Core => "core WGSL",
            Self::Chromium(_) => "core WGSL for Chromium",
        }
    }

    /// Programs in one text. Compilers take more than twice as long for twice as much.
    const fn batch(&self) -> usize {
        match self {
            Self::Cubin(..) => DEVICE_BATCH,
            _ => 16,
        }
    }

    /// What WGSL may make use of for this target.
    const fn capabilities(&self) -> Capabilities {
        match self {
            Self::Msl => Capabilities { int64: true, float64: false },
            Self::Core | Self::Chromium(_) => Capabilities { int64: false, float64: false },
            Self::Cubin(..) | Self::Spirv => Capabilities::ALL,
        }
    }

    fn print(&self, module: &Module) -> Result<String, Unsupported> {
        match self {
            Self::Cubin(..) => device_text(module),
            _ => wgsl_text(module, self.capabilities()),
        }
    }

    /// Compiles a text.
    ///
    /// # Errors
    /// What the compiler says.
    pub fn compile(&self, text: &str) -> Result<Compiled, String> {
        let plain = |bytes| Compiled { bytes, assembled: Assembled::default() };
        match self {
            Self::Cubin(compiler, architecture) => {
                let cubin = compiler.cubin_with_resources(text, architecture);
                let cubin = cubin.map_err(|error| error.to_string())?;
                let assembled = Assembled::read(&cubin.log);
                if !assembled.other.is_empty() {
                    return Err(cubin.log);
                }
                Ok(Compiled { bytes: cubin.bytes.len(), assembled })
            }
            _ => self.compile_portable(text).map(plain),
        }
    }

    fn compile_portable(&self, text: &str) -> Result<usize, String> {
        match self {
            Self::Cubin(..) => Err("this is compiled with what it takes".into()),
            Self::Msl => naga::msl(text).map(|text| text.len()).map_err(|error| error.to_string()),
            Self::Spirv => {
                let words = naga::spirv(text).map_err(|error| error.to_string())?;
                let needed = spirv_capabilities(&words);
                match needed.iter().find(|capability| !SPIRV_CAPABILITIES.contains(capability)) {
                    Some(foreign) => Err(format!("the module needs capability {foreign} of SPIR-V")),
                    None => Ok(words.len() * 4),
                }
            }
            Self::Core => naga::validate(text, self.capabilities())
                .map(|()| text.len())
                .map_err(|error| error.to_string()),
            Self::Chromium(tint) => tint.read(text).map(|()| text.len()),
        }
    }

    fn linked(programs: &[Program], overflow: Overflow) -> Result<Module, String> {
        link(programs, overflow).map(|linked| linked.module).map_err(|error| error.to_string())
    }

    /// Compiles programs in one text; alone, if they do not compile together, so that it is known which is to blame.
    fn translate_batch(&self, programs: &[Program], overflow: Overflow, done: &mut Translated) {
        let compiled = Self::linked(programs, overflow)
            .and_then(|module| self.print(&module).map_err(|error| error.to_string()))
            .and_then(|text| self.compile(&text));
        match compiled {
            Ok(compiled) => {
                done.programs += programs.len();
                done.texts += 1;
                done.bytes += compiled.bytes;
                done.called.extend(compiled.assembled.called);
                for (handler, taken) in compiled.assembled.entries {
                    let program = format!("{}{}", programs[handler].name, suffix(overflow));
                    done.resources.push(Resources { program, ..taken });
                }
            }
            Err(error) if programs.len() == 1 => done.refused.push((programs[0].name.clone(), error)),
            Err(_) => {
                programs.iter().for_each(|program| {
                    self.translate_batch(std::slice::from_ref(program), overflow, done);
                });
            }
        }
    }
}

/// Behind the names of programs whose overflow wraps.
const fn suffix(overflow: Overflow) -> &'static str {
    match overflow {
        Overflow::Faults => "",
        Overflow::Wraps => ", wrapping",
    }
}

/// Prints programs for a target and compiles what it can have, on so many threads: where overflow faults, and again where
/// it wraps, if that makes a difference.
pub fn translate(goal: &Goal, programs: &[Program], threads: usize) -> Translated {
    let mut done = translate_where(goal, programs, Overflow::Faults, threads);
    let wrapping: Vec<Program> =
        programs.iter().filter(|program| depends_on_overflow(program)).cloned().collect();
    done.add(translate_where(goal, &wrapping, Overflow::Wraps, threads));
    done
}

/// Programs that the printer refuses for a target where overflow faults, and what the target lacks.
pub fn unsupported(goal: &Goal, programs: &[Program]) -> Vec<(String, String)> {
    printable(goal, programs, Overflow::Faults).1.unsupported
}

/// The programs that a target can have, and what came of the others.
fn printable(goal: &Goal, programs: &[Program], overflow: Overflow) -> (Vec<Program>, Translated) {
    let mut done = Translated::default();
    let mut printed = Vec::new();
    for program in programs {
        match Goal::linked(std::slice::from_ref(program), overflow).map(|module| goal.print(&module)) {
            Ok(Ok(_)) => printed.push(program.clone()),
            Ok(Err(lacks)) => done.unsupported.push((program.name.clone(), lacks.feature)),
            Err(error) => done.refused.push((program.name.clone(), error)),
        }
    }
    (printed, done)
}

fn translate_where(goal: &Goal, programs: &[Program], overflow: Overflow, threads: usize) -> Translated {
    let (printed, mut done) = printable(goal, programs, overflow);
    let batches = Mutex::new(printed.chunks(goal.batch()));
    let next = || batches.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let work = || {
        let mut done = Translated::default();
        while let Some(batch) = next() {
            goal.translate_batch(batch, overflow, &mut done);
        }
        done
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(part) => done.add(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    done
}

impl fmt::Display for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { programs, texts, bytes, unsupported, refused, .. } = self;
        write!(
            f,
            "{programs} programs in {texts} texts, {bytes} bytes; {} unsupported, {} refused",
            unsupported.len(),
            refused.len()
        )?;
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        unsupported.iter().for_each(|(_, lacks)| *reasons.entry(lacks).or_default() += 1);
        reasons.iter().try_for_each(|(lacks, count)| write!(f, "\n  {count} need {lacks}"))?;
        refused.iter().try_for_each(|(program, error)| write!(f, "\n  {program}: {error}"))
    }
}

impl Translated {
    /// Adds what came of other programs.
    pub fn add(&mut self, other: Self) {
        self.programs += other.programs;
        self.texts += other.texts;
        self.bytes += other.bytes;
        self.resources.extend(other.resources);
        self.called.extend(other.called);
        self.unsupported.extend(other.unsupported);
        self.refused.extend(other.refused);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_behind_the_header() {
        let module = [0x0723_0203, 0x1_0300, 0, 9, 0, 2 << 16 | 17, 1, 2 << 16 | 17, 11, 6 << 16 | 11, 1];
        assert_eq!(spirv_capabilities(&module), [1, 11]);
        assert_eq!(spirv_capabilities(&module[..4]), [0; 0]);
    }
}
