//! The ruleset: one immutable file, memory-mapped, usable at once.
//!
//! ```text
//!  header page │ TABLE: 64-byte lines of 8 slots │ ROWS │ SOURCES │ OVERFLOW │ LISTS │ BOOK
//!  SITES       │ NET4 │ NET6 │ URLS │ EXPRESSIONS │ SEALED │ FAMILIAR │ TEXT │ TEXT_INDEX │ PHRASES
//! ```
//!
//! A name is looked up by the keyed hash of each of its suffixes. A slot holds 51 bits of the hash
//! and the number of a *row*; a row holds what all lists together say of the names that share it:
//! category sets, flags and the lists they come from. There are few distinct rows, so millions of
//! names need 64 bits each, and one decision touches about one cache line a label. Before that a
//! small Bloom filter over the last two labels settles most names that no list knows.
//!
//! What was tried and lost (`scripts/bench ruleset`, figures in ARCHITECTURE.md): a `HashSet` of
//! strings (memory), `fst` over reversed labels and front-coded blocks (time of a hit), fuse
//! filters (they cannot carry a value, and their false positives over-block), a bucket index with
//! offsets (two dependent cache misses a label where this takes one).
//!
//! **Exactness.** A look-up compares the 51 bits against at most 16 slots, and the table never has
//! fewer than 2^17 slots, so a name that is in no list is taken for one that is with probability
//! below 16 · 2^-51 < 10^-14 a look-up, or N · 2^-64 for small N: at least 64 effective bits. The
//! hash is keyed anew by every build, so nobody can prepare a name that collides everywhere.

mod familiar;
mod hash;
mod header;
mod numbers;
mod reader;
mod row;
mod sealed;
mod slot;
mod walk;

pub use familiar::{FamiliarId, familiar_hash, familiar_label};
pub use hash::{NameHash, NameHasher};
pub use header::{
    CHECKED_AT_OPEN, Header, HeaderError, MAGIC, MAX_DEPTH, PAGE, SECTIONS, SectionInfo,
    SectionKind, VERSION, checksum,
};
pub use reader::{ListId, OpenError, PhrasesError, Ruleset, UrlRule};
pub use row::{ListClass, ListInfo, ROW, Row, Side, SideFlags, SourceRef};
pub use sealed::sealed_digest;
pub use slot::{Entry, LINE, LineFilter, SLOTS, SiteFilter, Slot};
pub use walk::{Hit, Probe, Walk};
