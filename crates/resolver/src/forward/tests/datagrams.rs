//! Questions over UDP: answers, forgeries, cut answers, upstreams with quirks.

use super::*;

/// Changes the address in an answer, which nobody must see.
fn poison(answer: &mut [u8]) {
    *answer.last_mut().unwrap() = 66;
}

fn flip_case(answer: &mut [u8], from: usize, to: usize) {
    for byte in &mut answer[from..to] {
        if byte.is_ascii_alphabetic() {
            *byte ^= 0x20;
        }
    }
}

/// Checks that lies sent before the right answer, a change of it each, are passed over.
async fn check_lies(what: &str, lies: usize, lie: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) {
    let upstream = Fake::start(move |query, transport| {
        let mut messages = Vec::new();
        if transport == Transport::Udp {
            let mut forged = good(query);
            poison(&mut forged);
            lie(&mut forged);
            messages = vec![forged; lies];
        }
        messages.push(good(query));
        messages
    })
    .await;
    let forwarder = forwarder(&[&upstream], |_| ());
    let outcome = forwarder.ask(&key("www.truong-hoc.edu.vn")).await;
    assert!(is_good(&outcome), "{what}: {outcome:?}");
    assert!(forwarder.stray_answers() > 0, "{what}: it is counted");
}

#[tokio::test]
async fn a_question_is_answered_and_kept() {
    let upstream = Fake::start(|query, _| vec![good(query)]).await;
    let forwarder = forwarder(&[&upstream], |_| ());
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    let (key, now) = (key("a.vn"), Watch::default().seconds());
    let mut scratch = crate::cache::Scratch::new();
    let kept = forwarder
        .shared
        .cache
        .find((&key).into(), now, &mut scratch);
    assert!(kept.is_some());
    assert_eq!((forwarder.under_way(), forwarder.stray_answers()), (0, 0));
}

#[tokio::test]
async fn forged_answers_are_passed_over() {
    check_lies("id", 2, |forged| forged[1] ^= 1).await;
    check_lies("name", 2, |forged| forged[13] = b'x').await;
    check_lies("type", 2, |forged| forged[36] ^= 4).await;
    check_lies("case", 1, |forged| flip_case(forged, 13, 33)).await;
    check_lies("a query", 2, |forged| forged[2] &= 0x7F).await;
    check_lies("another opcode", 2, |forged| forged[2] |= 0x10).await;
    check_lies("no question", 2, |forged| forged[5] = 0).await;
    check_lies("a scrap", 2, |forged| forged.truncate(9)).await;
    check_lies("nothing", 2, Vec::clear).await;
}

#[tokio::test]
async fn a_question_under_siege_is_asked_over_tcp() {
    check_lies("many ids", 9, |forged| forged[0] ^= 0x55).await;
    check_lies("many names", 9, |forged| forged[13] = b'x').await;
}

#[tokio::test]
async fn an_upstream_that_only_lies_is_a_timeout() {
    let upstream = Fake::start(|query, _| {
        let mut forged = good(query);
        forged[0] ^= 0xFF;
        vec![forged]
    })
    .await;
    let outcome = forwarder(&[&upstream], impatient).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Timeout);
}

#[tokio::test]
async fn a_late_answer_is_nobodys_forgery() {
    let upstream = Fake::start(|query, _| match question(query).0.as_str() {
        "late.vn" => Act::Later(Duration::from_millis(400), good(query)),
        _ => vec![good(query)].into(),
    })
    .await;
    let forwarder = forwarder(&[&upstream], impatient);
    let outcome = forwarder.ask(&key("late.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Timeout);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(is_good(&forwarder.ask(&key("a.vn")).await));
    assert_eq!(forwarder.stray_answers(), 0);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_a_failure() {
    let upstream = Fake::start(|query, _| {
        let mut cut = good(query);
        cut.truncate(cut.len() - 3);
        vec![cut]
    })
    .await;
    let outcome = forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await;
    assert_eq!(outcome.unwrap_err(), Failure::Unusable);
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_over_tcp() {
    let upstream = Fake::start(|query, transport| {
        let mut answer = good(query);
        if transport == Transport::Udp {
            answer[2] |= 2;
            answer.truncate(30);
        }
        vec![answer]
    })
    .await;
    let forwarder = forwarder(&[&upstream], |_| ());
    for name in ["a.vn", "b.vn", "c.vn"] {
        assert!(is_good(&forwarder.ask(&key(name)).await));
    }
    assert_eq!((upstream.asked(), upstream.connections()), (6, 1));
}

#[tokio::test]
async fn an_upstream_without_edns_is_asked_plainly_and_remembered() {
    let upstream = Fake::start(|query, _| {
        let has_edns = Query::parse(query).unwrap().edns.is_some();
        vec![if has_edns {
            Script::new(query, 1).bytes()
        } else {
            good(query)
        }]
    })
    .await;
    let forwarder = forwarder(&[&upstream], |_| ());
    for name in ["a.vn", "b.vn", "c.vn"] {
        assert!(is_good(&forwarder.ask(&key(name)).await));
    }
    assert_eq!(upstream.asked(), 4, "only the first was asked twice");
}

/// An upstream that lowers the names of its answers, over TCP too or not at home there.
async fn lowering(knows_tcp: bool) -> Fake {
    Fake::start(move |query, transport| {
        if transport == Transport::Stream && !knows_tcp {
            return Act::Break(Vec::new());
        }
        let mut answer = good(query);
        let end = 12 + question(query).0.len();
        answer[12..end].make_ascii_lowercase();
        vec![answer].into()
    })
    .await
}

#[tokio::test]
async fn an_upstream_that_lowers_names_is_no_outage_and_soon_known() {
    for knows_tcp in [true, false] {
        let upstream = lowering(knows_tcp).await;
        let forwarder = forwarder(&[&upstream], |_| ());
        for index in 0..6 {
            // Letters enough that one is always raised.
            let name = format!("truong-trung-hoc-{index}.edu.vn");
            assert!(is_good(&forwarder.ask(&key(&name)).await), "{index}");
        }
        let told = &forwarder.upstreams()[0];
        assert!(told.ignores_case && told.state == UpstreamState::Up);
        // Three are asked again in another way; from then on it is asked in plain letters at once.
        let before = upstream.asked();
        assert!(is_good(&forwarder.ask(&key("truong-moi.edu.vn")).await));
        assert_eq!(upstream.asked(), before + 1);
    }
}

#[tokio::test]
async fn the_error_an_upstream_gives_is_kept() {
    let upstream = Fake::start(|query, _| {
        let option = [&[0, 15, 0, 8, 0, 6][..], b"expired"].concat();
        let mut option = option;
        option[3] = 9;
        let script = Script::new(query, 2).record(3, "", 41, 0, &option);
        vec![script.bytes()]
    })
    .await;
    let outcome = forwarder(&[&upstream], |_| ()).ask(&key("a.vn")).await;
    assert_eq!(codes(&outcome), (2, Some(6)));
    assert_eq!(&*outcome.unwrap().ede().unwrap().text, "expired");
}

#[tokio::test]
async fn inside_addresses_for_outside_names_are_refused() {
    let upstream = Fake::start(|query, _| {
        let (name, _) = question(query);
        vec![
            Script::new(query, 0)
                .record(1, &name, 1, 60, &[192, 168, 1, 1])
                .bytes(),
        ]
    })
    .await;
    let forwarder = forwarder(&[&upstream], |settings| {
        settings.forwarding.rebind_allow = vec![name("truong-a.edu.vn")];
        settings.forwarding.zones = vec![ForwardZone {
            domain: name("ad.truong-b.edu.vn"),
            upstreams: settings.upstreams.clone(),
        }];
    });
    for (asked, open) in [
        ("evil.example", false),
        ("nas.truong-a.edu.vn", true),
        ("dc.ad.truong-b.edu.vn", true),
        ("www.truong-b.edu.vn", false),
    ] {
        let outcome = forwarder.ask(&key(asked)).await;
        let ede = (!open).then_some(15);
        assert_eq!(codes(&outcome), (0, ede), "{asked}");
        assert_eq!(outcome.unwrap().data_of(1).is_empty(), !open, "{asked}");
    }
}
