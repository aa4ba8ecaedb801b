//! DoH over an in-memory stream: HTTP/1.1 written by hand, HTTP/2 by a client that can break its
//! rules, and simulated time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use h2::Reason;
use h2::client::SendRequest;
use hickory_proto::op::Message;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use lachan_policy::{GroupId, Tier, Token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::streams::{Counted, LONG, TERMS, stream_client};
use super::support::{School, client, show};
use crate::fake::Fake;
use crate::listen::doh::{Http, Visit};
use crate::listen::doors::Doors;
use crate::listen::stop::Stopper;
use crate::settings::StreamLimits;
use crate::wire::options::tests::with_option;
use crate::wire::query::tests::{query, with_edns};
use crate::{Client, Transport};

const TOKEN: [u8; 10] = [7; 10];

/// A client's end of a connection, and what stands at the other.
struct Line {
    stream: DuplexStream,
    /// Writes of the other end.
    writes: Arc<AtomicUsize>,
    doors: Arc<Doors>,
    stopper: Stopper,
    served: JoinHandle<()>,
}

impl Line {
    /// A connection of a pupil's device, whose upstream never answers. One group, that of the staff,
    /// has a token.
    async fn new(is_two: bool) -> Self {
        Self::at(true, is_two).await
    }

    /// As [`Self::new`], of a box that knows the time or does not.
    async fn at(knows_time: bool, is_two: bool) -> Self {
        let school = School::upon(Fake::silent().await, Vec::new(), |_| ());
        let staff = GroupId(5);
        let tokens = [(Token::from_bytes(TOKEN), staff)];
        school
            .policy
            .store(super::support::policy_with_tokens(&tokens).into());
        if !knows_time {
            school.clock.lose();
        }
        let device = Client {
            transport: Transport::Stream,
            ..client(Tier::Thcs)
        };
        Self::with(school, is_two, device)
    }

    fn with(school: School, is_two: bool, device: Client) -> Self {
        let doors = Doors::new(StreamLimits::default());
        let stopper = Stopper::new();
        let visit = Visit {
            client: device,
            terms: TERMS,
            pass: doors.enter(device.address).unwrap(),
            stop: stopper.listener(),
        };
        let (stream, other) = duplex(1 << 16);
        let writes = Arc::new(AtomicUsize::new(0));
        let other = Counted(other, Arc::clone(&writes));
        let served = tokio::spawn(async move {
            let (engine, upstream) = (Arc::new(school.engine), school.upstream);
            Http::new().serve(other, is_two, visit, &engine).await;
            drop(upstream);
        });
        Self {
            stream,
            writes,
            doors,
            stopper,
            served,
        }
    }

    /// Sends bytes and reads one response of HTTP/1: status, head and body.
    async fn exchange(&mut self, request: &[u8]) -> (u16, String, Vec<u8>) {
        self.stream.write_all(request).await.unwrap();
        self.response().await
    }

    async fn response(&mut self) -> (u16, String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = timeout(LONG, self.stream.read_u8()).await.expect("in time");
            head.push(byte.expect("a whole head"));
        }
        let head = String::from_utf8(head).unwrap();
        let status = head[9..12].parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        (status, head, body)
    }

    /// Waits until the other side closes; how many seconds that took, and what came until then.
    async fn closed(&mut self) -> (u64, Vec<u8>) {
        let begun = Instant::now();
        let mut rest = Vec::new();
        let read = timeout(LONG, self.stream.read_to_end(&mut rest)).await;
        read.expect("closed in time").unwrap();
        (begun.elapsed().as_secs(), rest)
    }
}

fn get(path: &str, message: &[u8]) -> Vec<u8> {
    let text = BASE64URL_NOPAD.encode(message);
    format!("GET {path}?dns={text} HTTP/1.1\r\nhost: dns.truong.vn\r\n\r\n").into_bytes()
}

fn post(path: &str, message: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/dns-message\r\n\
         content-length: {}\r\n\r\n",
        message.len()
    )
    .into_bytes();
    request.extend(message);
    request
}

fn text(body: &[u8]) -> String {
    show(&Message::from_vec(body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn get_and_post_are_answered_on_one_connection() {
    let mut line = Line::new(false).await;
    let message = query("localhost", 1);
    for request in [get("/dns-query", &message), post("/dns-query", &message)] {
        let (status, head, body) = line.exchange(&request).await;
        assert_eq!(status, 200, "{head}");
        assert!(
            head.contains("content-type: application/dns-message\r\n"),
            "{head}"
        );
        assert!(
            head.contains("cache-control: private, max-age=60\r\n"),
            "{head}"
        );
        assert_eq!(text(&body), "A 127.0.0.1");
        assert_eq!(body[..2], message[..2], "the id is echoed");
    }
    assert_eq!(line.closed().await, (10, Vec::new()));
    assert_eq!(line.doors.counts().slow, 0);
}

#[tokio::test(start_paused = true)]
async fn responses_are_dated_where_the_box_knows_the_time() {
    for knows_time in [true, false] {
        let expected = knows_time.then_some("Sun, 22 Nov 2026 10:09:00 GMT");
        let mut line = Line::at(knows_time, false).await;
        // A refusal is dated like an answer.
        for path in ["/dns-query", "/dns-query/lop-6a"] {
            let (_, head, _) = line.exchange(&get(path, &query("localhost", 1))).await;
            let date = head.lines().find_map(|line| line.strip_prefix("date: "));
            assert_eq!(date, expected, "{head}");
        }
        let two = Two::on(Line::at(knows_time, true).await).await;
        let mut requests = two.requests.clone().ready().await.unwrap();
        // One is answered at once, one waits for an upstream.
        for name in ["localhost", "hoc.vn"] {
            let (response, _) = requests.send_request(request(name), true).unwrap();
            let response = response.await.unwrap();
            let date = response.headers().get("date");
            assert_eq!(date.map(|date| date.to_str().unwrap()), expected, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_in_the_path_chooses_the_group() {
    let mut line = Line::new(false).await;
    let token = Token::from_bytes(TOKEN);
    let message = with_edns(query("mang-xa-hoi.vn", 1), 1232, 0, false);
    let (_, _, body) = line.exchange(&get("/dns-query", &message)).await;
    assert!(text(&body).starts_with("NXDOMAIN"), "{}", text(&body));
    // The staff's group opens it, so the silent upstream is asked.
    let request = post(&format!("/dns-query/{token}"), &message);
    let (_, _, body) = line.exchange(&request).await;
    assert!(text(&body).starts_with("SERVFAIL"), "{}", text(&body));
}

#[tokio::test(start_paused = true)]
async fn every_wrong_request_gets_its_status() {
    let message = query("localhost", 1);
    let mut answer = message.clone();
    answer[2] |= 0x80;
    let other = Token::from_bytes([8; 10]);
    let long = "A".repeat(6000);
    for (request, expected) in [
        (get("/", &message), 404),
        (get("/dns-query/", &message), 404),
        (get("/dns-query/lop-6a", &message), 403),
        (get(&format!("/dns-query/{other}"), &message), 403),
        (post(&format!("/dns-query/{other}"), &message), 403),
        (b"GET /dns-query HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), 400),
        (
            b"GET /dns-query?dns=a+b HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
            400,
        ),
        (get("/dns-query", &answer), 400),
        (get("/dns-query", b"abc"), 400),
        (post("/dns-query", b""), 400),
        (
            format!("GET /dns-query?dns={long} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes(),
            414,
        ),
        (
            b"DELETE /dns-query HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
            405,
        ),
        (b"HEAD /dns-query HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), 405),
        (
            b"POST /dns-query HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc".to_vec(),
            415,
        ),
        (post("/dns-query", &[0; 5000]), 413),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            400,
        ),
    ] {
        let mut line = Line::new(false).await;
        line.stream.write_all(&request).await.unwrap();
        // The answer to HEAD has the length of a body and none.
        let mut head = vec![0; 12];
        line.stream.read_exact(&mut head).await.unwrap();
        let status = String::from_utf8_lossy(&head[9..]).into_owned();
        assert_eq!(
            status,
            expected.to_string(),
            "{}",
            String::from_utf8_lossy(&request)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_problem_says_what_is_wrong_in_both_languages() {
    let mut line = Line::new(false).await;
    let (status, head, body) = line.exchange(&get("/dns-query/lop-6a", b"")).await;
    assert_eq!(status, 403);
    assert!(head.contains("application/problem+json"), "{head}");
    let body = String::from_utf8(body).unwrap();
    assert!(
        body.contains("hồ sơ mới") && body.contains("new profile"),
        "{body}"
    );
    assert_eq!(line.doors.counts().unknown_tokens, 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_without_length_is_bounded_too() {
    let mut line = Line::new(false).await;
    let head = b"POST /dns-query HTTP/1.1\r\nhost: a\r\ncontent-type: application/dns-message\r\n\
                 transfer-encoding: chunked\r\n\r\n";
    line.stream.write_all(head).await.unwrap();
    for _ in 0..6 {
        let chunk = [b"400\r\n".as_slice(), &[0; 1024], b"\r\n"].concat();
        line.stream.write_all(&chunk).await.unwrap();
    }
    assert_eq!(line.response().await.0, 413);
}

#[tokio::test(start_paused = true)]
async fn a_head_longer_than_any_is_refused() {
    let mut line = Line::new(false).await;
    let mut request = b"GET /dns-query HTTP/1.1\r\nhost: a\r\n".to_vec();
    while request.len() < 40_000 {
        request.extend(b"x-filler: 0123456789012345678901234567890123456789\r\n");
    }
    let _ = line.stream.write_all(&request).await;
    let (_, rest) = line.closed().await;
    assert!(
        rest.starts_with(b"HTTP/1.1 431"),
        "{}",
        String::from_utf8_lossy(&rest)
    );
}

#[tokio::test(start_paused = true)]
async fn half_a_head_does_not_keep_a_connection() {
    for step in [0, 1] {
        let mut line = Line::new(false).await;
        let begun = Instant::now();
        line.stream.write_all(b"GET /dns-query").await.unwrap();
        while step > 0 && !line.served.is_finished() && begun.elapsed() < LONG {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let _ = line.stream.write_all(b"a").await;
        }
        line.closed().await;
        assert_eq!(begun.elapsed().as_secs(), 5 + step, "{step}");
        assert_eq!(line.doors.counts().slow, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_body_is_told_to_be_slow() {
    let mut line = Line::new(false).await;
    let begun = Instant::now();
    let request = post("/dns-query", &query("localhost", 1));
    let (status, ..) = line.exchange(&request[..request.len() - 1]).await;
    assert_eq!((status, begun.elapsed().as_secs()), (408, 5));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_closed() {
    for is_two in [false, true] {
        let mut line = Line::new(is_two).await;
        let begun = Instant::now();
        if is_two {
            line.stream
                .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                .await
                .unwrap();
        }
        // Pings are answered, too, and fill what the client does not read.
        let piece = if is_two {
            b"\0\0\x08\x06\0\0\0\0\0abcdefgh".to_vec()
        } else {
            get("/dns-query", &query("localhost", 1))
        };
        let mut sent = 0;
        while timeout(LONG, line.stream.write_all(&piece))
            .await
            .is_ok_and(|sent| sent.is_ok())
        {
            sent += piece.len();
            assert!(sent < 4 << 20, "it takes requests without end");
        }
        assert!(
            begun.elapsed().as_secs() <= 10,
            "{is_two}: {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn answers_are_padded_where_the_query_was() {
    let mut line = Line::new(false).await;
    let padded = with_option(query("localhost", 1), 12, &[0; 60]);
    let (_, _, body) = line.exchange(&post("/dns-query", &padded)).await;
    assert_eq!(body.len(), 468);
    let plain = with_edns(query("localhost", 1), 1232, 0, false);
    let (_, _, body) = line.exchange(&get("/dns-query", &plain)).await;
    assert!(body.len() < 100);
}

/// An HTTP/2 client on a line.
struct Two {
    requests: SendRequest<Bytes>,
    ended: JoinHandle<Result<(), h2::Error>>,
    doors: Arc<Doors>,
    stopper: Stopper,
}

impl Two {
    async fn on(line: Line) -> Self {
        let (requests, connection) = h2::client::handshake(line.stream).await.unwrap();
        Self {
            requests,
            ended: tokio::spawn(connection),
            doors: line.doors,
            stopper: line.stopper,
        }
    }

    /// Asks, and gives what ends with the response.
    async fn ask(&self, name: &str) -> JoinHandle<(StatusCode, Vec<u8>)> {
        let mut requests = self.requests.clone().ready().await.unwrap();
        let (response, _) = requests.send_request(request(name), true).unwrap();
        tokio::spawn(async move { whole(response.await.unwrap()).await })
    }
}

async fn whole(response: Response<h2::RecvStream>) -> (StatusCode, Vec<u8>) {
    let (head, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        bytes.extend(piece.unwrap());
    }
    (head.status, bytes)
}

fn request(name: &str) -> Request<()> {
    let message = BASE64URL_NOPAD.encode(&query(name, 1));
    let uri = format!("https://dns.truong.vn/dns-query?dns={message}");
    Request::get(uri).body(()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_miss_does_not_hold_up_other_requests() {
    let two = Two::on(Line::new(true).await).await;
    let miss = two.ask("hoc.vn").await;
    for _ in 0..20 {
        let (status, body) = two.ask("localhost").await.await.unwrap();
        assert_eq!(
            (status.as_u16(), text(&body).as_str()),
            (200, "A 127.0.0.1")
        );
    }
    assert!(!miss.is_finished());
    let (status, body) = miss.await.unwrap();
    assert_eq!(status, 200);
    assert!(text(&body).starts_with("SERVFAIL"));
}

#[tokio::test(start_paused = true)]
async fn too_many_waiting_requests_are_told_to_come_again() {
    let two = Two::on(Line::new(true).await).await;
    let mut asked = Vec::new();
    for index in 0..6 {
        asked.push(two.ask(&format!("ten{index}.hoc.vn")).await);
    }
    let mut statuses = Vec::new();
    for one in asked {
        statuses.push(one.await.unwrap().0.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    let (status, _) = two.ask("localhost").await.await.unwrap();
    assert_eq!(status, 200);
}

/// Sends a POST with its body in these pieces, none of them together with another, and leaves it
/// open when they are all sent unless `ends`.
async fn upload(
    two: &Two,
    pieces: &[&[u8]],
    ends: bool,
) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
    let mut requests = two.requests.clone().ready().await.unwrap();
    let head = Request::post("https://dns.truong.vn/dns-query")
        .header("content-type", "application/dns-message")
        .body(())
        .unwrap();
    let (response, mut stream) = requests.send_request(head, false).unwrap();
    for (index, piece) in pieces.iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let is_last = ends && index + 1 == pieces.len();
        stream
            .send_data(Bytes::copy_from_slice(piece), is_last)
            .unwrap();
    }
    (response, stream)
}

#[tokio::test(start_paused = true)]
async fn a_body_in_pieces_is_answered_over_http_2() {
    let two = Two::on(Line::new(true).await).await;
    let message = query("localhost", 1);
    // The last piece may be empty, as with clients that end a body when they know it ended.
    for pieces in [
        vec![&message[..]],
        vec![&message[..5], &message[5..]],
        vec![&message[..], b""],
    ] {
        let (response, _stream) = upload(&two, &pieces, true).await;
        let (status, body) = whole(response.await.unwrap()).await;
        assert_eq!(status, 200);
        assert_eq!(text(&body), "A 127.0.0.1");
    }
    // A body for which an upstream has to be asked.
    let message = query("hoc.vn", 1);
    let (response, _stream) = upload(&two, &[&message[..5], &message[5..]], true).await;
    let (status, body) = whole(response.await.unwrap()).await;
    assert_eq!(status, 200);
    assert!(text(&body).starts_with("SERVFAIL"));
}

#[tokio::test(start_paused = true)]
async fn wrong_bodies_get_their_status_over_http_2() {
    let two = Two::on(Line::new(true).await).await;
    let half = query("localhost", 1);
    for (pieces, ends, expected) in [
        (vec![&b""[..]], true, 400),
        (vec![b"abc"], true, 400),
        (vec![&[0; 3000], &[0; 3000]], false, 413),
        (vec![&half[..5]], false, 408),
    ] {
        let (response, _stream) = upload(&two, &pieces, ends).await;
        let status = response.await.unwrap().status();
        assert_eq!(status, expected, "{pieces:?}");
    }
    for (method, length, expected) in [("POST", "5000", 413), ("HEAD", "0", 405), ("PUT", "0", 405)]
    {
        let mut requests = two.requests.clone().ready().await.unwrap();
        let head = Request::builder()
            .method(method)
            .uri("https://dns.truong.vn/dns-query")
            .header("content-type", "application/dns-message")
            .header("content-length", length)
            .body(())
            .unwrap();
        let ends = length == "0";
        let (response, _stream) = requests.send_request(head, ends).unwrap();
        let (status, body) = whole(response.await.unwrap()).await;
        assert_eq!(status, expected, "{method}");
        assert_eq!(body.is_empty(), method == "HEAD", "{method}");
    }
    // None of that was a fault of the connection's.
    let (status, _) = two.ask("localhost").await.await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(two.doors.counts().slow, 0);
}

#[tokio::test(start_paused = true)]
async fn many_bodies_on_one_connection_do_not_use_up_its_window() {
    let two = Two::on(Line::new(true).await).await;
    let message = with_option(query("localhost", 1), 12, &[0; 1000]);
    // Three windows of a connection, answered and refused ones in turn.
    for index in 0..200 {
        let mut requests = two.requests.clone().ready().await.unwrap();
        let path = if index % 2 == 0 { "/dns-query" } else { "/" };
        let head = Request::post(format!("https://dns.truong.vn{path}"))
            .header("content-type", "application/dns-message")
            .body(())
            .unwrap();
        let (response, mut stream) = requests.send_request(head, false).unwrap();
        stream.send_data(message.clone().into(), true).unwrap();
        let response = timeout(LONG, response).await.expect("in time").unwrap();
        assert_eq!(response.status(), if index % 2 == 0 { 200 } else { 404 });
    }
}

/// How many DATA frames that end a stream stand in these bytes.
fn ends(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some([a, b, c, kind, flags, ..]) = bytes.first_chunk::<9>() {
        count += usize::from(*kind == 0 && flags & 1 == 1);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        bytes = bytes.get(9 + length..).unwrap_or_default();
    }
    count
}

#[tokio::test(start_paused = true)]
async fn requests_that_come_together_are_answered_by_one_write() {
    let mut line = Line::new(true).await;
    let greeting = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    line.stream.write_all(greeting).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = line.writes.load(Ordering::SeqCst);
    let message = query("localhost", 1);
    let mut bytes = Vec::new();
    for number in 0..8_u8 {
        // POST, https, an authority, the path and the media type (RFC 7541, appendix A).
        let mut head = vec![0x83, 0x87, 0x01, 1, b'a', 0x04, 10];
        head.extend(b"/dns-query\x0F\x10\x17application/dns-message");
        for (kind, flags, payload) in [(1, 4, &head), (0, 1, &message)] {
            bytes.extend([0, 0, u8::try_from(payload.len()).unwrap(), kind, flags]);
            bytes.extend([0, 0, 0, 2 * number + 1]);
            bytes.extend(payload);
        }
    }
    line.stream.write_all(&bytes).await.unwrap();
    let mut received = Vec::new();
    while ends(&received) < 8 {
        let read = timeout(LONG, line.stream.read_buf(&mut received)).await;
        assert_ne!(read.expect("in time").unwrap(), 0);
    }
    assert_eq!(line.writes.load(Ordering::SeqCst) - before, 1);
}

#[tokio::test(start_paused = true)]
async fn rapid_resets_end_the_connection() {
    let two = Two::on(Line::new(true).await).await;
    let mut reset = 0;
    while reset < 10_000 && !two.ended.is_finished() {
        let Ok(mut requests) = two.requests.clone().ready().await else {
            break;
        };
        let Ok((_, mut stream)) = requests.send_request(request("hoc.vn"), false) else {
            break;
        };
        // Else the client would not even send what it takes back.
        tokio::task::yield_now().await;
        stream.send_reset(Reason::CANCEL);
        reset += 1;
    }
    let _ = timeout(LONG, two.ended).await.expect("it ends");
    assert!(reset < 1000, "after {reset}");
    assert_eq!(two.doors.counts().slow, 1);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_ended_politely() {
    let two = Two::on(Line::new(true).await).await;
    let begun = Instant::now();
    let kept = two.requests.clone();
    let ended = timeout(LONG, two.ended).await.expect("it ends").unwrap();
    assert!(ended.is_ok(), "{ended:?}");
    assert!(
        (10..=11).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(two.doors.counts().slow, 0);
    drop(kept);
}

#[tokio::test(start_paused = true)]
async fn at_a_stop_what_is_under_way_is_answered() {
    let school = School::upon(Fake::silent().await, Vec::new(), |settings| {
        settings.total_timeout = Duration::from_secs(2);
        settings.upstream_timeout = Duration::from_secs(2);
    });
    let two = Two::on(Line::with(school, true, stream_client())).await;
    let miss = two.ask("hoc.vn").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    two.stopper.stop();
    let (status, body) = miss.await.unwrap();
    assert_eq!(status, 200);
    assert!(text(&body).starts_with("SERVFAIL"));
    let ended = timeout(LONG, two.ended).await.expect("it ends").unwrap();
    assert!(ended.is_ok(), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_http_2_is_closed() {
    for garbage in [
        &b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"[..],
        &[0; 3000],
        b"PRI",
    ] {
        let mut line = Line::new(true).await;
        let _ = line.stream.write_all(garbage).await;
        let (seconds, _) = line.closed().await;
        assert!(seconds <= 11, "{seconds}");
        line.served.await.unwrap();
    }
}
