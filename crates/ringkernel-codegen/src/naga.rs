//! Complete WGSL programs, checked and turned into the languages of Metal and Vulkan by naga.
//!
//! A program is the text that [`wgsl::print`] gives with a runtime's text around it. Each target has
//! capabilities of its own: what it cannot express is refused here rather than by a driver.

use ::naga::back::{msl, spv};
use ::naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use ::naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

use crate::wgsl;

/// Why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShaderError {
    /// It is no WGSL.
    #[error("the text is no WGSL: {report}")]
    Syntax {
        /// What naga says, with the lines that it means.
        report: String,
    },
    /// It is WGSL that means nothing, or needs what the target does not have.
    #[error("the program is not valid: {report}")]
    Invalid {
        /// What naga says, with the lines that it means.
        report: String,
    },
    /// The target's language cannot express it.
    #[error("{target} cannot express the program: {report}")]
    Target {
        /// The target's language.
        target: &'static str,
        /// What naga says.
        report: String,
    },
}

/// Checks a program for an adapter with these capabilities.
///
/// # Errors
/// [`ShaderError::Syntax`] and [`ShaderError::Invalid`].
pub fn validate(text: &str, capabilities: wgsl::Capabilities) -> Result<(), ShaderError> {
    let mut allowed = Capabilities::empty();
    allowed.set(Capabilities::SHADER_INT64, capabilities.int64);
    allowed.set(Capabilities::FLOAT64, capabilities.float64);
    checked(text, allowed).map(|_| ())
}

/// The program in Metal's language, version 2.4.
///
/// # Errors
/// As [`validate`], and [`ShaderError::Target`].
pub fn msl(text: &str) -> Result<String, ShaderError> {
    let (module, info) = checked(text, msl::supported_capabilities())?;
    let options =
        msl::Options { lang_version: (2, 4), fake_missing_bindings: true, ..msl::Options::default() };
    let (text, _) = msl::write_string(&module, &info, &options, &msl::PipelineOptions::default())
        .map_err(|error| ShaderError::Target { target: "MSL", report: error.to_string() })?;
    Ok(text)
}

/// The program as SPIR-V 1.3, in words.
///
/// # Errors
/// As [`validate`], and [`ShaderError::Target`].
pub fn spirv(text: &str) -> Result<Vec<u32>, ShaderError> {
    let (module, info) = checked(text, spv::supported_capabilities())?;
    let options = spv::Options {
        lang_version: (1, 3),
        bounds_check_policies: BoundsCheckPolicies {
            index: BoundsCheckPolicy::Restrict,
            buffer: BoundsCheckPolicy::Restrict,
            ..BoundsCheckPolicies::default()
        },
        ..spv::Options::default()
    };
    spv::write_vec(&module, &info, &options, None)
        .map_err(|error| ShaderError::Target { target: "SPIR-V", report: error.to_string() })
}

fn checked(text: &str, capabilities: Capabilities) -> Result<(::naga::Module, ModuleInfo), ShaderError> {
    let module = ::naga::front::wgsl::parse_str(text)
        .map_err(|error| ShaderError::Syntax { report: error.emit_to_string(text) })?;
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .map_err(|error| ShaderError::Invalid { report: error.emit_to_string(text) })?;
    Ok((module, info))
}
