//! What other threads bring to a thread of the proxy: addresses that had to be waited for,
//! connections that are handed over, the end.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use crate::outside::Addresses;

/// One message.
#[derive(Debug)]
pub(crate) enum Letter<T> {
    /// Addresses for the connection with this key.
    Addresses(u64, Addresses),
    /// Something to take over.
    Parcel(T),
    /// Somebody wants to know whether the thread still works.
    Ping(SyncSender<()>),
    /// Close everything.
    Stop,
}

/// Where others leave messages for one thread.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    /// `None` once nobody reads them any more.
    letters: Mutex<Option<Vec<Letter<T>>>>,
    bell: OwnedFd,
}

impl<T> Mailbox<T> {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            letters: Mutex::new(Some(Vec::new())),
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })
    }

    /// Readable when there is a message.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// Leaves a message. With nobody to read it, it is dropped, and with it what it brings.
    pub(crate) fn put(&self, letter: Letter<T>) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = letters.as_mut() else {
            return;
        };
        waiting.push(letter);
        drop(letters);
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Takes all messages.
    pub(crate) fn empty(&self) -> Vec<Letter<T>> {
        let _ = rustix::io::read(&self.bell, &mut [0; 8]);
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Nobody reads messages any more.
    pub(crate) fn close(&self) {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        *letters = None;
    }
}

/// Where addresses go that could not be given at once.
#[derive(Clone)]
pub struct Later {
    address: Arc<dyn Receive>,
    key: u64,
}

trait Receive: Send + Sync {
    fn receive(&self, key: u64, addresses: Addresses);
}

impl<T: Send> Receive for Mailbox<T> {
    fn receive(&self, key: u64, addresses: Addresses) {
        self.put(Letter::Addresses(key, addresses));
    }
}

impl Later {
    pub(crate) fn new<T: Send + 'static>(mailbox: &Arc<Mailbox<T>>, key: u64) -> Self {
        let address = Arc::clone(mailbox) as Arc<dyn Receive>;
        Self { address, key }
    }

    /// Gives the addresses.
    pub fn give(self, addresses: Addresses) {
        self.address.receive(self.key, addresses);
    }
}
