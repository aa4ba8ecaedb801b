//! what box and hub exchange: versioned types, signed metadata.
