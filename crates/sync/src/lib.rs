//! The box's link to its department: joining, signed updates, statistics, HTTP to the hub.
//!
//! ```text
//!  hub or mirror ─► http ─► tuf (verified metadata) ─► bundle (a generation of lists)
//!  blocked attempts of a day ─► statistics ─► upload (signed) ─► http ─► hub
//!  the code on the set-up card ─► enrol ─► who the box is, and what it trusts
//! ```

pub mod bundle;
pub mod enrol;
pub mod http;
pub mod statistics;
pub mod tuf;
pub mod upload;
