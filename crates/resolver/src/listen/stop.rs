//! The word that it is time to stop, told to every listener and every connection.

use std::time::Duration;

use tokio::sync::watch;

/// How long what is under way may still take.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(3);

/// Says the word. Dropping it says it, too.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Hears the word.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// Nobody has said it yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// One more listener to the word.
    pub(crate) fn listener(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Says it.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits for the word. Can be dropped and called again.
    pub(crate) async fn heard(&mut self) {
        // An error means that whoever could say it is gone.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
