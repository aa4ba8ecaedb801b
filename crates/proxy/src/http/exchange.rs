//! One request with an upstream: it is sent, its body behind it, and the head of the answer read.

use std::time::Duration;

use lachan_web::{Form, Notice};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::timeout;

use super::answer::Answer;
use super::body::{Body, Found};
use super::buffer::Buffer;
use super::connection::{Connection, Next};
use super::deliver::Delivered;
use super::lines::Head;
use super::net::Net;
use super::refusal::Refusal;
use super::request::{Framing, Request, Version};
use super::response::Response;
use super::stages::{Open, form_of};
use super::upstream::Upstream;
use super::write::{self, Outgoing, Said, Via};

/// How long an upstream may keep silent while a body is being sent to it: the sending has limits.
const WHILE_SENDING: Duration = Duration::from_secs(24 * 3600);
/// Interim responses (`100`, `103`) of one request.
const MAX_INTERIM: usize = 16;

/// The head of the final response, and whether the whole request was sent.
pub(crate) struct Answered {
    pub(crate) response: Response,
    /// Length of its head.
    pub(crate) length: usize,
    pub(crate) sent: bool,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The connection broke before a byte of an answer came: on one that served before, the upstream
    /// may just have closed it.
    Closed,
    /// The upstream answers with something that is no HTTP, or breaks off.
    Bad,
    /// It takes too long.
    Slow,
    /// The client's body is not well-formed.
    Refused(Refusal),
    /// The client is gone.
    Client,
}

/// The client's side of an exchange, as far as a response needs it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    request: &'a Request,
    via: &'a Via,
    answer: Duration,
    body: Duration,
}

impl<N: Net> Connection<N> {
    /// Sends a request on and its answer back.
    pub(crate) async fn forward(
        &mut self,
        length: usize,
        request: &Request,
        mut open: Box<Open>,
    ) -> Next<N::Stream> {
        let form = form_of(&self.input.filled()[..length], &self.head);
        let mut tries = 0;
        loop {
            let upstream = match self.connect(request, &open, tries > 0).await {
                Ok(upstream) => upstream,
                Err(answer) => {
                    self.input.consume(length);
                    return self.answer(&answer, request).await;
                }
            };
            tries += 1;
            let may_again = request.method.is_safe() && request.framing.is_empty() && tries < 3;
            match self.exchange(upstream, length, request, &open, form).await {
                Delivered::Next(next) => {
                    if request.framing.is_empty() {
                        self.input.consume(length);
                    }
                    return next;
                }
                Delivered::Again if may_again => {}
                Delivered::Whole if may_again && !open.changes.whole => open.changes.whole = true,
                Delivered::Again | Delivered::Whole => {
                    let settings = &self.core.gate.settings;
                    let answer = Answer::notice(settings, 502, Notice::NoAnswer, form);
                    if request.framing.is_empty() {
                        self.input.consume(length);
                    }
                    return self.answer(&answer, request).await;
                }
                Delivered::Instead(answer) => {
                    if request.framing.is_empty() {
                        self.input.consume(length);
                    }
                    return self.answer(&answer, request).await;
                }
            }
        }
    }

    /// A connection: one that served before, but not for what may not be sent twice.
    async fn connect(
        &mut self,
        request: &Request,
        open: &Open,
        anew: bool,
    ) -> Result<Upstream<N::Stream>, Answer> {
        if request.method.is_safe()
            && !anew
            && let Some(kept) = self.pool.take(open).await
        {
            return Ok(kept);
        }
        let dialled = self.core.dial(open, self.arrival.client).await;
        dialled.map_err(|why| {
            let form = form_of(self.input.filled(), &self.head);
            self.unreached(open, why, form)
        })
    }

    async fn exchange(
        &mut self,
        mut upstream: Upstream<N::Stream>,
        length: usize,
        request: &Request,
        open: &Open,
        form: Form,
    ) -> Delivered<N::Stream> {
        self.out.clear();
        let gate = &self.core.gate;
        let bytes = &self.input.filled()[..length];
        let (head, authority) = (&self.head, &open.authority);
        write::request(
            &mut self.out,
            bytes,
            head,
            request,
            authority,
            &open.changes,
            &gate.via,
        );
        // What the scanner wants to know of the request, before its bytes make room for the body.
        let path = gate
            .shared
            .scan
            .as_ref()
            .and_then(|_| request.path(bytes))
            .map(str::to_owned);
        if !request.framing.is_empty() {
            self.input.consume(length);
        }
        match self.ask(&mut upstream, request).await {
            Ok(answered) => {
                self.deliver(upstream, answered, request, open, path, form)
                    .await
            }
            Err(failed) => self.failed(failed, upstream.reused, request, form).await,
        }
    }

    /// Sends what stands in `out`, then the body, and reads the head of the final response.
    async fn ask(
        &mut self,
        upstream: &mut Upstream<N::Stream>,
        request: &Request,
    ) -> Result<Answered, Failed> {
        let settings = &self.core.gate.settings;
        let asked = Asked {
            request,
            via: &self.core.gate.via,
            answer: settings.answer_timeout,
            body: settings.body_timeout,
        };
        self.answer_head.clear();
        let mut body = Body::new(request.framing);
        frame(&mut self.input, &mut body, request.framing, &mut self.out)
            .map_err(Failed::Refused)?;
        let written = timeout(asked.body, upstream.stream.write_all(&self.out)).await;
        match written {
            Ok(Ok(())) => {}
            // It may have said why before it closed.
            Ok(Err(_)) if !request.framing.is_empty() => {}
            Ok(Err(_)) => return Err(Failed::Closed),
            Err(_) => return Err(Failed::Slow),
        }
        if body.is_done() {
            let (read, head) = (&mut upstream.stream, &mut self.answer_head);
            let (response, length) = asked
                .answer(read, &mut upstream.input, head, &mut self.client)
                .await?;
            return Ok(Answered {
                response,
                length,
                sent: true,
            });
        }
        // An upload may take as long as it moves; only then has the upstream a limit to answer in.
        let patient = Asked {
            answer: WHILE_SENDING,
            ..asked
        };
        let (mut from_client, mut to_client) = split(&mut self.client);
        let (mut from_upstream, mut to_upstream) = split(&mut upstream.stream);
        let send = asked.send(
            &mut from_client,
            &mut self.input,
            &mut body,
            &mut to_upstream,
        );
        let head = &mut self.answer_head;
        let read = patient.answer(
            &mut from_upstream,
            &mut upstream.input,
            head,
            &mut to_client,
        );
        tokio::pin!(send, read);
        let sent = tokio::select! {
            biased;
            answered = &mut read => {
                let (response, length) = answered?;
                return Ok(Answered { response, length, sent: false });
            }
            outcome = send => match outcome {
                Ok(()) => true,
                // An upstream that takes no more may have said why.
                Err(Failed::Closed) => false,
                Err(other) => return Err(other),
            },
        };
        let answered = timeout(asked.answer, read)
            .await
            .map_err(|_| Failed::Slow)?;
        let (response, length) = answered?;
        Ok(Answered {
            response,
            length,
            sent,
        })
    }

    async fn failed(
        &mut self,
        failed: Failed,
        reused: bool,
        request: &Request,
        form: Form,
    ) -> Delivered<N::Stream> {
        let settings = &self.core.gate.settings;
        let notice =
            |status, notice| Delivered::Instead(Answer::notice(settings, status, notice, form));
        match failed {
            Failed::Closed if reused && request.framing.is_empty() => Delivered::Again,
            Failed::Closed | Failed::Bad => notice(502, Notice::NoAnswer),
            Failed::Slow => notice(504, Notice::TooSlow),
            Failed::Refused(refusal) => Delivered::Next(self.refuse(refusal).await),
            Failed::Client => Delivered::Next(Next::Close { linger: false }),
        }
    }
}

impl Asked<'_> {
    /// Sends the rest of the request's body as it comes.
    async fn send<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        client: &mut R,
        input: &mut Buffer,
        body: &mut Body,
        upstream: &mut W,
    ) -> Result<(), Failed> {
        let mut out = Vec::new();
        while !body.is_done() {
            match timeout(self.body, input.fill(client)).await {
                Ok(Ok(count)) if count > 0 => {}
                _ => return Err(Failed::Client),
            }
            out.clear();
            frame(input, body, self.request.framing, &mut out).map_err(Failed::Refused)?;
            match timeout(self.body, upstream.write_all(&out)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Failed::Closed),
                Err(_) => return Err(Failed::Slow),
            }
        }
        Ok(())
    }

    /// Reads the head of the final response. Interim ones are passed on to clients that know them
    /// (RFC 9110 §15.2).
    async fn answer<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        upstream: &mut R,
        input: &mut Buffer,
        head: &mut Head,
        client: &mut W,
    ) -> Result<(Response, usize), Failed> {
        for _ in 0..MAX_INTERIM {
            let length = self.head(upstream, input, head).await?;
            let bytes = &input.filled()[..length];
            let method = self.request.method;
            let response = Response::read(bytes, head, method).map_err(|_| Failed::Bad)?;
            if response.status == 101 {
                let wanted = self.request.websocket;
                return if wanted.is_some_and(|wanted| wanted.is_agreed(bytes, head)) {
                    Ok((response, length))
                } else {
                    Err(Failed::Bad)
                };
            }
            if !response.is_interim() {
                return Ok((response, length));
            }
            if self.request.version == Version::Http11 {
                let mut out = Vec::new();
                let said = Said {
                    version: Version::Http11,
                    persistent: true,
                };
                write::response(
                    &mut out,
                    bytes,
                    head,
                    &response,
                    Outgoing::None(None),
                    said,
                    self.via,
                );
                match timeout(self.body, client.write_all(&out)).await {
                    Ok(Ok(())) => {}
                    _ => return Err(Failed::Client),
                }
            }
            input.consume(length);
            head.clear();
        }
        Err(Failed::Bad)
    }

    async fn head<R: AsyncRead + Unpin>(
        &self,
        upstream: &mut R,
        input: &mut Buffer,
        head: &mut Head,
    ) -> Result<usize, Failed> {
        loop {
            match head.read(input.filled()) {
                Ok(Some(length)) => return Ok(length),
                Ok(None) => {}
                Err(_) => return Err(Failed::Bad),
            }
            match timeout(self.answer, input.fill(upstream)).await {
                Ok(Ok(count)) if count > 0 => {}
                Ok(Ok(_) | Err(_)) if input.is_empty() => return Err(Failed::Closed),
                Ok(Ok(_) | Err(_)) => return Err(Failed::Bad),
                Err(_) => return Err(Failed::Slow),
            }
        }
    }
}

/// Moves what is there of a body into `out`, framed for the next hop.
pub(crate) fn frame(
    input: &mut Buffer,
    body: &mut Body,
    framing: Framing,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    if body.is_done() {
        return Ok(());
    }
    loop {
        match body.next(input.filled())? {
            Found::Piece(piece) => {
                let end = piece.end;
                put_piece(&input.filled()[piece], framing, out);
                input.consume(end);
            }
            Found::More(count) => {
                input.consume(count);
                return Ok(());
            }
            Found::End(count) => {
                input.consume(count);
                if framing == Framing::Chunked {
                    out.extend_from_slice(write::LAST_CHUNK);
                }
                return Ok(());
            }
        }
    }
}

/// Writes a piece of a body, as a chunk where that is the framing.
pub(crate) fn put_piece(piece: &[u8], framing: Framing, out: &mut Vec<u8>) {
    if framing == Framing::Chunked {
        write::begin_chunk(out, piece.len());
        out.extend_from_slice(piece);
        out.extend_from_slice(write::CHUNK_END);
    } else {
        out.extend_from_slice(piece);
    }
}
