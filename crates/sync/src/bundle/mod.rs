//! From trusted metadata to files that can be compiled: a generation of lists beside the last good
//! one.
//!
//! ```text
//!  Client::role("lists") ─► per list: as before (link) │ delta ─► apply │ full file
//!                                        └─ signed SHA-256 of the canonical list ─┘
//!  ─► lists/gen-N/{ID.list.zst, manifest.toml, generation.json} ─► (caller compiles, canary) ─► accept
//! ```
//!
//! Nothing that serves is touched before [`Bundles::accept`], which replaces one small file. What
//! compiles and what tries the result is the daemon's; here is only told what changed by how much and
//! whether the department has approved it.

mod generation;
mod settings;
mod update;

pub use generation::{BundleError, Bundles, Generation, Held};
pub use settings::{Setting, SettingsError, settings};
pub use update::{Change, How, Prepared, Problem, Reason, update};
