//! Any bytes as the file that the cache is kept in over a restart, and as the entries of one whose
//! head and checksum are right: no panic, and what is read is written again as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_resolver::fuzz_snapshot(bytes));
