//! HTTP towards the department, against servers that answer as they should and as they should not.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

mod server;

use std::ops::ControlFlow;

use lachan_sync::http::{Address, Http, HttpError, Pin, Trust, TrustError, pin_of};
use lachan_sync::tuf::{Fetch as _, FetchError};
use server::{Served, Server, serve, serve_tls};

fn client(server: &Server) -> Http {
    let address: Address = format!("http://{}", server.address).parse().unwrap();
    Http::new(address, &Trust::default()).unwrap()
}

async fn all_pieces(http: &Http, path: &str, from: u64) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    let mut take = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        ControlFlow::Continue(())
    };
    http.pieces(path, from, &mut take).await?;
    Ok(bytes)
}

fn ok(body: &[u8]) -> Served {
    Served::new("200 OK", &[], body)
}

#[tokio::test]
async fn a_file_comes_whole_over_one_connection() {
    let server = serve(vec![ok(b"one"), ok(b"two"), ok(b"three")]).await;
    let http = client(&server);
    for expected in ["one", "two", "three"] {
        let bytes = http.whole("metadata/1.root.json", 10).await.unwrap();
        assert_eq!(bytes, expected.as_bytes());
    }
    assert_eq!(server.connections(), 1);
    let first = &server.requests()[0];
    assert!(
        first.starts_with("GET /metadata/1.root.json HTTP/1.1\r\n"),
        "{first}"
    );
    assert!(
        first.contains(&format!("host: {}\r\n", server.address)),
        "{first}"
    );
    assert!(first.contains("user-agent: lachan\r\n"), "{first}");
}

#[tokio::test]
async fn a_connection_that_was_closed_is_made_anew() {
    let mut last = ok(b"one");
    last.closes = true;
    let server = serve(vec![last, ok(b"two")]).await;
    let http = client(&server);
    assert_eq!(http.whole("a", 10).await.unwrap(), b"one");
    assert_eq!(http.whole("a", 10).await.unwrap(), b"two");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_file_longer_than_it_may_be_is_refused() {
    let long = vec![b'x'; 100_000];
    let server = serve(vec![ok(&long), ok(&long[..11])]).await;
    let http = client(&server);
    for _ in 0..2 {
        let refused = http.whole("a", 10).await.unwrap_err();
        assert!(
            matches!(refused, FetchError::TooLong { most: 10 }),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn packed_metadata_is_unpacked_within_its_bound() {
    let packed = |bytes: &[u8]| {
        let body = zstd::encode_all(bytes, 3).unwrap();
        Served::new("200 OK", &["content-encoding: zstd"], &body)
    };
    let bomb = vec![0; 50 << 20];
    let broken = Served::new("200 OK", &["content-encoding: zstd"], b"no zstd");
    let other = Served::new("200 OK", &["content-encoding: br"], b"x");
    let server = serve(vec![packed(b"metadata"), packed(&bomb), broken, other]).await;
    let http = client(&server);
    assert_eq!(http.whole("a", 100).await.unwrap(), b"metadata");
    let refused = http.whole("a", 100_000).await.unwrap_err();
    assert!(
        matches!(refused, FetchError::TooLong { most: 100_000 }),
        "{refused:?}"
    );
    for _ in 0..2 {
        assert!(matches!(
            http.whole("a", 100).await,
            Err(FetchError::Failed(_))
        ));
    }
    assert!(server.requests()[0].contains("accept-encoding: zstd\r\n"));
}

#[tokio::test]
async fn what_is_not_there_is_told_apart_from_trouble() {
    let statuses = [
        "404 Not Found",
        "410 Gone",
        "403 Forbidden",
        "302 Found",
        "500 No",
        "200 OK",
    ];
    let server = serve(
        statuses
            .map(|status| Served::new(status, &["location: http://portal/"], b""))
            .to_vec(),
    )
    .await;
    let http = client(&server);
    for _ in 0..3 {
        assert!(http.whole("a", 10).await.unwrap_err().is_missing());
    }
    for _ in 0..2 {
        assert!(matches!(
            http.whole("a", 10).await,
            Err(FetchError::Failed(_))
        ));
    }
    assert_eq!(http.whole("a", 10).await.unwrap(), b"");
}

#[tokio::test]
async fn a_download_goes_on_where_it_was() {
    let part = Served::new(
        "206 Partial Content",
        &["content-range: bytes 4-9/10"],
        b"456789",
    );
    let ignored = ok(b"0123456789");
    let wrong = Served::new(
        "206 Partial Content",
        &["content-range: bytes 0-9/10"],
        b"0123456789",
    );
    let none = Served::new(
        "416 Range Not Satisfiable",
        &["content-range: bytes */4"],
        b"",
    );
    let server = serve(vec![part, ignored, wrong, none]).await;
    let http = client(&server);
    assert_eq!(all_pieces(&http, "t", 4).await.unwrap(), b"456789");
    assert!(server.requests()[0].contains("range: bytes=4-\r\n"));
    assert_eq!(all_pieces(&http, "t", 4).await.unwrap(), b"456789");
    // A part that is not the one asked for would be put in the wrong place.
    assert!(all_pieces(&http, "t", 4).await.is_err());
    assert_eq!(all_pieces(&http, "t", 4).await.unwrap(), b"");
}

#[tokio::test]
async fn a_transfer_that_breaks_off_is_no_end() {
    let mut cut = Served::new("200 OK", &[], b"0123");
    cut.length = Some(10);
    cut.closes = true;
    let server = serve(vec![cut.clone(), cut]).await;
    let http = client(&server);
    assert!(matches!(
        http.whole("a", 100).await,
        Err(FetchError::Failed(_))
    ));
    assert!(all_pieces(&http, "a", 0).await.is_err());
}

#[tokio::test]
async fn a_signed_request_carries_its_headers_and_has_an_answer_whatever_it_is() {
    let busy = Served::new(
        "429 Too Many Requests",
        &["retry-after: 7"],
        br#"{"code":"too-many-requests"}"#,
    );
    let server = serve(vec![busy, ok(b"{}")]).await;
    let http = client(&server);
    let headers = [("lachan-box", "b1"), ("lachan-number", "3")];
    let answer = http
        .post("box/v1/fleet", &headers, b"{\"v\":1}".to_vec())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.retry_after), (429, Some(7)));
    assert_eq!(answer.body, br#"{"code":"too-many-requests"}"#);
    assert_eq!(
        http.post("box/v1/fleet", &headers, Vec::new())
            .await
            .unwrap()
            .status,
        200
    );
    let sent = &server.requests()[0];
    for line in [
        "POST /box/v1/fleet HTTP/1.1\r\n",
        "lachan-box: b1\r\n",
        "lachan-number: 3\r\n",
    ] {
        assert!(sent.contains(line), "{line} in {sent}");
    }
    assert!(sent.ends_with("{\"v\":1}"), "{sent}");
}

#[tokio::test]
async fn news_come_as_they_are_told() {
    let stream = b":\n\nevent: published\ndata: 7\n\n:\n\nevent: answered\ndata:\n\n";
    let served = Served::new("200 OK", &["content-type: text/event-stream"], stream);
    let portal = Served::new("200 OK", &["content-type: text/html"], b"<html>");
    let server = serve(vec![served, portal]).await;
    let http = client(&server);
    let mut events = http.events("box/v1/events", &[]).await.unwrap().unwrap();
    assert_eq!(
        events.next().await.unwrap().unwrap(),
        "event: published\ndata: 7"
    );
    assert_eq!(
        events.next().await.unwrap().unwrap(),
        "event: answered\ndata:"
    );
    assert_eq!(events.next().await.unwrap(), None);
    let portal = http.events("box/v1/events", &[]).await.unwrap();
    assert_eq!(portal.err().unwrap().status, 200);
}

#[tokio::test]
async fn nobody_there_is_told_as_the_line() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let http = Http::new(
        format!("http://{address}").parse().unwrap(),
        &Trust::default(),
    )
    .unwrap();
    let refused = http.post("x", &[], Vec::new()).await.unwrap_err();
    assert!(refused.is_the_line(), "{refused:?}");
    assert!(matches!(
        http.post("a b", &[], Vec::new()).await,
        Err(HttpError::Request | HttpError::Connect { .. })
    ));
}

fn trusting(pins: Vec<Pin>, server: &Server) -> Result<Http, TrustError> {
    let address = format!("https://localhost:{}", server.address.port());
    Http::new(address.parse().unwrap(), &Trust::Public { pins })
}

#[tokio::test]
async fn a_hub_with_a_certificate_of_its_own_is_known_by_its_key() {
    let (server, certificate) = serve_tls(vec![ok(b"hub"), ok(b"hub")]).await;
    let pin = pin_of(&certificate).unwrap();
    let http = trusting(vec![[0; 32], pin], &server).unwrap();
    assert_eq!(http.whole("a", 10).await.unwrap(), b"hub");
    // Whoever only passes on what the hub says has another key.
    let (other, _) = serve_tls(vec![ok(b"other")]).await;
    for pins in [vec![pin], vec![[0; 32]], Vec::new()] {
        match trusting(pins, &other) {
            Ok(http) => assert!(matches!(
                http.whole("a", 10).await,
                Err(FetchError::Failed(_))
            )),
            Err(error) => assert!(matches!(error, TrustError::NoAuthorities)),
        }
    }
    assert!(other.requests().is_empty());
    // But who joins asks whoever is there: the code proves the answer.
    let address = format!("https://localhost:{}", other.address.port());
    let joining = Http::new(address.parse().unwrap(), &Trust::Joining).unwrap();
    assert_eq!(
        joining
            .post("box/v1/enrol", &[], Vec::new())
            .await
            .unwrap()
            .body,
        b"other"
    );
    assert_eq!(pin_of(b"no certificate"), None);
}
