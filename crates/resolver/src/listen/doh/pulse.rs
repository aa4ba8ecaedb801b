//! The life of an HTTP connection as seen from outside: hyper has no idle time-out, none for a client
//! that does not read, and none for HTTP/2 at all. [`Watched`] sees the bytes go by, [`Pulse`] keeps
//! when, and says when a connection is idle or slow.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// No moment: moments are milliseconds since the beginning, counted from 1.
const NEVER: u64 = 0;

/// What happened on a connection, and when.
#[derive(Debug)]
pub(crate) struct Pulse {
    begun: Instant,
    idle: Duration,
    slow: Duration,
    /// Whether bytes between requests are the beginning of the next one. They are over HTTP/1; over
    /// HTTP/2 they may be pings and windows.
    counts_bytes: bool,
    /// Requests being answered.
    under_way: AtomicUsize,
    /// The end of the last request, or the beginning.
    active: AtomicU64,
    /// When the first byte of a request came that is not whole.
    partial: AtomicU64,
    /// Since when the client has taken nothing.
    unread: AtomicU64,
}

/// What is to happen to a connection, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Look again then.
    Look(Instant),
    /// It is idle then.
    Idle(Instant),
    /// It is too slow then.
    Slow(Instant),
}

impl Due {
    /// When.
    pub(crate) const fn at(self) -> Instant {
        match self {
            Self::Look(at) | Self::Idle(at) | Self::Slow(at) => at,
        }
    }
}

/// A request being answered; dropping it ends it.
pub(crate) struct Beat(Arc<Pulse>);

impl Pulse {
    /// A connection that just began.
    pub(crate) fn new(idle: Duration, slow: Duration, counts_bytes: bool) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            idle,
            slow,
            counts_bytes,
            under_way: AtomicUsize::new(0),
            active: AtomicU64::new(1),
            partial: AtomicU64::new(NEVER),
            unread: AtomicU64::new(NEVER),
        })
    }

    /// A request came whole.
    pub(crate) fn begin(self: &Arc<Self>) -> Beat {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.partial.store(NEVER, Ordering::Relaxed);
        Beat(Arc::clone(self))
    }

    /// When it is to end if nothing happens until then.
    pub(crate) fn due(&self) -> Due {
        let since = |mark: &AtomicU64| {
            let mark = mark.load(Ordering::Relaxed);
            (mark != NEVER).then(|| self.begun + Duration::from_millis(mark - 1))
        };
        let slow = [since(&self.unread), since(&self.partial)];
        if let Some(first) = slow.into_iter().flatten().min() {
            return Due::Slow(first + self.slow);
        }
        if self.under_way.load(Ordering::Relaxed) > 0 {
            return Due::Look(Instant::now() + self.slow);
        }
        Due::Idle(since(&self.active).unwrap_or(self.begun) + self.idle)
    }

    fn now(&self) -> u64 {
        let passed = self.begun.elapsed().as_millis();
        u64::try_from(passed).unwrap_or(u64::MAX - 1) + 1
    }

    fn heard(&self) {
        let between = self.counts_bytes && self.under_way.load(Ordering::Relaxed) == 0;
        if between && self.partial.load(Ordering::Relaxed) == NEVER {
            self.partial.store(self.now(), Ordering::Relaxed);
        }
    }

    fn wrote<T>(&self, outcome: &Poll<T>) {
        if outcome.is_ready() {
            self.unread.store(NEVER, Ordering::Relaxed);
        } else if self.unread.load(Ordering::Relaxed) == NEVER {
            self.unread.store(self.now(), Ordering::Relaxed);
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.active.store(self.0.now(), Ordering::Relaxed);
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that tells its pulse.
pub(crate) struct Watched<S> {
    pub(crate) stream: S,
    pub(crate) pulse: Arc<Pulse>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.heard();
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.pulse.wrote(&outcome);
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.pulse.wrote(&outcome);
        outcome
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(30);
    const SLOW: Duration = Duration::from_secs(5);

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_from_its_last_answer() {
        let pulse = Pulse::new(IDLE, SLOW, true);
        let begun = Instant::now();
        assert_eq!(pulse.due(), Due::Idle(begun + IDLE));
        pass(10).await;
        let beat = pulse.begin();
        assert!(matches!(pulse.due(), Due::Look(_)));
        pass(2).await;
        drop(beat);
        assert_eq!(
            pulse.due(),
            Due::Idle(begun + Duration::from_secs(12) + IDLE)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_between_requests_must_become_one() {
        let begun = Instant::now();
        let pulse = Pulse::new(IDLE, SLOW, true);
        pass(1).await;
        pulse.heard();
        pass(2).await;
        pulse.heard();
        let due = Due::Slow(begun + Duration::from_secs(1) + SLOW);
        assert_eq!(pulse.due(), due, "later bytes give no more time");
        let beat = pulse.begin();
        pulse.heard();
        drop(beat);
        assert!(matches!(pulse.due(), Due::Idle(_)));
        let other = Pulse::new(IDLE, SLOW, false);
        other.heard();
        assert!(matches!(other.due(), Due::Idle(_)), "pings are no request");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_slow() {
        let begun = Instant::now();
        let pulse = Pulse::new(IDLE, SLOW, false);
        pass(1).await;
        pulse.wrote(&Poll::<()>::Pending);
        pass(1).await;
        pulse.wrote(&Poll::<()>::Pending);
        assert_eq!(
            pulse.due(),
            Due::Slow(begun + Duration::from_secs(1) + SLOW)
        );
        pulse.wrote(&Poll::Ready(()));
        assert!(matches!(pulse.due(), Due::Idle(_)));
    }
}
