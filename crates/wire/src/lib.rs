//! what box and hub exchange: versioned types, signed metadata.

pub mod tuf;
