//! What the resolver tells whoever watches it: how long things take, how upstreams do, and a cache
//! that can be emptied.

use lachan_policy::{Name, Tier};

use super::support::School;
use crate::UpstreamState;
use crate::latency::ONE_IN;

#[tokio::test]
async fn one_answer_in_many_is_measured_and_every_round_trip() {
    let school = School::new().await;
    for _ in 0..2 * ONE_IN {
        school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    }
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    school.answer(Tier::Staff, "khac.hoc.vn", 1).await;
    let taken = school.engine.latencies();
    assert_eq!((taken.here.count(), taken.upstream.count()), (2, 2));
    assert!(taken.upstream.quantile(990).is_some());
}

#[tokio::test]
async fn upstreams_are_told_with_what_they_answered() {
    let school = School::new().await;
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    let told = school.engine.upstreams();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].label, school.upstream.address.to_string());
    assert_eq!((told[0].state, told[0].answered), (UpstreamState::Up, 1));
    assert!(told[0].round_trip.is_some());
}

#[tokio::test]
async fn what_is_flushed_is_asked_again() {
    let school = School::new().await;
    for name in ["hoc.vn", "a.hoc.vn", "khac.vn"] {
        school.answer(Tier::Staff, name, 1).await;
    }
    let name = lachan_lists::testing::name("hoc.vn");
    assert_eq!(school.engine.flush_cache(&name, true), 2);
    school.answer(Tier::Staff, "hoc.vn", 1).await;
    school.answer(Tier::Staff, "khac.vn", 1).await;
    let counts = school.engine.counts();
    assert_eq!((counts.forwarded, counts.cached), (4, 1));
    assert_eq!(school.engine.flush_cache(&Name::ROOT, true), 2);
    assert_eq!(school.engine.cached_size().0, 0);
}
