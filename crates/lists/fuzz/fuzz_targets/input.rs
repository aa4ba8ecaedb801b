//! Any bytes as a downloaded file: plain, compressed, or an archive of UT1 categories. Nothing may
//! panic, and the cap on what they unpack to must hold.

#![no_main]

use std::io::{Read as _, Write as _};

use lachan_lists::input::ut1::Ut1;
use lachan_lists::input::{InputError, of_reader};
use libfuzzer_sys::fuzz_target;

/// The cap: 1 MiB.
const MOST: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut unpacked = Vec::new();
    if let Ok(mut input) = of_reader(std::io::Cursor::new(bytes.to_vec()), MOST) {
        let _ = input.read_to_end(&mut unpacked);
    }
    assert!(unpacked.len() as u64 <= MOST);

    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    if let Ok(ut1) = Ut1::open_within(file.path(), MOST) {
        let _ = ut1.read(|_, _, reader| {
            let _ = reader.read_to_end(&mut Vec::new());
            Ok::<_, InputError>(())
        });
    }
});
