//! the box's link to its department: signed updates, statistics, the push channel.

pub mod bundle;
pub mod tuf;
