//! Any bytes as a list: the first byte picks the format, the rest is the file. Nothing may panic,
//! the counts must agree with what was handed out, and what `convert` writes must read back as
//! itself.

#![no_main]

use lachan_lists::convert::convert;
use lachan_lists::formats::ut1::{Part, read_part};
use lachan_lists::formats::{Collected, Format, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, file)) = bytes.split_first() else {
        return;
    };
    let first = usize::from(*first);
    let mut found = Collected::default();
    let Some(format) = Format::ALL.get(first % (Format::ALL.len() + 2)).copied() else {
        let part = if first & 1 == 0 {
            Part::Urls
        } else {
            Part::Expressions
        };
        let _ = read_part(part, file, &mut found);
        return;
    };
    // Reading a slice cannot fail.
    let Ok(summary) = read(format, file, &mut found) else {
        return;
    };
    assert_eq!(summary.items(), found.items.len() as u64);
    assert_eq!(summary.refused, found.refused.len() as u64);
    assert!(
        found
            .refused
            .iter()
            .all(|refused| !refused.to_string().contains(char::is_control))
    );

    let mut once = Vec::new();
    let mut twice = Vec::new();
    let written = convert(format, file, &mut once, |_| {});
    let again = convert(Format::Domains, once.as_slice(), &mut twice, |_| {});
    assert!(written.is_ok() && again.is_ok());
    assert_eq!(once, twice);
});
