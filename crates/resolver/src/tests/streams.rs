//! Queries over a stream of bytes: an in-memory one, and simulated time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::opt::EdnsCode;
use lachan_policy::{GroupId, Tier, Token};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::support::{School, client, show};
use crate::fake::Fake;
use crate::listen::doors::Doors;
use crate::listen::frame::MAX_QUERY;
use crate::listen::stop::Stopper;
use crate::listen::stream::{Terms, serve};
use crate::settings::StreamLimits;
use crate::wire::options::tests::with_option;
use crate::wire::query::tests::{query, with_edns};
use crate::wire::response::tests::Script;
use crate::{Client, Engine, Transport};

pub(super) const TERMS: Terms = Terms {
    idle: Duration::from_secs(10),
    slow: Duration::from_secs(5),
    under_way: 4,
    encrypted: false,
};
/// Longer than anything here takes in simulated time.
pub(super) const LONG: Duration = Duration::from_secs(600);

/// A client's end of a connection, and what stands at the other.
struct Line {
    stream: DuplexStream,
    doors: Arc<Doors>,
    stopper: Stopper,
    served: JoinHandle<()>,
    writes: Arc<AtomicUsize>,
}

/// Counts the writes to a stream.
pub(super) struct Counted(pub(super) DuplexStream, pub(super) Arc<AtomicUsize>);

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let outcome = Pin::new(&mut self.0).poll_write(cx, bytes);
        self.1
            .fetch_add(usize::from(outcome.is_ready()), Ordering::SeqCst);
        outcome
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A device of the staff on a stream.
pub(super) fn stream_client() -> Client {
    Client {
        transport: Transport::Stream,
        ..client(Tier::Staff)
    }
}

impl Line {
    fn with(school: School, client: Client, terms: Terms, buffer: usize) -> Self {
        let engine: Arc<Engine> = Arc::new(school.engine);
        let doors = Doors::new(StreamLimits::default());
        let pass = doors.enter(client.address).unwrap();
        let stopper = Stopper::new();
        let stop = stopper.listener();
        let (stream, other) = duplex(buffer);
        let writes = Arc::new(AtomicUsize::new(0));
        let counted = Counted(other, Arc::clone(&writes));
        // The upstream lives as long as the connection.
        let upstream = school.upstream;
        let served = tokio::spawn(async move {
            serve(counted, client, terms, &engine, pass, stop).await;
            drop(upstream);
        });
        Self {
            stream,
            doors,
            stopper,
            served,
            writes,
        }
    }

    /// A connection whose upstream never answers.
    async fn silent() -> Self {
        let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
        Self::with(school, stream_client(), TERMS, 1 << 20)
    }

    async fn send(&mut self, messages: &[Vec<u8>]) {
        self.stream.write_all(&framed(messages)).await.unwrap();
    }

    async fn receive(&mut self) -> Vec<u8> {
        receive(&mut self.stream).await.expect("an answer")
    }

    async fn text(&mut self) -> String {
        show(&Message::from_vec(&self.receive().await).unwrap())
    }

    /// Waits until the other side closes, and says after how many seconds.
    async fn closed(&mut self) -> u64 {
        let begun = Instant::now();
        let mut rest = Vec::new();
        let read = timeout(LONG, self.stream.read_to_end(&mut rest)).await;
        read.expect("closed in time").unwrap();
        assert!(rest.is_empty(), "{rest:x?}");
        begun.elapsed().as_secs()
    }
}

pub(super) fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(message);
    }
    bytes
}

/// The next message; `None` at the end of the stream.
pub(super) async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let length = timeout(LONG, stream.read_u16())
        .await
        .expect("in time")
        .ok()?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await.unwrap();
    Some(message)
}

/// A query for a local name, with an id.
fn local(id: u8) -> Vec<u8> {
    numbered(query("localhost", 1), id)
}

fn numbered(mut message: Vec<u8>, id: u8) -> Vec<u8> {
    message[..2].copy_from_slice(&[0, id]);
    message
}

#[tokio::test(start_paused = true)]
async fn queries_that_come_together_are_answered_by_one_write() {
    let mut line = Line::silent().await;
    let messages: Vec<_> = (0..50).map(local).collect();
    line.send(&messages).await;
    for id in 0..50 {
        assert_eq!(line.receive().await[..2], [0, id]);
    }
    assert_eq!(line.writes.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_query_in_pieces_is_answered() {
    let mut line = Line::silent().await;
    for byte in framed(&[local(1), local(2)]) {
        line.stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    for id in [1, 2] {
        assert_eq!(line.receive().await[..2], [0, id]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_miss_does_not_hold_up_what_comes_after_it() {
    let mut line = Line::silent().await;
    line.send(&[numbered(query("hoc.vn", 1), 1), local(2)])
        .await;
    assert_eq!(line.receive().await[..2], [0, 2]);
    line.send(&[local(3)]).await;
    assert_eq!(line.receive().await[..2], [0, 3]);
    assert_eq!(line.receive().await[..2], [0, 1], "and is answered itself");
}

#[tokio::test]
async fn a_large_answer_comes_whole() {
    let upstream = Fake::start(|query, transport| {
        let mut script = Script::new(query, 0);
        for _ in 0..200 {
            script = script.record(1, "hoc.vn", 65_280, 60, &[7; 250]);
        }
        let mut bytes = script.bytes();
        if transport == Transport::Udp {
            bytes.truncate(24);
            bytes[2] |= 2;
            bytes[6..8].copy_from_slice(&[0, 0]);
        }
        vec![bytes]
    })
    .await;
    let school = School::upon(upstream, Vec::new(), |_| ());
    let mut line = Line::with(school, stream_client(), TERMS, 1000);
    line.send(&[query("hoc.vn", 65_280)]).await;
    let message = Message::from_vec(&line.receive().await).unwrap();
    assert_eq!(message.answers.len(), 200);
}

#[tokio::test(start_paused = true)]
async fn half_a_message_does_not_keep_a_connection() {
    for step in [0, 1] {
        let mut line = Line::silent().await;
        let begun = Instant::now();
        line.stream.write_all(&[0]).await.unwrap();
        while step > 0 && !line.served.is_finished() && begun.elapsed() < LONG {
            // One more byte each second gives no more time.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let _ = line.stream.write_all(&[40]).await;
        }
        line.closed().await;
        // Whoever writes once a second sees it a second later.
        assert_eq!(begun.elapsed().as_secs(), 5 + step, "{step}");
        line.served.await.unwrap();
        assert_eq!(line.doors.counts().slow, 1);
        assert_eq!(line.doors.counts().open, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let mut line = Line::silent().await;
    for id in 0..5 {
        tokio::time::sleep(Duration::from_secs(9)).await;
        line.send(&[local(id)]).await;
        assert_eq!(line.receive().await[..2], [0, id]);
    }
    assert_eq!(line.closed().await, 10);
    assert_eq!(line.doors.counts().slow, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_query_does_not_keep_a_connection() {
    let mut line = Line::silent().await;
    let begun = Instant::now();
    let mut answer = local(1);
    answer[2] |= 0x80;
    while !line.served.is_finished() && begun.elapsed() < LONG {
        let _ = line
            .stream
            .write_all(&framed(&[answer.clone(), Vec::new()]))
            .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(begun.elapsed().as_secs() <= 11, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_closed_and_costs_little() {
    let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
    let mut line = Line::with(school, stream_client(), TERMS, 4096);
    let begun = Instant::now();
    let one = framed(&[local(7)]);
    let mut taken = 0;
    while timeout(LONG, line.stream.write_all(&one))
        .await
        .is_ok_and(|sent| sent.is_ok())
    {
        taken += one.len();
        assert!(taken < 1 << 20, "it takes queries without end");
    }
    assert_eq!(begun.elapsed().as_secs(), 5);
    line.served.await.unwrap();
    assert_eq!(line.doors.counts().slow, 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_nothing() {
    let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
    let line = Line::with(school, stream_client(), TERMS, 4096);
    let (mut read, mut write) = tokio::io::split(line.stream);
    let sender = tokio::spawn(async move {
        for id in 0..5000u16 {
            let mut message = local(0);
            message[..2].copy_from_slice(&id.to_be_bytes());
            write.write_all(&framed(&[message])).await.unwrap();
        }
        write.shutdown().await.unwrap();
    });
    for id in 0..5000u16 {
        if id % 100 == 0 {
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        assert_eq!(receive(&mut read).await.unwrap()[..2], id.to_be_bytes());
    }
    sender.await.unwrap();
    assert_eq!(receive(&mut read).await, None);
}

#[tokio::test(start_paused = true)]
async fn no_more_queries_wait_for_upstreams_than_may() {
    let mut line = Line::silent().await;
    let misses: Vec<_> = (0..12)
        .map(|index| numbered(query(&format!("ten{index}.vn"), 1), index))
        .collect();
    line.send(&misses).await;
    // Four at a time, each as long as the upstreams may take.
    let begun = Instant::now();
    for _ in 0..12 {
        line.receive().await;
    }
    assert!(
        (29..=31).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn who_asks_no_more_still_gets_every_answer() {
    let mut line = Line::silent().await;
    let mut messages: Vec<_> = (0..9)
        .map(|index| query(&format!("ten{index}.vn"), 1))
        .collect();
    messages.push(local(9));
    line.send(&messages).await;
    line.stream.write_all(&[0, 40, 1, 2]).await.unwrap();
    line.stream.shutdown().await.unwrap();
    for _ in 0..10 {
        line.receive().await;
    }
    line.closed().await;
}

#[tokio::test(start_paused = true)]
async fn at_a_stop_what_is_under_way_is_answered() {
    let school = School::upon(Fake::silent().await, Vec::new(), |settings| {
        settings.total_timeout = Duration::from_secs(2);
        settings.upstream_timeout = Duration::from_secs(2);
    });
    let mut line = Line::with(school, stream_client(), TERMS, 1 << 20);
    line.send(&[numbered(query("hoc.vn", 1), 1)]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    line.stopper.stop();
    assert!(line.text().await.starts_with("SERVFAIL"));
    line.closed().await;
    line.served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let mut line = Line::silent().await;
    line.send(&[query("hoc.vn", 1)]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    line.stopper.stop();
    assert_eq!(line.closed().await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_query_longer_than_any_is_refused_and_the_next_is_answered() {
    let mut line = Line::silent().await;
    let mut long = local(1);
    long.resize(MAX_QUERY + 1, 0);
    let mut longest = local(2);
    longest.resize(usize::from(u16::MAX), 0);
    line.send(&[long, longest, local(3)]).await;
    for (id, code) in [(1, 1), (2, 1), (3, 0)] {
        let answer = line.receive().await;
        assert_eq!((answer[1], answer[3] & 15), (id, code));
    }
}

#[tokio::test(start_paused = true)]
async fn the_idle_time_out_is_told_to_those_who_ask() {
    let mut line = Line::silent().await;
    let asks = with_option(local(1), 11, &[]);
    line.send(&[asks, with_edns(local(2), 1232, 0, false)])
        .await;
    for expected in [true, false] {
        let message = Message::from_vec(&line.receive().await).unwrap();
        let edns = message.edns.unwrap();
        let option = edns.option(EdnsCode::Keepalive);
        assert_eq!(option.is_some(), expected);
        let text = format!("{option:?}");
        assert!(
            !expected || text.contains("100"),
            "in tenths of a second: {text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn answers_are_padded_where_nobody_can_read_along() {
    for encrypted in [false, true] {
        let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
        let terms = Terms { encrypted, ..TERMS };
        let mut line = Line::with(school, stream_client(), terms, 1 << 20);
        let padded = with_option(local(1), 12, &[0; 60]);
        line.send(&[padded, with_edns(local(2), 1232, 0, false)])
            .await;
        let lengths = [line.receive().await.len(), line.receive().await.len()];
        assert_eq!(lengths[0] == 468, encrypted, "{lengths:?}");
        assert!(lengths[1] < 100, "{lengths:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_withdrawn_ends_the_connection() {
    let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
    let token = Token::from_bytes([7; 10]);
    let policy = Arc::clone(&school.policy);
    policy.store(super::support::policy_with_tokens(&[(token, GroupId(0))]).into());
    let asked = stream_client().with_token(token);
    let mut line = Line::with(school, asked, TERMS, 1 << 20);
    line.send(&[local(1)]).await;
    assert_eq!(line.receive().await[..2], [0, 1]);
    policy.store(super::support::policy_with_tokens(&[]).into());
    line.send(&[local(2)]).await;
    line.closed().await;
    line.served.await.unwrap();
    assert_eq!(line.doors.counts().unknown_tokens, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_dns_at_all_does_no_harm() {
    for garbage in [
        &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        &[0; 1000],
        &[0xFF; 70_000],
    ] {
        let mut line = Line::silent().await;
        let _ = line.stream.write_all(garbage).await;
        let mut rest = Vec::new();
        timeout(LONG, line.stream.read_to_end(&mut rest))
            .await
            .expect("closed in time")
            .unwrap();
        line.served.await.unwrap();
    }
}
