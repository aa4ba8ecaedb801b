//! Any bytes as the fields of an HTTP/2 request: no panic, and what is written of them is exactly one
//! request of HTTP/1.1, to the same host, with the same body.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_proxy::inspect::fuzz_fields(bytes));
