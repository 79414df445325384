//! Names of topics and patterns of them: levels between slashes.

use std::fmt;

pub use ringkernel_abi::topic::MAX_TOPIC_BYTES;
pub(super) use ringkernel_abi::topic::{ONE_LEVEL, REST};
use ringkernel_abi::topic::{check_name, check_pattern, is_pattern};

use smol_str::SmolStr;

use super::TopicError;

/// The name of a topic such as `plant/2/pressure`, or a pattern of names. Cheap to clone.
///
/// In a pattern, the level `*` stands for any one level, and `#`, as the last level, for all that follow, none included: `a/#`
/// matches `a`, `a/b` and `a/b/c`. Levels are not empty, and wildcards stand alone in theirs.
///
/// Any text can be a `Topic`; what is no topic is refused where it is used, and by [`parse`](Self::parse).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(SmolStr);

impl Topic {
    /// The topic or pattern of this text, unchecked.
    pub fn new(name: impl Into<String>) -> Self {
        Self(SmolStr::from(name.into()))
    }

    /// The topic or pattern of this text.
    ///
    /// # Errors
    /// [`TopicError`] when it is neither.
    pub fn parse(name: impl Into<String>) -> Result<Self, TopicError> {
        let topic = Self::new(name);
        topic.check_pattern()?;
        Ok(topic)
    }

    /// The text.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it has wildcards.
    pub fn is_pattern(&self) -> bool {
        is_pattern(&self.0)
    }

    /// Whether this pattern matches a name. One without wildcards matches itself.
    pub fn matches(&self, topic: &Topic) -> bool {
        let mut names = topic.levels();
        for level in self.levels() {
            match names.next() {
                _ if level == REST => return true,
                Some(name) if level == ONE_LEVEL || level == name => {}
                _ => return false,
            }
        }
        names.next().is_none()
    }

    pub(super) fn levels(&self) -> std::str::Split<'_, char> {
        self.0.split('/')
    }

    /// That it can be subscribed to.
    pub(super) fn check_pattern(&self) -> Result<(), TopicError> {
        check_pattern(&self.0).map_err(|mistake| TopicError::of(mistake, self))
    }

    /// That it can be published to.
    pub(super) fn check_name(&self) -> Result<(), TopicError> {
        check_name(&self.0).map_err(|mistake| TopicError::of(mistake, self))
    }
}

impl From<&str> for Topic {
    fn from(name: &str) -> Self {
        Self(SmolStr::new(name))
    }
}

impl From<String> for Topic {
    fn from(name: String) -> Self {
        Self(SmolStr::new(&name))
    }
}

impl From<&Topic> for Topic {
    fn from(topic: &Topic) -> Self {
        topic.clone()
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({:?})", &*self.0)
    }
}
