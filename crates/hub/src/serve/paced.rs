//! A connection whose other side has to take what it asked for. Who asks for a large list and reads it drop by drop would hold a
//! place, a file and its pieces for days.
//!
//! Only the time counts in which something waits to be taken: a stream of news that says nothing for an hour owes nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that the other side takes at least, in the long run: the slowest line that could fetch a list at all.
const RATE: u64 = 1_024;
/// How far it may fall behind: a line that is away for a moment.
const GRACE: Duration = Duration::from_secs(60);

/// A connection that ends when the other side takes too little.
#[derive(Debug)]
pub(super) struct Paced<S> {
    stream: S,
    /// How long it fell behind, less what it took since.
    behind: Duration,
    /// Since when something waits, and the end of its patience.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> Paced<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self {
            stream,
            behind: Duration::ZERO,
            waiting: None,
        }
    }

    /// Something waits to be taken.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let left = GRACE.saturating_sub(self.behind);
        let (_, patience) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + left)))
        });
        ready!(patience.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// So much was taken.
    fn took(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.behind += since.elapsed();
        }
        let millis = u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_mul(1_000)
            / RATE;
        self.behind = self.behind.saturating_sub(Duration::from_millis(millis));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.took(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Pending => self.wait(cx).map(Err),
            failed => failed,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::sleep;

    /// How sending a megabyte ends when the other side takes so many bytes each second.
    async fn sent(each_second: usize) -> io::Result<()> {
        let (ours, mut theirs) = duplex(4 << 10);
        let taking = tokio::spawn(async move {
            let mut piece = vec![0; each_second];
            loop {
                sleep(Duration::from_secs(1)).await;
                if each_second > 0 && theirs.read_exact(&mut piece).await.is_err() {
                    return;
                }
            }
        });
        let mut ours = Paced::new(ours);
        let sent = ours.write_all(&vec![7; 1 << 20]).await;
        taking.abort();
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_or_drops_is_let_go() {
        for each_second in [0, 1, 256] {
            let ended = sent(each_second).await.unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut, "{each_second}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_is_waited_for() {
        sent(2_048).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn silence_owes_nothing() {
        let (ours, mut theirs) = duplex(4 << 10);
        let mut ours = Paced::new(ours);
        for _ in 0..5 {
            ours.write_all(b": alive\n").await.unwrap();
            sleep(60 * GRACE).await;
        }
        let mut all = [0; 40];
        theirs.read_exact(&mut all).await.unwrap();
    }
}
