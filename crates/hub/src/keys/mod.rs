//! The key ceremony: `lachan-hub keys …`.
//!
//! ```text
//!  each person: make ─► KEY (secret, stays) + KEY.pub (travels)
//!  one: draft-root / draft-targets / draft-role ─► draft (travels to everybody)
//!  each person: show, sign ─► signed copy (travels back)
//!  one: merge ─► verify ─► install at the hub
//! ```
//!
//! Only files travel; no command speaks to a network or to the hub. Whoever signs sees before what
//! the file says, in words.

mod approve;
mod ceremony;
mod command;
mod file;
mod show;

pub use approve::Approval;
pub use ceremony::{
    CeremonyError, RoleChange, add_signature, draft_role, draft_root, draft_targets, merge,
    signers_of,
};
pub use command::{KeysArgs, KeysCommand, KeysError, Language, run, run_to};
pub use file::{KeyFileError, PublicFile, Secret, load, make};
pub use show::describe;
