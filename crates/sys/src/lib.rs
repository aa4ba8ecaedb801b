//! The few system calls that the rest of Lá Chắn needs and safe Rust does not give: the memory map
//! of a ruleset and the word to be said when one is cut, UDP in batches, giving back freed memory,
//! what the kernel thinks of its clock and is told of our threads, and beside them the one way files are replaced without a power cut ever leaving half
//! of one. The only crate of the workspace in which `unsafe` may stand.

mod bus;
mod clock;
mod map;
mod memory;
mod prefetch;
mod replace;
mod schedule;
pub mod udp;

pub use bus::die_loudly_on_bus_error;
pub use clock::{ClockState, clock_state};
pub use map::MappedFile;
pub use memory::{give_back_code, give_back_memory};
pub use prefetch::prefetch;
pub use replace::{free_bytes, replace_file};
pub use schedule::{answer_at_once, work_behind_others};
