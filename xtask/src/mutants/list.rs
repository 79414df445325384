//! What a mutant is.

/// One wrong change of the code generator.
#[derive(Debug)]
pub(super) struct Mutant {
    /// What is wrong.
    pub(super) name: &'static str,
    /// The file, from the root of the repository.
    pub(super) file: &'static str,
    /// A text that occurs once in it.
    pub(super) from: &'static str,
    /// What takes its place.
    pub(super) to: &'static str,
    /// How the names of the programs start that are tried first, separated by commas.
    pub(super) programs: &'static str,
}

pub(super) const fn mutant(
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    programs: &'static str,
) -> Mutant {
    Mutant { name, file, from, to, programs }
}
