//! What box and hub exchange, versioned, and nothing else: signed metadata and what a school tells of a day.

pub mod statistics;
pub mod tuf;
