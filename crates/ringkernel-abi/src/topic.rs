//! What is a topic, and what a pattern of topics: texts in levels between slashes.
//!
//! Here, because the host checks them when it is given one, and macros check those that are written in a program.

use core::fmt;

/// Longest name or pattern, in bytes.
pub const MAX_TOPIC_BYTES: usize = 1024;
/// The wildcard for one level.
pub const ONE_LEVEL: &str = "*";
/// The wildcard for all levels that follow, none included.
pub const REST: &str = "#";

/// Why a text is no topic, or none that can be published to. Levels are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicMistake {
    /// It has no characters.
    Empty,
    /// It is too long.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A level has no characters.
    EmptyLevel {
        /// The level.
        level: usize,
    },
    /// A wildcard shares its level with other characters.
    WildcardInLevel {
        /// The level.
        level: usize,
    },
    /// `#` is followed by another level.
    RestBeforeEnd {
        /// The level.
        level: usize,
    },
    /// It has wildcards, and one name was needed.
    Pattern,
}

impl fmt::Display for TopicMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a topic has at least one level, and this text is empty"),
            Self::TooLong { bytes } => {
                write!(f, "a topic has at most {MAX_TOPIC_BYTES} bytes, and this one has {bytes}")
            }
            Self::EmptyLevel { level } => {
                write!(f, "level {level} of the topic is empty; levels are separated by single slashes")
            }
            Self::WildcardInLevel { level } => write!(
                f,
                "level {level} of the topic has a wildcard among other characters; `*` and `#` stand alone"
            ),
            Self::RestBeforeEnd { level } => write!(
                f,
                "level {level} of the topic is `#`, which can only be the last; write `*` for one level"
            ),
            Self::Pattern => f.write_str("this is a pattern, and a publication goes to one topic"),
        }
    }
}

impl core::error::Error for TopicMistake {}

/// Checks that a text can be subscribed to.
///
/// # Errors
/// What is wrong with it.
pub fn check_pattern(text: &str) -> Result<(), TopicMistake> {
    if text.is_empty() {
        return Err(TopicMistake::Empty);
    }
    if text.len() > MAX_TOPIC_BYTES {
        return Err(TopicMistake::TooLong { bytes: text.len() });
    }
    let mut levels = (1..).zip(text.split('/')).peekable();
    while let Some((level, name)) = levels.next() {
        let is_wildcard = name == ONE_LEVEL || name == REST;
        if name.is_empty() {
            return Err(TopicMistake::EmptyLevel { level });
        }
        if !is_wildcard && name.contains(['*', '#']) {
            return Err(TopicMistake::WildcardInLevel { level });
        }
        if name == REST && levels.peek().is_some() {
            return Err(TopicMistake::RestBeforeEnd { level });
        }
    }
    Ok(())
}

/// Checks that a text can be published to.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(text: &str) -> Result<(), TopicMistake> {
    check_pattern(text)?;
    if is_pattern(text) { Err(TopicMistake::Pattern) } else { Ok(()) }
}

/// Whether a text has wildcards.
pub fn is_pattern(text: &str) -> bool {
    text.split('/').any(|level| level == ONE_LEVEL || level == REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_found_at_their_level() {
        for text in ["a", "a/b", "*", "#", "a/*/b", "a/*/#"] {
            assert_eq!(check_pattern(text), Ok(()), "{text}");
        }
        let mistakes = [
            ("", TopicMistake::Empty),
            ("a//b", TopicMistake::EmptyLevel { level: 2 }),
            ("/a", TopicMistake::EmptyLevel { level: 1 }),
            ("a/", TopicMistake::EmptyLevel { level: 2 }),
            ("a/b*", TopicMistake::WildcardInLevel { level: 2 }),
            ("a/#/b", TopicMistake::RestBeforeEnd { level: 2 }),
        ];
        for (text, mistake) in mistakes {
            assert_eq!(check_pattern(text), Err(mistake), "{text}");
        }
        assert_eq!(check_name("a/b"), Ok(()));
        assert_eq!(check_name("a/*"), Err(TopicMistake::Pattern));
        let long = core::str::from_utf8(&[b'a'; MAX_TOPIC_BYTES + 1]).expect("it is text");
        assert_eq!(check_pattern(long), Err(TopicMistake::TooLong { bytes: MAX_TOPIC_BYTES + 1 }));
    }
}
