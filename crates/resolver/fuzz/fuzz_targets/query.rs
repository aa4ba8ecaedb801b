//! Any bytes as a query, read by our parser and by hickory's: the same, but for what
//! `crates/resolver/src/wire/oracle.rs` lists. Begins with `seeds/query`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_resolver::fuzz_query(bytes));
