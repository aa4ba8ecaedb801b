//! Any bytes as a TCP stream cut anywhere, a DoQ stream and a DoH request's path, URL and media
//! type: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_resolver::fuzz_listen(bytes));
