//! Any bytes as a file of signed metadata: the first byte picks the kind. Nothing may panic; what is
//! read must survive being written again, its canonical form must be its own, and no signature of
//! nobody's may count.

#![no_main]

use lachan_wire::tuf::{
    KeyRole, Metadata, Root, Signed, Snapshot, Targets, Timestamp, attach, canonical, encode, list,
    parse,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, file)) = bytes.split_first() else {
        return;
    };
    if let Ok(value) = parse(file) {
        let Ok(once) = canonical(&value) else {
            panic!("strict JSON has a canonical form");
        };
        // Control characters stand in it as they are, so it need not be JSON; where it is, it is its own.
        if let Ok(again) = parse(&once) {
            assert_eq!(canonical(&again).ok(), Some(once));
        }
        let _ = list::Custom::read(&value);
    }
    match kind % 4 {
        0 => check::<Root>(file),
        1 => check::<Targets>(file),
        2 => check::<Snapshot>(file),
        _ => check::<Timestamp>(file),
    }
});

fn check<T: Metadata + PartialEq + std::fmt::Debug>(file: &[u8]) {
    let Ok(read) = Signed::<T>::parse(file) else {
        return;
    };
    let _ = read.content.expires();
    let nobody = KeyRole::new(
        read.signatures
            .iter()
            .map(|signature| signature.keyid.clone())
            .collect(),
        1,
    );
    assert!(
        read.check(&std::collections::BTreeMap::new(), &nobody)
            .is_err()
    );
    let written = encode(&read.content, &[]).map(|bytes| Signed::<T>::parse(&bytes));
    let Ok(Ok(again)) = written else {
        panic!("what was read can be written and read again");
    };
    assert_eq!(again.content, read.content);
    let Ok(signed) = attach(file, &read.signatures) else {
        panic!("a file that was read can carry its own signatures");
    };
    assert_eq!(
        Signed::<T>::parse(&signed)
            .map(|file| file.canonical().to_vec())
            .ok()
            .as_deref(),
        Some(read.canonical())
    );
}
