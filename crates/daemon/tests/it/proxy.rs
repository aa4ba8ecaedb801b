//! The proxy in the running filter, asked over loopback. What passes it, and TPROXY, is tried in
//! `tests/e2e`, where there are sites to go to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::{Place, rules, upstream};

/// A port that is free by now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A place whose settings have this `[proxy]`.
fn ready(proxy: &str) -> Place {
    let place = Place::new();
    settings(&place, proxy);
    place.put_ruleset();
    place.put_groups();
    place
}

fn settings(place: &Place, proxy: &str) {
    let text = format!(
        "version = \"v1\"\n[paths]\ndata = \"{}\"\nrules = \"{}\"\n[store]\nflush = \"1s\"\n\
         [resolver]\nlisten = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]\n[proxy]\n{proxy}\n",
        place.text("data"),
        rules().display(),
        upstream(),
    );
    place.file("lachan.toml", &text);
}

/// What a device of lower secondary school hears that says this to a port of the box.
fn heard(port: u16, said: &[u8]) -> Vec<u8> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let from = SocketAddr::from(([127, 0, 3, 7], 0));
    socket.bind(&from.into()).unwrap();
    socket
        .connect(&SocketAddr::from(([127, 0, 0, 1], port)).into())
        .unwrap();
    let mut stream: TcpStream = socket.into();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(said).unwrap();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    heard
}

fn hello(name: &str) -> Vec<u8> {
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let server = name.to_owned().try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), server).unwrap();
    let mut wire = Vec::new();
    client.write_tls(&mut wire).unwrap();
    wire
}

fn proxy_of(place: &Place) -> Value {
    place.run(&["status", "--json"]).json()["proxy"].clone()
}

/// Waits until the status says this of the proxy.
fn until(place: &Place, what: &str, holds: impl Fn(&Value) -> bool) {
    for _ in 0..200 {
        if holds(&proxy_of(place)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never: {what}; {}", proxy_of(place));
}

/// Waits until the log has an event of this channel.
fn event(place: &Place, channel: &str) -> Value {
    for _ in 0..200 {
        let events = place.run(&["events", "--json"]).json();
        let found = events.as_array().and_then(|all| {
            let mut all = all.iter();
            all.find(|event| event["channel"] == channel).cloned()
        });
        if let Some(event) = found {
            return event;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no event of {channel}");
}

const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 49];

#[test]
fn a_closed_site_is_answered_with_the_page_and_stands_in_the_log() {
    let port = free_port();
    let place = ready(&format!("explicit = [\"127.0.0.1:{port}\"]"));
    let server = place.start();
    let asked = b"GET http://fb88.com/ HTTP/1.1\r\nHost: fb88.com\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
    let page = String::from_utf8(heard(port, asked)).unwrap();
    assert!(page.starts_with("HTTP/1.1 403 "), "{page}");
    assert!(page.contains("<html lang=\"vi\""), "{page}");
    let event = event(&place, "http");
    assert_eq!(event["name"], "fb88.com");
    let tunnel = b"CONNECT fb88.com:443 HTTP/1.1\r\nHost: fb88.com:443\r\n\r\n";
    let refused = String::from_utf8(heard(port, tunnel)).unwrap();
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    assert_eq!(proxy_of(&place)["state"], "on");
    let shown = place.run(&["status"]);
    assert!(shown.out.contains("Proxy filters the web"), "{shown:?}");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_closed_name_of_tls_gets_the_alert_and_stands_in_the_log() {
    let (http, tls) = (free_port(), free_port());
    let place = ready(&format!(
        "transparent = \"on\"\ntransparent-http = {http}\ntransparent-tls = {tls}"
    ));
    let server = place.start();
    assert_eq!(heard(tls, &hello("www.fb88.com")), ALERT);
    let event = event(&place, "tls");
    assert_eq!(event["name"], "fb88.com");
    assert_eq!(heard(tls, b"SSH-2.0-x\r\n"), ALERT);
    until(&place, "what no browser does is counted", |proxy| {
        proxy["evasions"]["not-tls"] == 1 && proxy["tls"]["blocked"] == 2
    });
    let totals = place.run(&["status", "--json"]).json()["totals"].clone();
    assert_eq!(totals["bypass_tunnel"], 1);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn the_proxy_follows_the_settings_at_a_reload() {
    let port = free_port();
    let place = ready("");
    let server = place.start();
    assert_eq!(proxy_of(&place)["state"], "off");
    settings(&place, &format!("explicit = [\"127.0.0.1:{port}\"]"));
    assert_eq!(place.run(&["reload"]).code, 0);
    until(&place, "it listens", |proxy| proxy["state"] == "on");
    assert!(!heard(port, b"GET / HTTP/1.1\r\n\r\n").is_empty());
    settings(&place, "");
    assert_eq!(place.run(&["reload"]).code, 0);
    until(&place, "it is off", |proxy| proxy["state"] == "off");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_port_that_is_taken_is_told_and_tried_again_while_dns_goes_on() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let place = ready(&format!("explicit = [\"127.0.0.1:{port}\"]"));
    let server = place.start();
    assert_eq!(proxy_of(&place)["state"], "failing");
    let shown = place.run(&["status"]);
    assert!(shown.out.contains("cannot listen"), "{shown:?}");
    server.answer(3, "fb88.com");
    drop(taken);
    until(&place, "it listens after all", |proxy| {
        proxy["state"] == "on"
    });
    assert_eq!(server.stop("-TERM"), 0);
}
