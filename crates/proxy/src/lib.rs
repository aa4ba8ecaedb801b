//! The gate's proxy: what devices send over HTTP and TLS passes the same decision as their DNS.
//!
//! ```text
//!  nftables (TPROXY 80/443) ─► tls: ClientHello ─► decide ─► dial what our resolver says ─► relay
//! ```
//!
//! By default nothing is decrypted and no certificate is made up: of an encrypted page only the name
//! is known, which the client sends in the clear.

mod counters;
mod mailbox;
mod relay;
mod target;
pub mod tls;
mod wheel;
mod world;

pub use counters::{Counters, Counts, Evasion};
pub use mailbox::Later;
pub use target::{Targets, is_private};
pub use world::{Addresses, Blocked, Found, MAX_ADDRESSES, Question, World};
