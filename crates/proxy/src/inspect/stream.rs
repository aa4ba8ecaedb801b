//! The streams that carry decrypted HTTP: TLS of a client, TLS towards a site, a pipe of an HTTP/2
//! stream; and a stream of which some bytes were read already.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

use super::room::Place;

/// A client's stream, with what was read of it before.
#[derive(Debug)]
pub(super) struct Prefixed {
    read: Vec<u8>,
    used: usize,
    stream: TcpStream,
}

impl Prefixed {
    pub(super) const fn new(read: Vec<u8>, stream: TcpStream) -> Self {
        Self {
            read,
            used: 0,
            stream,
        }
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = self.read.get(self.used..).unwrap_or_default();
        if rest.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..count]);
        self.used += count;
        if self.used == self.read.len() {
            (self.read, self.used) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A stream of decrypted HTTP.
#[derive(Debug)]
pub struct Stream {
    kind: Kind,
    /// Bytes that TLS has taken and not yet written: told as written once they are.
    taken: Option<usize>,
    /// A client's place among those that are opened up.
    _place: Option<Place>,
}

#[derive(Debug)]
enum Kind {
    Client(Box<tokio_rustls::server::TlsStream<Prefixed>>),
    Site(Box<tokio_rustls::client::TlsStream<TcpStream>>),
    Pipe(DuplexStream),
}

/// Does the same with whatever it is.
macro_rules! each {
    ($self:ident, $stream:ident => $body:expr) => {
        match &mut $self.kind {
            Kind::Client($stream) => $body,
            Kind::Site($stream) => $body,
            Kind::Pipe($stream) => $body,
        }
    };
}

impl Stream {
    pub(super) fn client(stream: tokio_rustls::server::TlsStream<Prefixed>, place: Place) -> Self {
        Self::of(Kind::Client(Box::new(stream)), Some(place))
    }

    pub(super) fn site(stream: tokio_rustls::client::TlsStream<TcpStream>) -> Self {
        Self::of(Kind::Site(Box::new(stream)), None)
    }

    pub(super) const fn pipe(stream: DuplexStream) -> Self {
        Self::of(Kind::Pipe(stream), None)
    }

    const fn of(kind: Kind, place: Option<Place>) -> Self {
        Self {
            kind,
            taken: None,
            _place: place,
        }
    }

    /// Writes, and says so only once nothing of it waits inside TLS: who writes to a socket expects
    /// that it leaves, and does not flush.
    fn write(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(&mut Kind, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let count = match self.taken {
            Some(count) => count,
            None => ready!(write(&mut self.kind, context))?,
        };
        // Whoever polls again brings the same bytes, as `AsyncWrite` has it.
        self.taken = Some(count);
        ready!(each!(self, stream => Pin::new(stream).poll_flush(context)))?;
        self.taken = None;
        Poll::Ready(Ok(count))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |kind, context| match kind {
            Kind::Client(stream) => Pin::new(stream).poll_write(context, bytes),
            Kind::Site(stream) => Pin::new(stream).poll_write(context, bytes),
            Kind::Pipe(stream) => Pin::new(stream).poll_write(context, bytes),
        })
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |kind, context| match kind {
            Kind::Client(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Kind::Site(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Kind::Pipe(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(context))
    }
}
