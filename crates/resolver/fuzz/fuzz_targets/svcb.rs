//! Any bytes as an upstream's answer: what is left without the keys of Encrypted Client Hello can be
//! read, and has none.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_resolver::fuzz_svcb(bytes));
