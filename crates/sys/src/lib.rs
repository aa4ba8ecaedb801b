//! The few system calls that the rest of Lá Chắn needs and safe Rust does not give: today the
//! memory map of a ruleset, and beside it the one way files are replaced without a power cut ever
//! leaving half of one. The only crate of the workspace in which `unsafe` may stand.

mod map;
mod replace;

pub use map::MappedFile;
pub use replace::{free_bytes, replace_file};
