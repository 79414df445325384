//! The name of a kernel instance.

use std::borrow::Borrow;
use std::fmt;

use smol_str::SmolStr;

/// Unique name of a kernel instance within its runtime. Cheap to clone: names of up to 23 bytes are copied, longer ones shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelId(SmolStr);

impl KernelId {
    /// The id of this name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(SmolStr::from(id.into()))
    }

    /// The name.
    #[inline]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<&str> for KernelId {
    fn from(id: &str) -> Self {
        Self(SmolStr::new(id))
    }
}

impl From<String> for KernelId {
    fn from(id: String) -> Self {
        Self(SmolStr::from(id))
    }
}

impl AsRef<str> for KernelId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for KernelId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KernelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KernelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KernelId({:?})", &*self.0)
    }
}
