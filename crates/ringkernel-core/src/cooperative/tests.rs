//! Cells by themselves.
