//! Lists in and out: every format, one canonical form, the compiler of rulesets, and diffs.
//!
//! ```text
//!  files ─► input (gz, zst, tar) ─► formats ─► import ─► compile ─► ruleset file ─► open, verify
//!  rules/ ─► rules ────────────────────────────────────────┘              └─► text ─► diff, survey, trial
//! ```

pub mod canonical;
pub mod compile;
pub mod convert;
pub mod delta;
pub mod diff;
pub mod formats;
pub mod import;
pub mod input;
pub mod open;
pub mod rules;
pub mod survey;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod trial;
pub mod verify;
