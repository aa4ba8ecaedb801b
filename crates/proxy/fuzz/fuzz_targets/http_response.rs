//! Any bytes as a response to GET, HEAD and POST: no panic, the pieces make no difference, and what is
//! written of a response that was read reads back with the same body.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_proxy::http::fuzz_response(bytes));
