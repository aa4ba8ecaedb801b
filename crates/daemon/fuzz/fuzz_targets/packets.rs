//! Any bytes as what comes to the probes of `doctor` (DNS answers, DHCP offers, router
//! advertisements, the system's tables): no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| lachan_daemon::fuzz_packets(bytes));
