//! What is no ClientHello with a name, and what comes in bad pieces.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use lachan_policy::BypassKind;

use super::support::{ALERT, EVIL, Fake, Gate, SITE, STAFF, THCS, hello};
use crate::counters::Evasion;
use crate::tls::{Kind, Settings};

fn quick() -> Settings {
    Settings {
        hello: Duration::from_secs(1),
        idle: Duration::from_secs(2),
        ..Settings::default()
    }
}

#[test]
fn what_is_not_tls_is_closed_to_pupils_and_counted() {
    for said in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x38, 0, 0, 0],
    ] {
        let gate = Gate::new(Fake::default());
        assert_eq!(gate.exchange(THCS, said), ALERT, "{said:?}");
        assert_eq!(gate.server.counts().evasion(Evasion::NotTls), 1);
        assert_eq!(
            *gate.daemon.fake.evaded.lock().unwrap(),
            [BypassKind::Tunnel]
        );
    }
}

#[test]
fn a_hello_without_a_name_is_closed_to_pupils_and_counted() {
    let gate = Gate::new(Fake::default());
    assert_eq!(gate.exchange(THCS, &hello("192.0.2.1")), ALERT);
    assert_eq!(
        *gate.daemon.fake.evaded.lock().unwrap(),
        [BypassKind::Nameless]
    );
}

#[test]
fn a_damaged_hello_is_closed_to_everybody() {
    let mut damaged = hello("good.vn");
    let at = damaged
        .windows(7)
        .position(|part| part == b"good.vn")
        .unwrap();
    damaged[at - 1] = 99; // the name's length
    for from in [THCS, STAFF] {
        let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
        assert_eq!(gate.exchange(from, &damaged), ALERT);
        assert_eq!(gate.server.counts().evasion(Evasion::Malformed), 1);
    }
}

#[test]
fn staff_may_speak_other_protocols_to_where_they_dial() {
    // The gate's address is not among those that may be dialled, so this shows both: that staff's
    // connection is dialled as it came, and that the box itself is no target.
    let gate = Gate::new(Fake::default());
    assert_eq!(gate.exchange(STAFF, b"SSH-2.0-x\r\n"), ALERT);
    assert_eq!(gate.server.counts().evasion(Evasion::PrivateTarget), 1);
    assert_eq!(gate.server.counts().evasion(Evasion::NotTls), 0);
}

#[test]
fn a_hello_in_single_bytes_is_read() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    gate.counting_site(SITE);
    let mut client = gate.client(THCS);
    client.set_nodelay(true).unwrap();
    for byte in hello("good.vn") {
        client.write_all(&[byte]).unwrap();
    }
    client.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert!(heard.ends_with(b" bytes"));
}

#[test]
fn a_slow_hello_is_given_up() {
    let gate = Gate::of(Fake::default(), Kind::Transparent, quick());
    let mut client = gate.client(THCS);
    client.write_all(&hello("good.vn")[..20]).unwrap();
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    assert_eq!(heard, ALERT);
}

#[test]
fn what_unfinished_hellos_held_is_given_back() {
    let gate = Gate::new(Fake::default());
    // A record and a message that promise more than comes; in all more than a thread may hold.
    let mut bytes = vec![22, 3, 1, 0x40, 0, 1, 0, 0x60, 0];
    bytes.resize(16_000, 0);
    for _ in 0..600 {
        let mut client = gate.client(THCS);
        client.write_all(&bytes).unwrap();
    }
    gate.until("all are over", |gate| gate.server.counts().ended >= 600);
    assert_eq!(gate.server.counts().turned_away, 0);
    assert_eq!(gate.exchange(THCS, &hello("bad.vn")), ALERT);
}

#[test]
fn a_silent_pupil_is_given_up() {
    let gate = Gate::of(Fake::default(), Kind::Transparent, quick());
    let mut client = gate.client(THCS);
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    gate.until("it is closed", |gate| gate.server.counts().open() == 0);
}

#[test]
fn the_address_of_closed_names_lets_nothing_pass() {
    let gate = Gate::of(
        Fake::with(&[("good.vn", &[SITE])]),
        Kind::Closed,
        Settings::default(),
    );
    for said in [
        hello("good.vn"),
        hello("bad.vn"),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
    ] {
        assert_eq!(gate.exchange(STAFF, &said), ALERT);
    }
    assert!(gate.daemon.fake.blocked.lock().unwrap().is_empty());
}

#[test]
fn one_device_does_not_take_all_the_room() {
    let settings = Settings {
        max_per_client: 3,
        ..Settings::default()
    };
    let gate = Gate::of(
        Fake::with(&[("good.vn", &[EVIL])]),
        Kind::Transparent,
        settings,
    );
    let held: Vec<_> = (0..3).map(|_| gate.client(THCS)).collect();
    gate.until("three are in", |gate| gate.server.counts().open() == 3);
    let mut fourth = gate.client(THCS);
    let mut heard = Vec::new();
    let _ = fourth.read_to_end(&mut heard);
    assert!(heard.is_empty());
    gate.until("it is counted", |gate| {
        gate.server.counts().turned_away == 1
    });
    // Another device is served.
    assert_eq!(gate.exchange([127, 0, 3, 2], &hello("bad.vn")), ALERT);
    drop(held);
    gate.until("their room is free", |gate| {
        gate.server.counts().open() == 0
    });
    assert_eq!(gate.exchange(THCS, &hello("bad.vn")), ALERT);
}

#[test]
fn a_thousand_random_beginnings_leave_nothing_behind() {
    let gate = Gate::of(Fake::default(), Kind::Transparent, quick());
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let sample = hello("bad.vn");
    for _ in 0..1_000 {
        let mut client = gate.client(THCS);
        let mut bytes = sample.clone();
        let at = usize::try_from(next() % sample.len() as u64).unwrap();
        bytes[at] = next().to_le_bytes()[0];
        bytes.truncate(at + 1 + usize::try_from(next() % 300).unwrap());
        let _ = client.write_all(&bytes);
    }
    gate.until("all came and are over", |gate| {
        let counts = gate.server.counts();
        counts.accepted == 1_000 && counts.open() == 0
    });
}

/// The firewall lets the staff's connections pass by a proxy that does not work.
#[test]
fn a_thread_that_hangs_does_not_answer() {
    let gate = Gate::new(Fake::default());
    let handover = gate.server.handover();
    let long = Duration::from_secs(20);
    assert!(handover.answers(long));
    let held = gate.daemon.fake.decided.lock().unwrap();
    let mut client = gate.client(THCS);
    client.write_all(&hello("bad.vn")).unwrap();
    gate.until("it hangs", |_| !handover.answers(Duration::from_millis(50)));
    drop(held);
    assert!(handover.answers(long));
    drop(gate);
    assert!(!handover.answers(long));
}
