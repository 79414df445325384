//! The state of meetings, without stacks.
