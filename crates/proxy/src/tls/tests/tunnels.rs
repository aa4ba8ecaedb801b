//! Tunnels that the explicit proxy opened: what goes through them is what was asked for.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use lachan_policy::Name;

use super::support::{ALERT, Fake, Gate, SITE, STAFF, THCS, hello};
use crate::counters::Evasion;
use crate::http::{Host, Relay, Tunnel, Tunnels as _};

/// What a client hears that says this in a tunnel that was opened for a host.
fn said(gate: &Gate, from: [u8; 4], host: &str, early: &[u8], bytes: &[u8]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let site = SocketAddr::new(SITE.into(), gate.address().port());
    runtime.block_on(async {
        accepted.set_nonblocking(true).unwrap();
        let tunnel = Tunnel {
            client: tokio::net::TcpStream::from_std(accepted).unwrap(),
            early: early.to_vec(),
            upstream: tokio::net::TcpStream::connect(site).await.unwrap(),
            host: Host::Name(Name::from_text(host).unwrap()),
            port: 443,
            device: from.into(),
        };
        gate.server.handover().carry(tunnel).await;
    });
    client.write_all(bytes).unwrap();
    let _ = client.shutdown(std::net::Shutdown::Write);
    let mut heard = Vec::new();
    let _ = client.read_to_end(&mut heard);
    heard
}

#[test]
fn a_tunnel_to_the_host_it_was_asked_for_passes() {
    let gate = Gate::new(Fake::default());
    gate.counting_site(SITE);
    let hello = hello("good.vn");
    let expected = format!("{} bytes", hello.len());
    assert_eq!(
        said(&gate, THCS, "good.vn", &[], &hello),
        expected.as_bytes()
    );
    // As well where some of it came right behind the CONNECT.
    let heard = said(&gate, THCS, "good.vn", &hello[..99], &hello[99..]);
    assert_eq!(heard, expected.as_bytes());
    let heard = said(&gate, THCS, "good.vn", &hello, &[]);
    assert_eq!(heard, expected.as_bytes());
}

#[test]
fn a_tunnel_that_names_another_host_is_closed() {
    let gate = Gate::new(Fake::default());
    gate.counting_site(SITE);
    assert_eq!(said(&gate, THCS, "good.vn", &[], &hello("other.vn")), ALERT);
    assert_eq!(gate.server.counts().evasion(Evasion::OtherName), 1);
}

#[test]
fn a_tunnel_for_something_else_than_tls_is_closed_to_pupils() {
    let gate = Gate::new(Fake::default());
    gate.counting_site(SITE);
    let ssh = b"SSH-2.0-x\r\n";
    assert_eq!(said(&gate, THCS, "good.vn", &[], ssh), ALERT);
    assert_eq!(said(&gate, STAFF, "good.vn", &[], ssh), b"11 bytes");
}

#[test]
fn what_became_a_web_socket_is_carried_both_ways() {
    let gate = Gate::new(Fake::default());
    gate.site(SITE, |mut stream| {
        let mut back = stream.try_clone().unwrap();
        let _ = std::io::copy(&mut stream, &mut back);
        let _ = back.shutdown(std::net::Shutdown::Write);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let site = SocketAddr::new(SITE.into(), gate.address().port());
    runtime.block_on(async {
        accepted.set_nonblocking(true).unwrap();
        let relay = Relay {
            client: tokio::net::TcpStream::from_std(accepted).unwrap(),
            upstream: tokio::net::TcpStream::connect(site).await.unwrap(),
            name: Name::from_text("good.vn").ok(),
            device: THCS.into(),
        };
        gate.server.handover().relay(relay).await;
    });
    client.write_all(b"frames").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"frames");
}
