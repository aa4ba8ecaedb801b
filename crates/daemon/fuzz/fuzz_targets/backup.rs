//! Any bytes as what is inside a backup: no panic, and no file under a name that is not a part's.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_daemon::fuzz_backup(bytes));
