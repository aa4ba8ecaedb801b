//! The box's link to its department: joining, signed updates, statistics, the push channel.

pub mod enrol;
pub mod upload;
