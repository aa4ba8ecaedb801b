//! Any bytes as a line of the control socket: no panic, and what is read writes back as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_daemon::fuzz_lines(bytes));
