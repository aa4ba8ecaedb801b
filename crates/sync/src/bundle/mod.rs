//! From trusted metadata to files that can be compiled: a generation of lists beside the last good
//! one.
//!
//! ```text
//!  Client::role("lists") ─► per list: as before (link) │ delta ─► apply │ full file
//!                                        └─ signed SHA-256 of the canonical list ─┘
//!  ─► lists/gen-N/{ID.list.zst, manifest.toml, generation.json} ─► (caller compiles, canary) ─► accept
//! ```
//!
//! What came may still not be what the department means: [`Prepared::holds`] names every list that
//! waits for an approval, also those that are there no more, and **the caller must not accept before it
//! is empty or a person has decided**. Nothing that serves is touched before [`Bundles::accept`], which replaces one small file. What
//! compiles and what tries the result is the daemon's; here is only told what changed by how much and
//! whether the department has approved it.

mod generation;
mod hold;
mod settings;
mod unpack;
mod update;

pub use generation::{BundleError, Bundles, Generation, Held};
pub use hold::{Hold, Step, Why, opens, why};
pub use settings::{Setting, SettingsError, settings};
pub use update::{Change, How, Prepared, Problem, Reason, Wish, update};
