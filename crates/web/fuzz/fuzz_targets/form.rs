//! Any bytes as a form that a pupil's browser sends: whatever is taken reads back the same when it is
//! written anew.

#![no_main]

use lachan_web::{Fields, encoded, from_page};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(fields) = Fields::parse(bytes) else {
        return;
    };
    if let Some(sealed) = from_page(fields.get("kin")) {
        assert!(sealed.starts_with(b"age-encryption.org/v1\n-> X25519 "));
    }
    for name in ["ma", "chuyen", "the", ""] {
        let value = fields.get(name);
        let written = format!("{}={}", encoded(name), encoded(value));
        let again = Fields::parse(written.as_bytes()).expect("what we write is a form");
        assert_eq!(again.get(name), value);
    }
});
