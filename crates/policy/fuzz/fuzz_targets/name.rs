//! Any bytes as a name, from the wire and as text: no panic, and what is read reads back.

#![no_main]

use lachan_policy::{Name, Scope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((name, used)) = Name::from_wire(bytes) {
        assert!(used <= bytes.len());
        assert_eq!(Name::from_normal(name.as_wire()), Ok(name));
        assert!(name.is_within(&name.registrable()));
        assert!(!name.to_string().contains(char::is_control));
        assert_eq!(name.label_count(), name.suffixes().count());
    }
    let _ = Name::from_normal(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok((name, scope)) = Scope::parse_entry(text) {
        let entry = scope.entry(&name);
        assert_eq!(Scope::parse_entry(&entry), Ok((name, scope)));
        let _ = name.to_unicode();
    }
});
