//! Limits and ends: places for connections, clients that say nothing, shutting down.

use std::time::Duration;

use lachan_policy::Tier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{Instant, sleep};

use super::school::{School, caught};

async fn is_closed(stream: &mut DuplexStream) -> bool {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    tokio::time::timeout(Duration::from_millis(100), read)
        .await
        .is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_device_has_so_many_places_and_gives_them_back() {
    let school = School::new(false, |settings| settings.max_per_client = 2);
    let mut first = school.connect(Tier::Thcs, caught());
    let mut second = school.connect(Tier::Thcs, caught());
    let mut third = school.connect(Tier::Thcs, caught());
    let mut other = school.connect(Tier::Thpt, caught());
    assert!(is_closed(&mut third).await);
    assert!(!is_closed(&mut second).await && !is_closed(&mut other).await);
    first.shutdown().await.unwrap();
    assert!(is_closed(&mut first).await);
    let mut fourth = school.connect(Tier::Thcs, caught());
    assert!(!is_closed(&mut fourth).await);
    let figures = school.server.figures();
    assert_eq!((figures.open, figures.refused), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn all_devices_together_have_so_many_places() {
    let school = School::new(false, |settings| settings.max_connections = 1);
    let mut first = school.connect(Tier::Thcs, caught());
    let mut second = school.connect(Tier::Thpt, caught());
    assert!(is_closed(&mut second).await && !is_closed(&mut first).await);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_who_say_nothing_are_let_go_after_a_while() {
    let school = School::new(false, |settings| {
        settings.max_connections = 20_000;
        settings.max_per_client = 20_000;
    });
    let all: Vec<_> = (0..10_000)
        .map(|_| school.connect(Tier::Thcs, caught()))
        .collect();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(school.server.figures().open, 10_000);
    sleep(Duration::from_secs(70)).await;
    assert_eq!(school.server.figures().open, 0);
    drop(all);
}

/// What each idle connection costs beyond the kernel's part.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_small() {
    let school = School::new(false, |_| ());
    let (_client, stream) = tokio::io::duplex(1);
    let size = school
        .server
        .size_of_connection(stream, super::school::arrival(Tier::Thcs, caught()));
    println!("{size} bytes");
    assert!(size <= 6 * 1024, "{size} bytes");
}

#[tokio::test(start_paused = true)]
async fn shutting_down_ends_idle_connections_and_waits_for_busy_ones() {
    let mut school = School::new(false, |_| ());
    let mut idle = school.connect(Tier::Thcs, caught());
    let mut busy = school.connect(Tier::Thcs, caught());
    busy.write_all(b"GET / HTTP/1.1\r\nHost: hoc.vn\r\n\r\n")
        .await
        .unwrap();
    let (_, mut upstream) = school.dialled.recv().await.unwrap();
    let server = school.server.clone();
    let ending = tokio::spawn(async move { server.shutdown(Duration::from_secs(30)).await });
    assert!(is_closed(&mut idle).await);
    upstream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await
        .unwrap();
    let mut got = String::new();
    busy.read_to_string(&mut got).await.unwrap();
    assert!(
        got.contains("Connection: close") && got.ends_with("ok"),
        "{got}"
    );
    assert!(ending.await.unwrap());
    let mut late = school.connect(Tier::Thcs, caught());
    assert!(is_closed(&mut late).await);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_in_time_is_not_waited_for() {
    let mut school = School::new(false, |_| ());
    let mut busy = school.connect(Tier::Thcs, caught());
    busy.write_all(b"GET / HTTP/1.1\r\nHost: hoc.vn\r\n\r\n")
        .await
        .unwrap();
    let _upstream = school.dialled.recv().await.unwrap();
    let begun = Instant::now();
    assert!(!school.server.shutdown(Duration::from_secs(5)).await);
    assert_eq!(begun.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_goes_through_both_ways_with_bounded_memory() {
    let mut school = School::new(false, |_| ());
    let mut client = school.connect(Tier::Thcs, caught());
    let body: Vec<u8> = (0..3_000_000u32)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: hoc.vn\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let sent = body.clone();
    let (mut from, mut to) = tokio::io::split(client);
    let sending = tokio::spawn(async move {
        to.write_all(head.as_bytes()).await.unwrap();
        to.write_all(&sent).await.unwrap();
        to
    });
    let (_, mut upstream) = school.dialled.recv().await.unwrap();
    let mut got = Vec::new();
    while !got.windows(4).any(|part| part == b"\r\n\r\n") {
        upstream.read_buf(&mut got).await.unwrap();
    }
    let head = got.windows(4).position(|part| part == b"\r\n\r\n").unwrap() + 4;
    while got.len() < head + body.len() {
        assert!(upstream.read_buf(&mut got).await.unwrap() > 0);
    }
    assert!(got[head..] == body, "the body differs");
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let replied = body.clone();
    tokio::spawn(async move {
        upstream.write_all(answer.as_bytes()).await.unwrap();
        upstream.write_all(&replied).await.unwrap();
    });
    let mut all = Vec::new();
    while !all.ends_with(&body[body.len() - 64..]) {
        assert!(from.read_buf(&mut all).await.unwrap() > 0);
    }
    assert!(all.ends_with(&body), "the answer's body differs");
    client = from.unsplit(sending.await.unwrap());
    drop(client);
}
