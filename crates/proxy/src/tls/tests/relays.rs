//! Bytes that pass: all of them, in order, both ways, whatever the pieces.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::support::{Fake, Gate, SITE, THCS, hello};
use crate::tls::{Kind, Settings};

const MUCH: usize = 24 * 1024 * 1024;

fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at.wrapping_mul(31) ^ (at >> 8)).to_le_bytes()[0])
        .collect()
}

/// Drops the hello, and gives the rest of the stream.
fn after_hello(stream: &mut TcpStream, length: usize) {
    let mut hello = vec![0; length];
    stream.read_exact(&mut hello).unwrap();
}

#[test]
fn much_passes_both_ways_unchanged() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello("good.vn");
    let length = hello.len();
    // Echoes.
    gate.site(SITE, move |mut stream| {
        after_hello(&mut stream, length);
        let mut back = stream.try_clone().unwrap();
        let _ = std::io::copy(&mut stream, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello).unwrap();
    let mut sender = client.try_clone().unwrap();
    let sent = pattern(MUCH);
    let copy = sent.clone();
    let sending = std::thread::spawn(move || {
        sender.write_all(&copy).unwrap();
        sender.shutdown(Shutdown::Write).unwrap();
    });
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    sending.join().unwrap();
    assert!(heard == sent, "{} of {}", heard.len(), sent.len());
    gate.until("it is over", |gate| gate.server.counts().open() == 0);
}

#[test]
fn a_slow_reader_holds_the_sender_back_and_loses_nothing() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello("good.vn");
    let length = hello.len();
    gate.site(SITE, move |mut stream| {
        after_hello(&mut stream, length);
        let _ = stream.write_all(&pattern(MUCH));
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello).unwrap();
    let mut heard = Vec::new();
    let mut piece = vec![0; 1024 * 1024];
    loop {
        std::thread::sleep(Duration::from_millis(2));
        match client.read(&mut piece).unwrap() {
            0 => break,
            count => heard.extend_from_slice(&piece[..count]),
        }
    }
    assert!(heard == pattern(MUCH), "{}", heard.len());
}

#[test]
fn small_messages_go_back_and_forth() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello("good.vn");
    let length = hello.len();
    gate.site(SITE, move |mut stream| {
        after_hello(&mut stream, length);
        let mut byte = [0];
        while stream.read_exact(&mut byte).is_ok() {
            byte[0] = byte[0].wrapping_add(1);
            stream.write_all(&byte).unwrap();
        }
    });
    let mut client = gate.client(THCS);
    client.set_nodelay(true).unwrap();
    client.write_all(&hello).unwrap();
    for value in 0..=255_u8 {
        client.write_all(&[value]).unwrap();
        let mut answer = [0];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer[0], value.wrapping_add(1));
    }
}

#[test]
fn one_side_may_end_while_the_other_goes_on() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    gate.site(SITE, |mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(b"late").unwrap();
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello("good.vn")).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"late");
}

#[test]
fn a_server_that_breaks_off_ends_the_client_too() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    gate.site(SITE, |stream| {
        let socket = socket2::SockRef::from(&stream);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello("good.vn")).unwrap();
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    gate.until("it is over", |gate| gate.server.counts().open() == 0);
}

/// Closed in order, it would keep a local port for a minute.
#[test]
fn a_client_that_breaks_off_breaks_the_server_off_too() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello("good.vn");
    let length = hello.len();
    let (told, ended) = std::sync::mpsc::channel();
    gate.site(SITE, move |mut stream| {
        after_hello(&mut stream, length);
        stream.write_all(b"!").unwrap();
        told.send(stream.read(&mut [0]).map_err(|error| error.kind()))
            .unwrap();
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello).unwrap();
    client.read_exact(&mut [0]).unwrap();
    socket2::SockRef::from(&client)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    let ended = ended.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(ended, Err(std::io::ErrorKind::ConnectionReset));
}

#[test]
fn an_idle_relay_ends() {
    let settings = Settings {
        idle: Duration::from_secs(1),
        ..Settings::default()
    };
    let gate = Gate::of(
        Fake::with(&[("good.vn", &[SITE])]),
        Kind::Transparent,
        settings,
    );
    gate.site(SITE, |stream| {
        std::thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    let mut client = gate.client(THCS);
    client.write_all(&hello("good.vn")).unwrap();
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    gate.until("it is over", |gate| gate.server.counts().open() == 0);
}

#[test]
fn many_relays_at_once_stay_apart() {
    let gate = Gate::new(Fake::with(&[("good.vn", &[SITE])]));
    let hello = hello("good.vn");
    let length = hello.len();
    gate.site(SITE, move |mut stream| {
        std::thread::spawn(move || {
            after_hello(&mut stream, length);
            let mut back = stream.try_clone().unwrap();
            let _ = std::io::copy(&mut stream, &mut back);
            let _ = back.shutdown(Shutdown::Write);
        });
    });
    let clients: Vec<_> = (0..40_u8)
        .map(|number| {
            let mut client = gate.client(THCS);
            let hello = hello.clone();
            std::thread::spawn(move || {
                let sent = vec![number; 200_000 + usize::from(number)];
                client.write_all(&hello).unwrap();
                let mut sender = client.try_clone().unwrap();
                let copy = sent.clone();
                let sending = std::thread::spawn(move || {
                    sender.write_all(&copy).unwrap();
                    sender.shutdown(Shutdown::Write).unwrap();
                });
                let mut heard = Vec::new();
                client.read_to_end(&mut heard).unwrap();
                sending.join().unwrap();
                assert!(heard == sent);
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    gate.until("all are over", |gate| gate.server.counts().open() == 0);
    assert_eq!(gate.server.counts().passed, 40);
}
