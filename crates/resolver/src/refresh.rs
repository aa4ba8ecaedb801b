//! Popular answers are asked for again before they end, so that nobody waits for them.
//!
//! The reader that the cache tells to is on the hot path: it leaves the question in a bounded
//! queue and goes on. When the queue is full the question is dropped; the answer then ends, and
//! the next client waits for it as for any other.

use tokio::sync::{Mutex, mpsc};

use crate::cache::Key;

/// Questions that may wait to be asked again.
const ROOM: usize = 256;

/// The queue.
#[derive(Debug)]
pub(crate) struct Refreshes {
    sender: mpsc::Sender<Key>,
    receiver: Mutex<mpsc::Receiver<Key>>,
}

impl Refreshes {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(ROOM);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }

    /// Has a question asked again. Says whether there was room for it.
    pub(crate) fn want(&self, key: Key) -> bool {
        self.sender.try_send(key).is_ok()
    }

    /// The next question, once there is one.
    pub(crate) async fn next(&self) -> Option<Key> {
        self.receiver.lock().await.recv().await
    }
}
