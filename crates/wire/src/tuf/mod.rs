//! Signed metadata: The Update Framework, version 1.0.31 of its specification, read and written so
//! that other TUF tools can check it.
//!
//! ```text
//!  bytes ─► json (strict) ─► Signed<T>: content, canonical bytes, signatures ─► check(keys, role)
//!  content + signers ─► encode ─► bytes
//! ```
//!
//! What is verified is the canonical form of what stands in the file, unknown fields included; what
//! is kept is the file as it came. The order of steps (which role when, rollback, expiry) is the
//! client's affair, in `lachan-sync`; writing repositories is the hub's.

pub mod delegation;
mod document;
mod json;
mod key;
pub mod list;
mod metadata;
pub mod time;

pub use document::{
    FormatError, MOST_SIGNATURES, Signature, Signed, ThresholdError, attach, encode, sign,
};
pub use json::{MOST_DEPTH, NotCanonical, canonical, parse};
pub use key::{Key, Sign, SigningKey, SigningKeyError};
pub use metadata::{
    Delegation, Delegations, Head, KeyRole, MetaFile, Metadata, Root, RootRoles, Signers, Snapshot,
    SuccinctRoles, Target, Targets, Timestamp,
};

/// The version of the specification that is written.
pub const SPEC_VERSION: &str = "1.0.31";

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes))
}
