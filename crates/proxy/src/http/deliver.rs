//! A response on its way to the client: its head made anew, its body held back for a scanner where
//! one wants it, then passed on piece by piece.

use std::io::IoSlice;

use lachan_policy::{CategorySet, Name};
use lachan_web::Form;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::Answer;
use super::body::{Body, Found};
use super::connection::{Connection, Next};
use super::exchange::{Answered, put_piece};
use super::field::Known;
use super::net::Net;
use super::request::{Framing, Request, Version};
use super::response::Response;
use super::scan::{Opinion, Page, PageHead};
use super::settings::{SCAN_BYTES, SCAN_TIMEOUT};
use super::stages::Open;
use super::upstream::Upstream;
use super::write::{self, Outgoing, Said};

/// Pieces of this size and less are copied behind what is to be written before them.
const COPIED: usize = 16 * 1024;

/// What became of a response.
pub(crate) enum Delivered<S> {
    /// It was delivered, or broke off.
    Next(Next<S>),
    /// Nothing was said; the request may be sent again.
    Again,
    /// The same, without the range it asked for.
    Whole,
    /// This is said instead.
    Instead(Answer),
}

/// A response that is being passed on.
struct Passage {
    body: Body,
    /// How it is framed for the client.
    framing: Framing,
    /// Whether the upstream may serve another request afterwards.
    upstream_lives: bool,
    /// Whether the client may ask again.
    client_lives: bool,
}

/// How a passage ended.
enum End {
    /// Whole.
    Whole,
    /// The upstream or the client broke off.
    Broken,
}

impl<N: Net> Connection<N> {
    pub(crate) async fn deliver(
        &mut self,
        mut upstream: Upstream<N::Stream>,
        answered: Answered,
        request: &Request,
        open: &Open,
        path: Option<String>,
        form: Form,
    ) -> Delivered<N::Stream> {
        let Answered {
            response,
            length,
            sent,
        } = answered;
        if response.status == 101 {
            let name = (!open.name.is_root()).then_some(open.name);
            return self.relay(upstream, &response, length, request, name).await;
        }
        let page = self.page(&upstream, &response, length, open, path.as_deref());
        // A scanner that sees only a part sees nothing: the whole is asked for.
        if page.is_some() && response.status == 206 {
            return Delivered::Whole;
        }
        let mut passage = Passage {
            body: Body::new(response.framing),
            framing: framing_for(request, &response),
            upstream_lives: response.persistent && sent,
            client_lives: request.persistent && sent,
        };
        passage.client_lives &= passage.framing != Framing::UntilClose && !self.is_stopping();
        self.begin(&mut upstream, &response, length, request, &passage);
        if let Some(mut page) = page {
            match self.hold(&mut upstream, &mut passage, &mut *page).await {
                Ok(None) => {}
                Ok(Some(found)) => {
                    let gate = &self.core.gate;
                    if let Some(answer) =
                        gate.closed_by_page(open, self.arrival.client, form, found)
                    {
                        return Delivered::Instead(answer);
                    }
                }
                Err(End::Broken | End::Whole) => {
                    return Delivered::Next(Next::Close { linger: false });
                }
            }
        }
        match self.pass(&mut upstream, &mut passage).await {
            End::Whole => {
                if passage.upstream_lives && upstream.input.is_empty() {
                    self.pool.put(upstream);
                }
                Delivered::Next(if passage.client_lives {
                    Next::Request
                } else {
                    Next::Close { linger: !sent }
                })
            }
            End::Broken => Delivered::Next(Next::Close { linger: false }),
        }
    }

    /// Writes the head into `out`.
    fn begin(
        &mut self,
        upstream: &mut Upstream<N::Stream>,
        response: &Response,
        length: usize,
        request: &Request,
        passage: &Passage,
    ) {
        let outgoing = match passage.framing {
            _ if response.framing.is_empty() && passage.body.is_done() => {
                // RFC 9110 §8.6: no length with 204.
                let told = response.told_length.filter(|_| response.status != 204);
                Outgoing::None(told)
            }
            Framing::Length(length) => Outgoing::Length(length),
            Framing::Chunked => Outgoing::Chunked,
            Framing::UntilClose => Outgoing::UntilClose,
        };
        let said = Said {
            version: request.version,
            persistent: passage.client_lives,
        };
        self.out.clear();
        let bytes = &upstream.input.filled()[..length];
        let via = &self.core.gate.via;
        write::response(
            &mut self.out,
            bytes,
            &self.answer_head,
            response,
            outgoing,
            said,
            via,
        );
        upstream.input.consume(length);
    }

    /// The scanner's page, where one is wanted.
    fn page(
        &self,
        upstream: &Upstream<N::Stream>,
        response: &Response,
        length: usize,
        open: &Open,
        path: Option<&str>,
    ) -> Option<Box<dyn Page>> {
        let scan = self.core.gate.shared.scan.as_ref()?;
        if response.framing.is_empty() || open.name.is_root() {
            return None;
        }
        let bytes = &upstream.input.filled()[..length];
        // The last type counts, as it does to browsers; codings are one list.
        let kind = self.answer_head.values(bytes, Known::ContentType).last();
        let codings: Vec<_> = self
            .answer_head
            .values(bytes, Known::ContentEncoding)
            .collect();
        let codings = codings.join(&b", "[..]);
        scan.begin(&PageHead {
            host: &open.name,
            path: path.unwrap_or("/"),
            group: &open.policy.groups().all()[open.group],
            status: response.status,
            content_type: kind,
            content_encoding: (!codings.is_empty()).then_some(codings.as_slice()),
        })
    }

    /// Holds a page back until the scanner has an opinion, it ends, it is too long or the time is up;
    /// what was held stands in `out` then. `Some` are the categories that were found.
    async fn hold(
        &mut self,
        upstream: &mut Upstream<N::Stream>,
        passage: &mut Passage,
        page: &mut dyn Page,
    ) -> Result<Option<CategorySet>, End> {
        let mut held = Vec::new();
        // From its first byte on: a site may take its time before.
        let mut deadline = Instant::now() + self.core.gate.settings.answer_timeout;
        // `None` while it has no opinion.
        let mut found: Option<Option<CategorySet>> = None;
        while held.len() < SCAN_BYTES {
            let bytes = upstream.input.filled();
            let opinion = match passage.body.next(bytes).map_err(|_| End::Broken)? {
                Found::Piece(piece) => {
                    let end = piece.end;
                    if held.is_empty() {
                        deadline = Instant::now() + SCAN_TIMEOUT;
                    }
                    held.extend_from_slice(&bytes[piece.clone()]);
                    let opinion = page.push(&bytes[piece]);
                    upstream.input.consume(end);
                    opinion
                }
                Found::End(count) => {
                    upstream.input.consume(count);
                    break;
                }
                Found::More(count) => {
                    upstream.input.consume(count);
                    let read = upstream.input.fill(&mut upstream.stream);
                    match timeout_at(deadline, read).await {
                        Err(_) => break,
                        Ok(Ok(count)) if count > 0 => {}
                        Ok(_) if passage.body.may_close() => {
                            passage.body = Body::new(Framing::Length(0));
                        }
                        Ok(_) => return Err(End::Broken),
                    }
                    Opinion::More
                }
            };
            if opinion != Opinion::More {
                found = Some(found_by(opinion));
                break;
            }
        }
        // What was seen has to do.
        let found = found.unwrap_or_else(|| found_by(page.end()));
        if !held.is_empty() {
            put_piece(&held, passage.framing, &mut self.out);
        }
        Ok(found)
    }

    /// Passes the body on, with what stands in `out` before it.
    async fn pass(&mut self, upstream: &mut Upstream<N::Stream>, passage: &mut Passage) -> End {
        let limit = self.core.gate.settings.body_timeout;
        loop {
            let bytes = upstream.input.filled();
            let Ok(found) = passage.body.next(bytes) else {
                return End::Broken;
            };
            match found {
                Found::Piece(piece) => {
                    let end = piece.end;
                    let piece = &bytes[piece];
                    if piece.len() <= COPIED || passage.framing == Framing::Chunked {
                        put_piece(piece, passage.framing, &mut self.out);
                    } else {
                        let write = write_both(&mut self.client, &self.out, piece);
                        if !matches!(timeout(limit, write).await, Ok(Ok(()))) {
                            return End::Broken;
                        }
                        self.out.clear();
                    }
                    upstream.input.consume(end);
                }
                Found::End(count) => {
                    upstream.input.consume(count);
                    return self.finish(passage).await;
                }
                Found::More(count) => {
                    upstream.input.consume(count);
                    if !self.out.is_empty() {
                        if self.flush().await.is_err() {
                            return End::Broken;
                        }
                        self.out.clear();
                    }
                    match timeout(limit, upstream.input.fill(&mut upstream.stream)).await {
                        Ok(Ok(count)) if count > 0 => {}
                        Ok(Ok(_)) if passage.body.may_close() => return self.finish(passage).await,
                        _ => return End::Broken,
                    }
                }
            }
        }
    }

    async fn finish(&mut self, passage: &Passage) -> End {
        if passage.framing == Framing::Chunked {
            self.out.extend_from_slice(write::LAST_CHUNK);
        }
        if !self.out.is_empty() && self.flush().await.is_err() {
            return End::Broken;
        }
        End::Whole
    }

    /// Passes `101` on, and from then on bytes both ways.
    async fn relay(
        &mut self,
        mut upstream: Upstream<N::Stream>,
        response: &Response,
        length: usize,
        request: &Request,
        name: Option<Name>,
    ) -> Delivered<N::Stream> {
        let passage = Passage {
            body: Body::new(Framing::Length(0)),
            framing: Framing::Length(0),
            upstream_lives: false,
            client_lives: true,
        };
        self.begin(&mut upstream, response, length, request, &passage);
        self.out.extend_from_slice(upstream.input.filled());
        Delivered::Next(if self.flush().await.is_ok() {
            Next::Relay(Box::new((upstream.stream, name)))
        } else {
            Next::Close { linger: false }
        })
    }
}

const fn found_by(opinion: Opinion) -> Option<CategorySet> {
    match opinion {
        Opinion::Found(found) => Some(found),
        Opinion::More | Opinion::Pass => None,
    }
}

/// How a response is framed for its client: HTTP/1.0 knows no chunks, and what ends with the
/// upstream's connection need not end the client's.
fn framing_for(request: &Request, response: &Response) -> Framing {
    match (response.framing, request.version) {
        (Framing::Length(length), _) => Framing::Length(length),
        (_, Version::Http11) => Framing::Chunked,
        (_, Version::Http10) => Framing::UntilClose,
    }
}

/// Writes both, by one system call where the kernel takes them.
async fn write_both<W: AsyncWrite + Unpin>(
    stream: &mut W,
    mut first: &[u8],
    second: &[u8],
) -> std::io::Result<()> {
    while !first.is_empty() {
        let count = stream
            .write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
            .await?;
        if count == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        match first.get(count..) {
            Some(rest) => first = rest,
            None => return stream.write_all(&second[count - first.len()..]).await,
        }
    }
    stream.write_all(second).await
}
