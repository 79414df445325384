//! A folder of images by the text that they were compiled from.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use ringkernel_codegen::cuda::Compiler;

use super::{ProgramError, Target};
use crate::cache::entry;

/// The environment variable with the folder of programs that were compiled ahead of time. Not set, or empty, there are none.
pub const PROGRAMS_VARIABLE: &str = "RINGKERNEL_CUDA_PROGRAMS";

const ENDING: &str = "image";

/// A folder of images, found by the text that they were compiled from. It need not be there. Whoever can write to it decides
/// what runs on the device, as with the executable beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
}

/// What a driver loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What it is compiled for.
    pub target: Target,
    /// The file that a compiler has made, all of it: a cubin, or PTX with the zero that ends it.
    pub bytes: Vec<u8>,
}

impl Programs {
    /// The folder that [`PROGRAMS_VARIABLE`] names, if it does.
    pub fn of_environment() -> Option<Self> {
        Self::named(std::env::var_os(PROGRAMS_VARIABLE))
    }

    fn named(folder: Option<OsString>) -> Option<Self> {
        folder.filter(|folder| !folder.is_empty()).map(Self::at)
    }

    /// A folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// For which targets the program of a text is there, best first for a device of this compute capability. Targets that the device
    /// does not run are left out.
    pub fn targets(&self, text: &str, capability: (i32, i32)) -> Vec<Target> {
        let stem = stem(text);
        let names = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let targets = names.filter_map(|file| target_of(file.file_name().to_str()?, &stem));
        Target::best_first(targets, capability)
    }

    /// The images of a text for a device of this compute capability, best first. Damaged files are none.
    pub fn images(&self, text: &str, capability: (i32, i32)) -> Vec<Image> {
        let targets = self.targets(text, capability).into_iter();
        targets.filter_map(|target| Some(Image { target, bytes: self.get(text, target)? })).collect()
    }

    fn get(&self, text: &str, target: Target) -> Option<Vec<u8>> {
        let file = std::fs::read(self.place(text, target)).ok()?;
        entry::read(&file, key(text, target).as_bytes()).map(<[u8]>::to_vec)
    }

    /// Keeps an image of a text, in the place of what there was for its target.
    ///
    /// # Errors
    /// Those of the system.
    pub fn put(&self, text: &str, image: &Image) -> io::Result<()> {
        let content = entry::write(key(text, image.target).as_bytes(), &image.bytes);
        write_whole(&self.place(text, image.target), &content)
    }

    /// Compiles a text for these targets and keeps the images. Those that are there already stay as they are. Gives what the
    /// compiler has to say: empty where it warns of nothing.
    ///
    /// # Errors
    /// [`ProgramError::Compile`], and [`ProgramError::File`] when an image cannot be kept.
    pub fn compile(
        &self,
        compiler: &Compiler,
        text: &str,
        targets: &[Target],
    ) -> Result<String, ProgramError> {
        let mut said = String::new();
        for target in targets {
            if self.get(text, *target).is_some() {
                continue;
            }
            let architecture = target.to_string();
            let (bytes, log) = match target {
                Target::Cubin { .. } => {
                    compiler.cubin(text, &architecture).map(|made| (made.bytes, made.log))?
                }
                Target::Ptx { .. } => compiler.ptx(text, &architecture).map(|made| (made.bytes, made.log))?,
            };
            said += &log;
            let place = self.place(text, *target);
            self.put(text, &Image { target: *target, bytes })
                .map_err(|reason| ProgramError::File { path: place, reason: reason.to_string() })?;
        }
        Ok(said)
    }

    fn place(&self, text: &str, target: Target) -> PathBuf {
        self.folder.join(format!("{}.{target}.{ENDING}", stem(text)))
    }
}

/// Writes a file that appears under its name when it is whole, and its folder where it is missing.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Others may write the same one at this moment.
    let (process, thread) = (std::process::id(), std::thread::current().id());
    let unfinished = path.with_extension(format!("{process}-{thread:?}.part"));
    std::fs::write(&unfinished, content)?;
    std::fs::rename(&unfinished, path)
}

/// What tells a text, compiled with the options of this version, from others: FNV-1a of 128 bits.
pub(super) fn stem(text: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let options = Compiler::options("").join("\0");
    let bytes = options.bytes().chain([0]).chain(text.bytes());
    let sum = bytes.fold(BASIS, |sum, byte| (sum ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{sum:032x}")
}

/// What stands in the file, so that one that was renamed is found out.
fn key(text: &str, target: Target) -> String {
    format!("{} {target}", stem(text))
}

/// The target in the name of a file, if it is an image of the text with this stem.
fn target_of(name: &str, text: &str) -> Option<Target> {
    let rest = name.strip_prefix(text)?.strip_prefix('.')?;
    rest.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Temporary;

    fn image(target: &str, bytes: &[u8]) -> Image {
        Image { target: target.parse().expect("a target"), bytes: bytes.into() }
    }

    #[test]
    fn images_are_found_by_their_text_best_first() {
        let temporary = Temporary::new("ahead-found");
        let programs = Programs::at(&temporary.0);
        assert_eq!(programs.images("text", (9, 0)), [], "the folder need not be there");
        let (old, own, ptx) = (image("sm_80", b"old"), image("sm_90", b"own"), image("compute_80", b"ptx\0"));
        for image in [&ptx, &old, &own] {
            programs.put("text", image).unwrap();
        }
        programs.put("other", &image("sm_90", b"other")).unwrap();
        assert_eq!(programs.images("text", (9, 0)), [own, ptx.clone()]);
        assert_eq!(programs.images("text", (8, 6)), [old, ptx.clone()]);
        assert_eq!(programs.images("text", (10, 0)), [ptx]);
        assert_eq!(programs.images("texts", (9, 0)), []);
        let again = image("sm_90", b"again");
        programs.put("text", &again).unwrap();
        assert_eq!(programs.images("text", (9, 0))[0], again);
    }

    #[test]
    fn damaged_and_renamed_files_are_passed_over() {
        let temporary = Temporary::new("ahead-damaged");
        let programs = Programs::at(&temporary.0);
        let (own, ptx) = (image("sm_90", b"own"), image("compute_80", b"ptx\0"));
        programs.put("text", &own).unwrap();
        programs.put("text", &ptx).unwrap();
        std::fs::rename(programs.place("text", own.target), programs.place("other", own.target)).unwrap();
        assert_eq!(programs.images("other", (9, 0)), []);
        assert_eq!(programs.images("text", (9, 0)), std::slice::from_ref(&ptx));
        std::fs::write(programs.place("text", own.target), b"RKCUDA01 and no more").unwrap();
        assert_eq!(programs.images("text", (9, 0)), [ptx]);
    }

    #[test]
    fn several_threads_may_write_the_same_file() {
        let temporary = Temporary::new("ahead-threads");
        let path = temporary.0.join("file");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| write_whole(&path, b"the same").unwrap()));
            }
        });
        assert_eq!(std::fs::read(&path).unwrap(), b"the same");
    }

    #[test]
    fn the_environment_names_a_folder_or_none() {
        assert_eq!(Programs::named(Some("/mine".into())), Some(Programs::at("/mine")));
        assert_eq!(Programs::named(Some(OsString::new())), None);
        assert_eq!(Programs::named(None), None);
    }
}
