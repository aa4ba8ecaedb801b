//! The filtering proxy of Lá Chắn.

pub mod http;
