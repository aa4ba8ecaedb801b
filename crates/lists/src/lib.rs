//! Lists in and out: every format, one canonical form, the compiler of rulesets, and diffs.

pub mod convert;
pub mod formats;
pub mod input;
