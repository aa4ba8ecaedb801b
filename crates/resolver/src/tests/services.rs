//! HTTPS records: the keys of Encrypted Client Hello, and what stands behind a service binding.

use lachan_policy::Tier;

use super::support::{School, show};
use crate::HttpsRecords;
use crate::fake::{Fake, question};
use crate::wire::query::tests::{query, with_edns};
use crate::wire::response::tests::{Script, wire};

const ECH: &[u8] = b"\x00\x05\x00\x04keys";
const ALPN: &[u8] = b"\x00\x01\x00\x03\x02h2";

/// A school whose upstream answers every HTTPS query with one record: this target, these
/// parameters.
async fn school(target: &'static str, params: &'static [&'static [u8]]) -> School {
    School::upon(upstream(target, params).await, Vec::new(), |_| ())
}

async fn upstream(target: &'static str, params: &'static [&'static [u8]]) -> Fake {
    Fake::start(move |asked, _| {
        let (name, qtype) = question(asked);
        let data = [&[0, 1][..], &wire(target), &params.concat()].concat();
        let script = Script::new(asked, 0);
        let script = match qtype {
            65 => script.record(1, &name, 65, 300, &data),
            1 => script.a(&name, 60),
            _ => script.soa(60, 60),
        };
        vec![script.bytes()]
    })
    .await
}

#[tokio::test]
async fn pupils_get_no_keys_and_all_the_rest() {
    let school = school("", &[ALPN, ECH]).await;
    for _ in 0..2 {
        let answer = school.answer(Tier::Thcs, "hoc.vn", 65).await;
        assert_eq!(answer, "HTTPS 1 . alpn=h2,");
    }
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn a_tier_that_keeps_its_keys_has_answers_of_its_own() {
    let upstream = upstream("", &[ALPN, ECH]).await;
    let school = School::upon(upstream, Vec::new(), |settings| {
        settings.ech_tiers = vec![Tier::Staff];
    });
    for _ in 0..2 {
        let pupil = school.answer(Tier::Thcs, "hoc.vn", 65).await;
        assert!(!pupil.contains("ech="), "{pupil}");
        let staff = school.answer(Tier::Staff, "hoc.vn", 65).await;
        assert!(staff.contains("ech="), "{staff}");
    }
    // Once for each form.
    assert_eq!(school.upstream.asked(), 2);
}

#[tokio::test]
async fn by_option_names_have_no_service_bindings() {
    let upstream = upstream("", &[ALPN]).await;
    let school = School::upon(upstream, Vec::new(), |settings| {
        settings.https_records = HttpsRecords::NoData;
    });
    for qtype in [64, 65] {
        assert_eq!(
            school.answer(Tier::Staff, "hoc.vn", qtype).await,
            "NODATA 60"
        );
    }
    assert_eq!(school.upstream.asked(), 0);
    let closed = school.answer(Tier::Thcs, "nha-cai.example", 65).await;
    assert!(closed.starts_with("NXDOMAIN"), "{closed}");
    school.check(Tier::Staff, "hoc.vn", "A 192.0.2.1").await;
}

#[tokio::test]
async fn a_closed_name_behind_a_service_binding_closes_that_binding_only() {
    let school = school("t.nha-cai.net", &[ALPN]).await;
    let answer = school.answer(Tier::Thcs, "hoc.vn", 65).await;
    assert!(
        answer.starts_with("NODATA 30 EDE 15 Lá Chắn: Cờ bạc"),
        "{answer}"
    );
    school.check(Tier::Thcs, "hoc.vn", "A 192.0.2.1").await;
    let counts = school.engine.counts();
    assert_eq!((counts.cloaked, counts.blocked), (1, 1));
}

#[tokio::test]
async fn a_hint_in_a_closed_range_closes_that_binding_only() {
    let school = school("", &[b"\x00\x04\x00\x04\xC6\x33\x64\x07"]).await;
    let answer = school.answer(Tier::Thcs, "hoc.vn", 65).await;
    assert!(
        answer.starts_with("NODATA 30 EDE 15 Lá Chắn: Cờ bạc"),
        "{answer}"
    );
    assert_eq!(school.engine.counts().by_address, 1);
}

#[tokio::test]
async fn with_signatures_wanted_the_changed_record_comes_unsigned() {
    let upstream = Fake::start(|asked, _| {
        let (name, _) = question(asked);
        let mut signature = vec![0, 65, 13, 2];
        signature.extend([0; 14]);
        signature.extend(wire("vn"));
        signature.extend([9; 64]);
        let data = [&[0, 1, 0][..], ALPN, ECH].concat();
        let script = Script::new(asked, 0).record(1, &name, 65, 300, &data);
        vec![script.record(1, &name, 46, 300, &signature).bytes()]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    let asked = with_edns(query("hoc.vn", 65), 1232, 0, true);
    let message = school.ask(Tier::Thcs, &asked).await;
    assert_eq!(show(&message), "HTTPS 1 . alpn=h2,");
    assert!(
        message
            .edns
            .as_ref()
            .is_some_and(|edns| edns.flags().dnssec_ok)
    );
}
