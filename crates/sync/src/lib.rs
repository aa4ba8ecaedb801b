//! The box's link to its department: signed updates, statistics, HTTP to the hub.
//!
//! ```text
//!  hub or mirror ─► http ─► tuf (verified metadata) ─► bundle (a generation of lists)
//!  blocked attempts of a day ─► statistics ─► a report, sent by http
//! ```

pub mod bundle;
pub mod http;
pub mod statistics;
pub mod tuf;
