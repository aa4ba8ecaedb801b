//! From the bytes of a body to syllables, in one pass and without an allocation per word.
//!
//! ```text
//!  body ─► coding (gzip, br, zstd, deflate; caps) ─► charset ─► markup (tags, entities, \uXXXX)
//!       ─► letters (NFC or not, fullwidth, case, đ) ─► syllables (tone in a fixed slot, joined runs)
//! ```
//!
//! Every stage takes its input in any pieces and gives the same for all ways of cutting it. What
//! cannot be decoded is not scanned, with the reason: never a block, never a panic. The steps and
//! their reasons are in `reference/vietnamese-text.md` and `reference/proxy.md`, 4.8.

pub mod charset;
pub mod coding;
mod entity;
mod gzip;
pub(crate) mod letter;
pub(crate) mod markup;
mod normal;
pub(crate) mod syllable;

pub use charset::{Charset, CharsetSource};
pub use coding::{Coding, Fault, Limits};
pub use markup::TextKind;
pub use normal::normalise;
pub(crate) use normal::spell;
