//! Boxes without a clock, clocks that jump, sticks that lay in a drawer.

use lachan_sync::tuf::{Clock, Freshness, Patience, RefreshError, Role};

use crate::simulator::{DAY, NOW, Server, Tester, pair};

const fn trusted(now: i64) -> Clock {
    Clock {
        now,
        is_trusted: true,
    }
}

const fn unknown(now: i64) -> Clock {
    Clock {
        now,
        is_trusted: false,
    }
}

/// A timestamp that says when it was signed and ends a week later.
fn sign(server: &Server, at: i64) {
    let mut repo = server.repo();
    repo.timestamp.signed_at = Some(lachan_wire::tuf::time::text(at));
    for role in ["timestamp", "snapshot"] {
        repo.set_expiry(role, at + 7 * DAY);
    }
    repo.publish(&["snapshot", "timestamp"]);
}

async fn freshness(tester: &Tester, clock: Clock, patience: Patience) -> Freshness {
    tester
        .refresh_with(clock, patience)
        .await
        .unwrap()
        .freshness
}

#[tokio::test]
async fn with_a_clock_the_end_is_told() {
    let (server, tester) = pair();
    sign(&server, NOW);
    let fresh = freshness(&tester, trusted(NOW), Patience::None).await;
    assert_eq!(
        fresh,
        Freshness::Fresh {
            until: NOW + 7 * DAY
        }
    );
}

#[tokio::test]
async fn a_box_without_a_clock_takes_updates_and_says_so() {
    let (server, mut tester) = pair();
    tester.settings.not_before = NOW - 100 * DAY;
    // It believes to be in 1970, or far in the future: neither matters.
    for now in [0, NOW + 10_000 * DAY] {
        sign(&server, NOW);
        let told = freshness(&tester, unknown(now), Patience::None).await;
        let known = if now == 0 { NOW - 100 * DAY } else { NOW };
        assert_eq!(told, Freshness::UnknownClock { not_before: known });
    }
}

#[tokio::test]
async fn without_a_clock_what_ended_before_a_proven_time_is_refused() {
    let (server, tester) = pair();
    sign(&server, NOW);
    freshness(&tester, trusted(NOW + 6 * DAY), Patience::None).await;
    sign(&server, NOW - 2 * DAY);
    // NOW + 6 days has certainly passed, this ends at NOW + 5 days.
    let error = tester
        .refresh_with(unknown(0), Patience::None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            RefreshError::Expired {
                role: Role::Timestamp,
                ..
            }
        ),
        "{error:?}"
    );
    // The moment of signing proves a time, too.
    let (server, tester) = pair();
    sign(&server, NOW);
    freshness(&tester, unknown(0), Patience::None).await;
    {
        let mut repo = server.repo();
        repo.timestamp.signed_at = None;
        for role in ["timestamp", "snapshot"] {
            repo.set_expiry(role, NOW - DAY);
        }
        repo.publish(&["snapshot", "timestamp"]);
    }
    let error = tester
        .refresh_with(unknown(0), Patience::None)
        .await
        .unwrap_err();
    assert!(matches!(error, RefreshError::Expired { .. }), "{error:?}");
}

#[tokio::test]
async fn a_hub_whose_clock_was_ahead_poisons_no_box_without_a_clock() {
    let (server, tester) = pair();
    for role in ["root", "targets"] {
        server.repo().set_expiry(role, NOW + 3000 * DAY);
    }
    server.repo().publish(&["root", "targets"]);
    // A year ahead, then the right time again under a later version: the proof is taken back.
    sign(&server, NOW + 365 * DAY);
    freshness(&tester, unknown(0), Patience::None).await;
    sign(&server, NOW);
    let told = freshness(&tester, unknown(0), Patience::None).await;
    assert_eq!(told, Freshness::UnknownClock { not_before: NOW });
    // But not below what somebody vouched for.
    sign(&server, NOW + 3 * DAY);
    freshness(&tester, trusted(NOW + 3 * DAY), Patience::None).await;
    sign(&server, NOW + DAY);
    let told = freshness(&tester, unknown(0), Patience::None).await;
    let not_before = NOW + 3 * DAY;
    assert_eq!(told, Freshness::UnknownClock { not_before });
}

#[tokio::test]
async fn a_signing_after_the_end_of_root_or_targets_proves_nothing() {
    for role in ["root", "targets"] {
        let (server, mut tester) = pair();
        tester.settings.not_before = NOW - 30 * DAY;
        for role in ["root", "targets"] {
            server.repo().set_expiry(role, NOW + 3000 * DAY);
        }
        server.repo().set_expiry(role, NOW + 300 * DAY);
        server.repo().publish(&["root", "targets"]);
        sign(&server, NOW + 365 * DAY);
        freshness(&tester, unknown(0), Patience::None).await;
        // The same files again: nothing has ended for a box that knows no time.
        let told = freshness(&tester, unknown(0), Patience::None).await;
        let not_before = NOW - 30 * DAY;
        assert_eq!(told, Freshness::UnknownClock { not_before }, "{role}");
    }
}

#[tokio::test]
async fn a_visit_to_the_future_does_not_stop_updates_for_ever() {
    let (server, tester) = pair();
    for role in ["root", "targets"] {
        server.repo().set_expiry(role, NOW + 10_000 * DAY);
    }
    server.repo().publish(&["root", "targets"]);
    sign(&server, NOW + 3000 * DAY);
    freshness(&tester, trusted(NOW + 3000 * DAY), Patience::None).await;
    // The clock comes back; the hub signs on with later versions.
    sign(&server, NOW);
    let outcome = tester
        .refresh_with(trusted(NOW), Patience::None)
        .await
        .unwrap();
    assert!(outcome.clock_went_back);
    assert_eq!(
        outcome.freshness,
        Freshness::Fresh {
            until: NOW + 7 * DAY
        }
    );
    // And the time that counts without a clock is the right one again.
    sign(&server, NOW + DAY);
    let told = freshness(&tester, unknown(0), Patience::None).await;
    assert_eq!(told, Freshness::UnknownClock { not_before: NOW });
}

#[tokio::test]
async fn a_stick_may_be_ninety_days_late_and_no_more() {
    let (server, tester) = pair();
    for role in ["root", "targets"] {
        server.repo().set_expiry(role, NOW + 1000 * DAY);
    }
    server.repo().publish(&["root", "targets"]);
    sign(&server, NOW);
    let end = NOW + 7 * DAY;
    let error = tester
        .refresh_with(trusted(end + DAY), Patience::None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, RefreshError::Expired { since, .. } if since == end),
        "{error:?}"
    );
    let told = freshness(&tester, trusted(end + 89 * DAY), Patience::STICK).await;
    assert_eq!(told, Freshness::Stale { since: end });
    let error = tester
        .refresh_with(trusted(end + 90 * DAY), Patience::STICK)
        .await
        .unwrap_err();
    assert!(matches!(error, RefreshError::Expired { .. }), "{error:?}");
    // Still only forward.
    server.repo().signed.get_mut("timestamp").unwrap().pop();
    let error = tester
        .refresh_with(trusted(end), Patience::STICK)
        .await
        .unwrap_err();
    assert!(matches!(error, RefreshError::Rollback { .. }), "{error:?}");
}

#[tokio::test]
async fn root_and_targets_are_never_late() {
    for role in ["root", "targets"] {
        let (server, tester) = pair();
        server.repo().set_expiry(role, NOW - 1);
        server.repo().publish(&["root", "targets"]);
        sign(&server, NOW);
        let error = tester
            .refresh_with(trusted(NOW), Patience::STICK)
            .await
            .unwrap_err();
        assert!(
            matches!(error, RefreshError::Expired { .. }),
            "{role}: {error:?}"
        );
    }
}
