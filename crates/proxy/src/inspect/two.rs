//! HTTP/2 towards a client. Each stream is rebuilt as HTTP/1.1 and sent through a pipe to the gate,
//! which treats it as a connection of its own: the same stages, limits and pages. Pipes that are done
//! with a request take the next, and with it the connection to the site behind them.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::{Request, Response, StatusCode};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::fields::{self, Asked, Rebuilt};
use super::inside::Inside;
use super::stream::{Prefixed, Stream};
use crate::http::raw::{Body, Buffer, Found, Framing, Head, Response as Read};
use crate::http::{Arrival, BODY_TIMEOUT, IDLE_TIMEOUT, Refusal, Server};

/// Bytes of a request's fields: what a head of HTTP/1.1 may have.
const MAX_FIELDS_BYTES: u32 = 64 * 1024;
/// Streams of one connection at a time: a page's pictures, with room.
const MAX_STREAMS: u32 = 32;
/// Bytes that a client may send ahead of being read, of a stream and in all.
const WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;
/// Most of a response that waits for the client.
const SEND_BUFFER: usize = 256 * 1024;
/// Room in a pipe, each way.
const PIPE: usize = 32 * 1024;
/// Pipes that wait for another request.
const MAX_IDLE: usize = 8;
/// Interim responses of one request, which are passed over.
const MAX_INTERIM: usize = 16;

/// What all streams of a connection share.
struct Lines {
    http: Server<Inside>,
    arrival: Arrival,
    idle: Mutex<Vec<Line>>,
}

/// A pipe to the gate.
struct Line {
    stream: DuplexStream,
    input: Buffer,
}

/// Why a stream came to no response.
enum Failed {
    /// The request is malformed.
    Refused(Refusal),
    /// The gate or the client broke off.
    Broken,
}

/// Serves a connection to its end.
pub(super) async fn serve(
    stream: TlsStream<Prefixed>,
    http: Server<Inside>,
    arrival: Arrival,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_FIELDS_BYTES)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buffer_size(SEND_BUFFER);
    let Ok(Ok(mut connection)) = timeout(IDLE_TIMEOUT, builder.handshake(stream)).await else {
        return;
    };
    let lines = Arc::new(Lines {
        http,
        arrival,
        idle: Mutex::default(),
    });
    let mut is_ending = false;
    loop {
        let accepted = tokio::select! {
            accepted = timeout(IDLE_TIMEOUT, connection.accept()) => accepted,
            _ = stop.changed(), if !is_ending => {
                is_ending = true;
                connection.graceful_shutdown();
                continue;
            }
        };
        match accepted {
            Ok(Some(Ok((request, respond)))) => {
                let lines = Arc::clone(&lines);
                tokio::spawn(async move { lines.answer(request, respond).await });
            }
            Ok(None | Some(Err(_))) => return,
            // Nothing under way, and nothing said for a minute.
            Err(_) if Arc::strong_count(&lines) == 1 => {
                if is_ending {
                    return;
                }
                is_ending = true;
                connection.graceful_shutdown();
            }
            Err(_) => {}
        }
    }
}

impl Lines {
    async fn answer(&self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        match self.exchange(request, &mut respond).await {
            Ok(()) => {}
            Err(Failed::Refused(refusal)) => {
                self.http.refused(refusal);
                let mut answer = Response::new(());
                let status = StatusCode::from_u16(refusal.status());
                *answer.status_mut() = status.unwrap_or(StatusCode::BAD_REQUEST);
                let _ = respond.send_response(answer, true);
            }
            Err(Failed::Broken) => respond.send_reset(Reason::INTERNAL_ERROR),
        }
    }

    async fn exchange(
        &self,
        request: Request<RecvStream>,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), Failed> {
        let (parts, body) = request.into_parts();
        let rebuilt = rebuilt(&parts, body.is_end_stream()).map_err(Failed::Refused)?;
        let mut line = self.line();
        if carry(&mut line, &rebuilt, body, respond).await? {
            self.keep(line);
        }
        Ok(())
    }

    /// A pipe to the gate: one that is done with its request, or a new one.
    fn line(&self) -> Line {
        let kept = self.idle().pop();
        kept.unwrap_or_else(|| {
            let (stream, other) = duplex(PIPE);
            self.http.accept(Stream::pipe(other), self.arrival);
            Line {
                stream,
                input: Buffer::default(),
            }
        })
    }

    fn keep(&self, line: Line) {
        let mut idle = self.idle();
        if line.input.is_empty() && idle.len() < MAX_IDLE {
            idle.push(line);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a request to the gate and its response back. Says whether the pipe can take another.
async fn carry(
    line: &mut Line,
    rebuilt: &Rebuilt,
    body: RecvStream,
    respond: &mut SendResponse<Bytes>,
) -> Result<bool, Failed> {
    let Line { stream, input } = line;
    let (mut from_gate, mut to_gate) = split(stream);
    let send = send(&mut to_gate, rebuilt, body);
    let receive = receive(&mut from_gate, input, rebuilt, respond);
    tokio::pin!(send, receive);
    let mut sent = None;
    loop {
        tokio::select! {
            // A gate that answers before it has all may be right to.
            received = &mut receive => return Ok(received? && sent == Some(true)),
            outcome = &mut send, if sent.is_none() => sent = Some(outcome.is_ok()),
        }
    }
}

fn rebuilt(parts: &http::request::Parts, ends: bool) -> Result<Rebuilt, Refusal> {
    let uri = &parts.uri;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let asked = Asked {
        method: parts.method.as_str().as_bytes(),
        scheme: uri.scheme_str().unwrap_or_default().as_bytes(),
        authority: uri
            .authority()
            .map(|authority| authority.as_str().as_bytes()),
        path: path.as_bytes(),
        ends,
    };
    let fields = parts.headers.iter();
    let fields = fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    fields::rebuild(&asked, &fields.collect::<Vec<_>>())
}

/// Sends the gate a request, its body as it comes.
async fn send<W: tokio::io::AsyncWrite + Unpin>(
    gate: &mut W,
    rebuilt: &Rebuilt,
    mut body: RecvStream,
) -> io::Result<()> {
    gate.write_all(&rebuilt.head).await?;
    if rebuilt.framing.is_empty() {
        return Ok(());
    }
    let is_chunked = rebuilt.framing == Framing::Chunked;
    while let Some(piece) = next(&mut body).await {
        let piece = piece?;
        if piece.is_empty() {
            continue;
        }
        if is_chunked {
            gate.write_all(format!("{:x}\r\n", piece.len()).as_bytes())
                .await?;
        }
        gate.write_all(&piece).await?;
        if is_chunked {
            gate.write_all(b"\r\n").await?;
        }
        let _ = body.flow_control().release_capacity(piece.len());
    }
    if is_chunked {
        gate.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn next(body: &mut RecvStream) -> Option<io::Result<Bytes>> {
    match timeout(BODY_TIMEOUT, body.data()).await {
        Ok(piece) => piece.map(|piece| piece.map_err(io::Error::other)),
        Err(_) => Some(Err(io::ErrorKind::TimedOut.into())),
    }
}

/// Reads the gate's response and sends it on. Says whether the pipe lives on.
async fn receive<R: tokio::io::AsyncRead + Unpin>(
    gate: &mut R,
    input: &mut Buffer,
    rebuilt: &Rebuilt,
    respond: &mut SendResponse<Bytes>,
) -> Result<bool, Failed> {
    let mut head = Head::default();
    let response = {
        let read = read_head(gate, input, &mut head, rebuilt);
        tokio::pin!(read);
        tokio::select! {
            read = &mut read => read?,
            // The client wants it no more.
            _ = poll_fn(|context| respond.poll_reset(context)) => return Err(Failed::Broken),
        }
    };
    let (length, response) = response;
    let answer = fields::answer(&input.filled()[..length], &head, &response);
    let answer = answer.ok_or(Failed::Broken)?;
    input.consume(length);
    let mut body = Body::new(response.framing);
    let sent = respond.send_response(answer, body.is_done());
    let mut out = sent.map_err(|_| Failed::Broken)?;
    while !body.is_done() {
        match body.next(input.filled()).map_err(|_| Failed::Broken)? {
            Found::Piece(piece) => {
                let end = piece.end;
                let bytes = Bytes::copy_from_slice(&input.filled()[piece]);
                input.consume(end);
                give(&mut out, bytes).await?;
            }
            Found::More(count) => {
                input.consume(count);
                let filled = input.fill(gate).await.map_err(|_| Failed::Broken)?;
                if filled == 0 {
                    if body.may_close() {
                        break;
                    }
                    out.send_reset(Reason::INTERNAL_ERROR);
                    return Ok(false);
                }
            }
            Found::End(count) => input.consume(count),
        }
    }
    if !response.framing.is_empty() {
        let ended = out.send_data(Bytes::new(), true);
        ended.map_err(|_| Failed::Broken)?;
    }
    Ok(response.persistent)
}

async fn read_head<R: tokio::io::AsyncRead + Unpin>(
    gate: &mut R,
    input: &mut Buffer,
    head: &mut Head,
    rebuilt: &Rebuilt,
) -> Result<(usize, Read), Failed> {
    let mut interim = 0;
    loop {
        match head.read(input.filled()).map_err(|_| Failed::Broken)? {
            Some(length) => {
                let bytes = &input.filled()[..length];
                let response =
                    Read::read(bytes, head, rebuilt.method).map_err(|_| Failed::Broken)?;
                if !response.is_interim() {
                    return Ok((length, response));
                }
                interim += 1;
                if interim > MAX_INTERIM {
                    return Err(Failed::Broken);
                }
                input.consume(length);
                head.clear();
            }
            None => match input.fill(gate).await {
                Ok(count) if count > 0 => {}
                _ => return Err(Failed::Broken),
            },
        }
    }
}

/// Gives a client a piece as it takes it.
async fn give(out: &mut SendStream<Bytes>, mut bytes: Bytes) -> Result<(), Failed> {
    while !bytes.is_empty() {
        out.reserve_capacity(bytes.len());
        let room = timeout(BODY_TIMEOUT, poll_fn(|context| out.poll_capacity(context))).await;
        let Ok(Some(Ok(room))) = room else {
            out.send_reset(Reason::CANCEL);
            return Err(Failed::Broken);
        };
        let piece = bytes.split_to(room.min(bytes.len()));
        out.send_data(piece, false).map_err(|_| Failed::Broken)?;
    }
    Ok(())
}
