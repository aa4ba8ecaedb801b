//! Any bytes as a request: no panic, the pieces make no difference, and what is written of a request
//! that was read reads back as the same one.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_proxy::http::fuzz_request(bytes));
