//! What becomes of a connection by the name it gives.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use lachan_policy::BypassKind;

use super::support::{ALERT, EVIL, Fake, Gate, SITE, STAFF, THCS, hello, hello_with};
use crate::counters::Evasion;
use crate::outside::Addresses;

/// What a client hears that says this and then no more.
fn said(gate: &Gate, from: [u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut client = gate.client(from);
    client.write_all(bytes).unwrap();
    let _ = client.shutdown(Shutdown::Write);
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    heard
}

#[test]
fn an_open_name_is_relayed_to_where_our_resolver_says_it_is() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    gate.counting_site(SITE);
    let hello = hello("good.vn");
    let expected = format!("{} bytes", hello.len());
    assert_eq!(said(&gate, THCS, &hello), expected.as_bytes());
    gate.until("the end is seen", |gate| gate.server.counts().open() == 0);
    let counts = gate.server.counts();
    assert_eq!((counts.passed, counts.blocked), (1, 0));
    assert_eq!(counts.evasion(Evasion::Elsewhere), 1);
    assert!(gate.daemon.fake.blocked.lock().unwrap().is_empty());
    assert_eq!(*gate.daemon.fake.decided.lock().unwrap(), 1);
}

#[test]
fn a_slow_resolver_is_waited_for() {
    let fake = Fake {
        is_slow: true,
        ..Fake::with(&[("good.vn", &[SITE])])
    };
    let gate = Gate::new(fake);
    gate.counting_site(SITE);
    assert!(said(&gate, THCS, &hello("good.vn")).ends_with(b" bytes"));
}

#[test]
fn a_closed_name_gets_the_alert_and_a_line_in_the_log() {
    let gate = Gate::new(Fake::with(&[("www.bad.vn", &[SITE])]));
    assert_eq!(gate.exchange(THCS, &hello("WWW.bad.vn")), ALERT);
    assert_eq!(
        *gate.daemon.fake.blocked.lock().unwrap(),
        ["thcs www.bad.vn"]
    );
    gate.until("the end is seen", |gate| gate.server.counts().open() == 0);
    assert_eq!(gate.server.counts().blocked, 1);
}

#[test]
fn what_is_closed_to_pupils_may_be_open_to_others() {
    let gate = Gate::new(Fake::with(&[("zalo.me", &[SITE])]));
    gate.counting_site(SITE);
    assert!(said(&gate, STAFF, &hello("zalo.me")).ends_with(b" bytes"));
}

#[test]
fn a_false_name_leads_to_where_that_name_truly_is() {
    // The client dials the gate's own address as if it were an evil server, and names a good one.
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    gate.site(SITE, |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
        let _ = stream.write_all(b"the good one");
    });
    gate.site(EVIL, |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
        let _ = stream.write_all(b"the evil one");
    });
    assert_eq!(said(&gate, THCS, &hello("good.vn")), b"the good one");
}

#[test]
fn a_name_that_is_closed_behind_gets_the_alert() {
    let gate = Gate::new(Fake::default());
    let entry = ("cloak.vn".to_owned(), Addresses::Closed);
    gate.daemon.fake.names.lock().unwrap().push(entry);
    assert_eq!(gate.exchange(THCS, &hello("cloak.vn")), ALERT);
}

#[test]
fn a_name_that_nobody_knows_is_told_so() {
    let gate = Gate::new(Fake::default());
    let heard = gate.exchange(THCS, &hello("nowhere.vn"));
    assert_eq!(heard, [21, 3, 3, 0, 2, 2, 112]);
    assert_eq!(gate.server.counts().evasion(Evasion::Unknown), 1);
}

#[test]
fn a_name_that_leads_inside_is_refused() {
    for inside in [[10, 0, 0, 1], [127, 0, 0, 1], [192, 168, 1, 1]] {
        let gate = Gate::new(Fake::with(&[("rebind.vn", &[inside])]));
        assert_eq!(gate.exchange(THCS, &hello("rebind.vn")), ALERT);
        assert_eq!(gate.server.counts().evasion(Evasion::PrivateTarget), 1);
        assert_eq!(
            *gate.daemon.fake.evaded.lock().unwrap(),
            [BypassKind::Address]
        );
    }
}

#[test]
fn a_private_address_beside_a_public_one_is_left_out() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[[10, 0, 0, 1], SITE])]));
    gate.counting_site(SITE);
    assert!(said(&gate, THCS, &hello("good.vn")).ends_with(b" bytes"));
}

#[test]
fn the_next_address_is_tried_when_one_does_not_answer() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[[127, 9, 7, 7], SITE])]));
    gate.counting_site(SITE);
    assert!(said(&gate, THCS, &hello("good.vn")).ends_with(b" bytes"));
}

#[test]
fn a_server_that_cannot_be_reached_is_told_so() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[[127, 9, 7, 7]])]));
    let heard = gate.exchange(THCS, &hello("good.vn"));
    assert_eq!(heard, [21, 3, 3, 0, 2, 2, 80]);
    assert_eq!(gate.server.counts().failed, 1);
}

#[test]
fn a_ways_round_list_closes_names_and_counts_them() {
    let gate = Gate::new(Fake::with(&[("vpn.example", &[SITE])]));
    assert_eq!(gate.exchange(THCS, &hello("vpn.example")), ALERT);
    assert_eq!(*gate.daemon.fake.evaded.lock().unwrap(), [BypassKind::Vpn]);
}

#[test]
fn dns_over_tls_on_the_port_of_pages_is_closed() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello_with("good.vn", &[b"dot"]);
    assert_eq!(gate.exchange(THCS, &hello), ALERT);
    assert_eq!(*gate.daemon.fake.evaded.lock().unwrap(), [BypassKind::Doh]);
}
