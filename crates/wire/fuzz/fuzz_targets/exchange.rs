//! What a hub reads of boxes and a box of its hub: any bytes. What is taken is written and read back as the same.
#![no_main]

use lachan_wire::ask::{Answers, AnswersWanted, Ask};
use lachan_wire::enrol::{EnrolAnswer, EnrolCode, EnrolRequest};
use lachan_wire::fleet::FleetReport;
use lachan_wire::push::News;
use lachan_wire::statistics::DayReport;
use libfuzzer_sys::fuzz_target;

macro_rules! same {
    ($bytes:expr, $($kind:ty),*) => {$(
        if let Ok(read) = serde_json::from_slice::<$kind>($bytes) {
            let written = serde_json::to_vec(&read).expect("what was read can be written");
            let again = serde_json::from_slice::<$kind>(&written).expect("what was written can be read");
            assert_eq!(again, read);
        }
    )*};
}

fuzz_target!(|bytes: &[u8]| {
    same!(bytes, EnrolRequest, EnrolAnswer, Ask, AnswersWanted, Answers, DayReport);
    if let Ok(report) = serde_json::from_slice::<FleetReport>(bytes) {
        let _ = report.check();
    }
    if let Ok(report) = serde_json::from_slice::<DayReport>(bytes) {
        let _ = report.check();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = News::read(text);
        if let Some(code) = EnrolCode::typed(text) {
            assert_eq!(EnrolCode::typed(&code.to_text()), Some(code));
        }
    }
});
