//! Any values in a proxy configuration: none ends the string it stands in.

#![no_main]

use lachan_policy::Name;
use lachan_proxy::pac::Pac;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (host, rest) = bytes.split_at(bytes.len() / 2);
    let pac = Pac {
        proxy: Some((String::from_utf8_lossy(host).into_owned(), 3128)),
        direct_names: Name::from_wire(rest)
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
        ..Pac::default()
    };
    for line in pac.render().lines().skip(1) {
        assert!(line.is_ascii(), "{line}");
        assert_eq!(line.matches('"').count() % 2, 0, "{line}");
    }
});
