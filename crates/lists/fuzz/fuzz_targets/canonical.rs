//! Any bytes as a list of any format: its canonical form must read as canonical, build itself, and
//! be what its own report says. And any bytes as a canonical list: nothing may panic.

#![no_main]

use lachan_lists::canonical::{Builder, Kind, Options, read};
use lachan_lists::formats::Format;
use libfuzzer_sys::fuzz_target;

fn built(format: Format, file: &[u8]) -> Vec<u8> {
    let mut builder = Builder::new(Options {
        public_suffixes: true,
    });
    let mut out = Vec::new();
    // Reading a slice and writing to memory cannot fail.
    let added = builder.add(format, file, |_| {});
    let report = builder.finish(&mut out);
    let info = read(Kind::Open, out.as_slice(), |_, _| {});
    match (added, report, info) {
        (Ok(()), Ok(report), Ok(info)) => assert_eq!(report.info, info),
        other => panic!("{other:?}"),
    }
    out
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, file)) = bytes.split_first() else {
        return;
    };
    let _ = read(Kind::Open, file, |_, _| {});
    let _ = read(Kind::Sealed, file, |_, _| {});
    let format = Format::ALL[usize::from(*first) % Format::ALL.len()];
    let once = built(format, file);
    assert_eq!(built(Format::Canonical, &once), once);
});
