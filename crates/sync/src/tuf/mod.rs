//! The box's client of The Update Framework: which metadata is trusted, and what may be fetched.
//!
//! ```text
//!  Fetch (HTTP, folder, USB stick) ─► Client::refresh: root ─► timestamp ─► snapshot ─► targets
//!                                          │                      (workflow of §5, in its order)
//!                                          ▼
//!                                     Store (raw bytes, replaced whole) ─► Client::find, download
//! ```
//!
//! An own client, because `tough` fetches every delegated role at once and in its own order, keeps
//! its own serialisation instead of the bytes, stops for ever after a visit to the future, and
//! brings a second C library of cryptography; see ARCHITECTURE.md.
//!
//! Not here: what the files mean (`crate::bundle`), HTTP, when to ask.

mod client;
mod disk;
mod download;
mod error;
mod fetch;
mod store;

pub use client::{Client, Clock, Freshness, Outcome, Patience, Settings, Versions};
pub use disk::{Disk, RealDisk};
pub use download::{DownloadError, Downloaded};
pub use error::{OpenError, RefreshError, Role};
pub use fetch::{Fetch, FetchError, Folder, Take};
pub use store::Store;

/// A name as one part of a URL's path: all but letters, digits, `_.-~` percent-encoded (RFC 3986
/// §2.3), so that a role called `../x` can leave neither its folder nor its place on the server.
#[must_use]
pub(crate) fn quoted(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_stay_one_part_of_a_path() {
        for (name, expected) in [
            ("lists", "lists"),
            ("?", "%3F"),
            ("#", "%23"),
            ("/delegatedrole", "%2Fdelegatedrole"),
            ("../delegatedrole", "..%2Fdelegatedrole"),
            ("ệ", "%E1%BB%87"),
            ("%2F", "%252F"),
        ] {
            assert_eq!(quoted(name), expected);
        }
    }
}
