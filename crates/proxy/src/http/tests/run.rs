//! Runs a scenario: plays the client and the upstreams, and compares what comes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{sleep, timeout};

use super::Fault;
use super::read::{Scenario, Step};
use super::school::{School, addresses, caught};
use crate::http::Door;

/// How long something may take: less than any limit of the proxy's, and no time at all on a clock
/// that goes when nothing else does.
const SOON: Duration = Duration::from_secs(3);

struct Stage {
    school: School,
    client: Option<DuplexStream>,
    upstreams: Vec<Option<DuplexStream>>,
    current: usize,
    piece: usize,
}

/// Runs it; everything is sent in pieces of so many bytes.
pub(super) fn run(scenario: &Scenario, piece: usize) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let given = scenario.given.clone();
        let school = School::new(given.scan, |settings| {
            settings.tunnel_ports = given.tunnel_ports
        });
        let door = match given.door.as_str() {
            "explicit" => Door::Explicit,
            "block" => Door::Block,
            _ => caught(),
        };
        let client = school.connect(given.tier, door);
        let mut stage = Stage {
            school,
            client: Some(client),
            upstreams: Vec::new(),
            current: 0,
            piece,
        };
        for (line, step) in &scenario.steps {
            let outcome = stage.step(step).await;
            outcome.map_err(|what| Fault::new(*line, what))?;
        }
        Ok(())
    })
}

impl Stage {
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let piece = self.piece;
        match step {
            Step::Client(bytes) => send(self.client()?, bytes, piece).await,
            Step::ClientCloses => self.client()?.shutdown().await.map_err(|e| e.to_string()),
            Step::Gets(bytes) => receive(self.client()?, bytes).await,
            Step::GetsEnd => ends(self.client()?).await,
            Step::Page(status, words) => page(self.client()?, *status, words).await,
            Step::Dials(host, port) => self.dials(host, *port).await,
            Step::Asked(bytes) => receive(self.upstream()?, bytes).await,
            Step::AskedEnd => ends(self.upstream()?).await,
            Step::Replies(bytes) => send(self.upstream()?, bytes, piece).await,
            Step::UpstreamCloses => {
                let at = self.current;
                drop(self.upstreams.get_mut(at).and_then(Option::take));
                sleep(Duration::from_millis(1)).await;
                Ok(())
            }
            Step::Upstream(number) => {
                self.current = number - 1;
                Ok(())
            }
            Step::Tunnel(host, port) => self.tunnel(host, *port).await,
            Step::Waits(seconds) => {
                sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            Step::Told(expected) => self.told(expected).await,
        }
    }

    fn client(&mut self) -> Result<&mut DuplexStream, String> {
        self.client
            .as_mut()
            .ok_or_else(|| "the client is gone".to_owned())
    }

    fn upstream(&mut self) -> Result<&mut DuplexStream, String> {
        let found = self
            .upstreams
            .get_mut(self.current)
            .and_then(Option::as_mut);
        found.ok_or_else(|| "there is no upstream".to_owned())
    }

    async fn dials(&mut self, host: &str, port: u16) -> Result<(), String> {
        let Ok(Some((address, stream))) = timeout(SOON, self.school.dialled.recv()).await else {
            return Err("nothing was dialled".to_owned());
        };
        let wanted = match host.parse() {
            Ok(address) => address,
            Err(_) => addresses(host).map_err(|e| e.to_string())?[0],
        };
        let wanted = SocketAddr::new(wanted, port);
        self.current = self.upstreams.len();
        self.upstreams.push(Some(stream));
        if address == wanted {
            Ok(())
        } else {
            Err(format!("{address} was dialled, not {wanted}"))
        }
    }

    async fn tunnel(&mut self, host: &str, port: u16) -> Result<(), String> {
        let Ok(Some(tunnel)) = timeout(SOON, self.school.tunnels.recv()).await else {
            return Err("no tunnel was handed over".to_owned());
        };
        let got = format!("{} {}", tunnel.host, tunnel.port);
        let wanted = format!("{host} {port}");
        if got != wanted {
            return Err(format!("a tunnel to {got}, not to {wanted}"));
        }
        // From here on what the client sends goes straight through.
        let mut upstream = tunnel.upstream;
        let mut client = tunnel.client;
        tokio::spawn(async move {
            let _ = upstream.write_all(&tunnel.early).await;
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        });
        Ok(())
    }

    async fn told(&self, expected: &str) -> Result<(), String> {
        sleep(Duration::from_millis(1)).await;
        let got = match self.school.told.take() {
            all if all.is_empty() => "nothing".to_owned(),
            all => all.join(", "),
        };
        if got == expected {
            Ok(())
        } else {
            Err(format!("told: {got}"))
        }
    }
}

async fn send(stream: &mut DuplexStream, bytes: &[u8], piece: usize) -> Result<(), String> {
    for piece in bytes.chunks(piece.min(bytes.len().max(1))) {
        // Who is refused is not heard out.
        if stream.write_all(piece).await.is_err() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn receive(stream: &mut DuplexStream, expected: &[u8]) -> Result<(), String> {
    let mut got = Vec::new();
    while got.len() < expected.len() {
        let mut byte = [0; 1];
        match timeout(SOON, stream.read(&mut byte)).await {
            Ok(Ok(1)) => got.push(byte[0]),
            _ => break,
        }
        if !expected.starts_with(&got) {
            // All of it, for whoever reads the fault.
            let mut rest = vec![0; 4096];
            if let Ok(Ok(count)) = timeout(SOON, stream.read(&mut rest)).await {
                got.extend_from_slice(&rest[..count]);
            }
            break;
        }
    }
    if got == expected {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("wanted\n{}\ngot\n{}", text(expected), text(&got)))
}

async fn ends(stream: &mut DuplexStream) -> Result<(), String> {
    let mut rest = Vec::new();
    match timeout(SOON, stream.read_to_end(&mut rest)).await {
        Ok(_) if rest.is_empty() => Ok(()),
        Ok(_) => Err(format!("more came: {}", String::from_utf8_lossy(&rest))),
        Err(_) => Err("the connection lives".to_owned()),
    }
}

/// Reads a whole answer of ours.
async fn page(stream: &mut DuplexStream, status: u16, words: &str) -> Result<(), String> {
    let mut got = Vec::new();
    let mut byte = [0; 1];
    while !got.ends_with(b"\r\n\r\n") {
        match timeout(SOON, stream.read(&mut byte)).await {
            Ok(Ok(1)) => got.push(byte[0]),
            _ => return Err(format!("no page: {}", String::from_utf8_lossy(&got))),
        }
    }
    let head = String::from_utf8_lossy(&got).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    let read = timeout(SOON, stream.read_exact(&mut body)).await;
    let body = String::from_utf8_lossy(&body).into_owned();
    let is_whole = matches!(read, Ok(Ok(_)));
    let has_status = head.starts_with(&format!("HTTP/1.1 {status} "));
    let missing = words
        .split('|')
        .find(|part| !format!("{head}{body}").contains(part));
    match (is_whole && has_status, missing) {
        (true, None) => Ok(()),
        (_, missing) => Err(format!("{missing:?} is missing of\n{head}{body}")),
    }
}
