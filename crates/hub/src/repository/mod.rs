//! The published repository: a folder that any web server, CDN or USB stick can serve.
//!
//! ```text
//!  offline files (root, targets, firmware, approval) ─► install ─┐
//!  lists, settings + online keys ─► publish ─────────────────────┴─► public/{targets,deltas,metadata}
//!                                       │                             … snapshot, then timestamp
//!                                       └─► history/ (the last versions of each list, for deltas)
//! ```
//!
//! What `timestamp.json` names is the repository; everything else is written before it and under names
//! that nothing names yet. So a writer that is stopped anywhere leaves the old repository or the new
//! one. Its only memory is the folder itself.
//!
//! **Versions are the second of publication** (or one more than before, if that is later): a hub that
//! was restored from a backup goes on above everything it published before it, and no box sees a
//! rollback.
//!
//! One writer at a time: each locks the folder, and a second one is told to try again.

mod files;
mod offline;
mod writer;

pub use files::RepositoryError;
pub use writer::{DELTAS, Lifetimes, ListInput, OnlineKeys, Published, SettingsInput, Writer};
