//! What an image is compiled for, and which of several a device takes.

use std::fmt;
use std::str::FromStr;

/// What an image is compiled for. It is written as compilers name it, such as `sm_90` or `compute_80`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Code for devices of one architecture. Those of the same generation (major) and a higher minor run it, too.
    Cubin {
        /// The generation of devices.
        major: i32,
        /// The architecture within it.
        minor: i32,
    },
    /// PTX: the driver compiles it for devices of this compute capability and all later ones.
    Ptx {
        /// Major compute capability.
        major: i32,
        /// Minor compute capability.
        minor: i32,
    },
}

/// A text that names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no target; write `sm_90` for code of an architecture or `compute_80` for PTX")]
pub struct NoTarget(
    /// The text.
    pub String,
);

impl Target {
    /// Whether a device of this compute capability runs it.
    pub fn runs_on(self, capability: (i32, i32)) -> bool {
        match self {
            Self::Cubin { major, minor } => major == capability.0 && minor <= capability.1,
            Self::Ptx { major, minor } => (major, minor) <= capability,
        }
    }

    /// Those that a device runs, best first: code before PTX, and what is closer to the device before what is older.
    pub(super) fn best_first(targets: impl IntoIterator<Item = Self>, capability: (i32, i32)) -> Vec<Self> {
        let mut fit: Vec<_> = targets.into_iter().filter(|target| target.runs_on(capability)).collect();
        fit.sort_by_key(|target| match *target {
            Self::Cubin { major, minor } => (0, -major, -minor),
            Self::Ptx { major, minor } => (1, -major, -minor),
        });
        fit
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cubin { major, minor } => write!(f, "sm_{major}{minor}"),
            Self::Ptx { major, minor } => write!(f, "compute_{major}{minor}"),
        }
    }
}

impl FromStr for Target {
    type Err = NoTarget;

    fn from_str(text: &str) -> Result<Self, NoTarget> {
        let number = |digits: &str| {
            let digits_only = digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let (major, minor) = digits_only.then(|| digits.split_at(digits.len() - 1))?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        let found = match text.split_once('_') {
            Some(("sm", digits)) => number(digits).map(|(major, minor)| Self::Cubin { major, minor }),
            Some(("compute", digits)) => number(digits).map(|(major, minor)| Self::Ptx { major, minor }),
            _ => None,
        };
        found.ok_or_else(|| NoTarget(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(texts: &str) -> Vec<Target> {
        texts.split_whitespace().map(|text| text.parse().expect("a target")).collect()
    }

    #[test]
    fn a_target_is_written_as_compilers_name_it() {
        for (text, target) in [
            ("sm_90", Target::Cubin { major: 9, minor: 0 }),
            ("sm_120", Target::Cubin { major: 12, minor: 0 }),
            ("compute_86", Target::Ptx { major: 8, minor: 6 }),
        ] {
            assert_eq!((text.parse(), target.to_string().as_str()), (Ok(target), text));
        }
        for text in ["", "sm_", "sm_9", "sm_90a", "sm90", "ptx_90", "sm_-90", "compute_+80", "sm_99999999999"]
        {
            assert_eq!(text.parse::<Target>(), Err(NoTarget(text.into())));
        }
    }

    #[test]
    fn a_device_takes_its_own_code_then_older_code_of_its_generation_then_ptx() {
        let all = targets("compute_70 sm_80 compute_80 sm_86 sm_89 sm_90 compute_90 sm_70 sm_100");
        for (capability, expected) in [
            ((9, 0), "sm_90 compute_90 compute_80 compute_70"),
            ((8, 9), "sm_89 sm_86 sm_80 compute_80 compute_70"),
            ((8, 7), "sm_86 sm_80 compute_80 compute_70"),
            ((8, 0), "sm_80 compute_80 compute_70"),
            ((7, 5), "sm_70 compute_70"),
            ((12, 0), "compute_90 compute_80 compute_70"),
            ((6, 1), ""),
        ] {
            assert_eq!(Target::best_first(all.clone(), capability), targets(expected), "{capability:?}");
        }
    }
}
