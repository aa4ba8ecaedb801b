//! How long a server that cannot be connected to is left alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// How long after the first failure.
const FIRST: Duration = Duration::from_millis(500);
/// How long at most: a line that is back is used within that.
const LONGEST: Duration = Duration::from_secs(10);

/// The failures since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    last: Option<(Instant, Arc<str>)>,
}

impl Backoff {
    /// It was connected to.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It could not be connected to, and why. The reason, back, is for those who waited.
    pub(super) fn failed(&mut self, why: String) -> Arc<str> {
        let pause = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let why: Arc<str> = why.into();
        self.last = Some((Instant::now() + pause, Arc::clone(&why)));
        why
    }

    /// Why it is not to be tried yet; `None` when it is.
    pub(super) fn holds(&self) -> Option<Arc<str>> {
        let (until, why) = self.last.as_ref()?;
        (Instant::now() < *until).then(|| Arc::clone(why))
    }

    /// Why the last try failed, if none succeeded since.
    pub(super) fn why(&self) -> Option<Arc<str>> {
        self.last.as_ref().map(|(_, why)| Arc::clone(why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_bound_and_end_with_a_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.holds().is_none());
        for pause in [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
            backoff.failed("no".into());
            tokio::time::advance(Duration::from_millis(pause - 1)).await;
            assert!(backoff.holds().is_some(), "{pause}");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert!(backoff.holds().is_none() && backoff.why().is_some());
        }
        backoff.succeeded();
        assert!(backoff.why().is_none());
        backoff.failed("no".into());
        tokio::time::advance(FIRST).await;
        assert!(backoff.holds().is_none());
    }
}
