//! Races by themselves.
