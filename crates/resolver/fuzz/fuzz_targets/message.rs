//! Any bytes as a query and as an upstream's answer: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_resolver::fuzz_message(bytes));
