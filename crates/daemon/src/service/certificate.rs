//! Keeps the certificate of encrypted DNS current while the filter answers: reads its files again
//! when they change, and tells when it ends.
//!
//! A thread of its own, because it reads the disk. Files that change are given the time of one look
//! to settle: whoever renews a certificate writes two files, one after the other.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lachan_config::Tls;
use lachan_resolver::{Certificates, Identity};

use super::clock::Clock;
use crate::certificate::{self, CertificateError, Concern};
use crate::files::Mark;
use crate::words::Words;

/// How often the files are looked at: two `stat`s.
const LOOK: Duration = Duration::from_secs(1);

/// What the watch is told.
enum Order {
    /// Read the files again, whatever they look like.
    Reload,
    /// End.
    Stop,
}

/// The marks of both files.
type Marks = (Option<Mark>, Option<Mark>);

/// What watches the files.
struct Watch {
    tls: Tls,
    certificates: Certificates,
    clock: Arc<Clock>,
    words: Words,
    /// The files that were read.
    read: Marks,
    /// The files at the last look.
    seen: Marks,
    /// What is shown to devices.
    identity: Option<Identity>,
    /// What was last told of its dates.
    told: Option<Concern>,
}

/// The running watch.
pub(super) struct CertificateWatch {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

impl CertificateWatch {
    /// Shows the certificate of the settings from now on, and watches its files. What is wrong with
    /// them is handed to `warn`; devices then get no encrypted DNS until they are mended.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        tls: &Tls,
        certificates: Certificates,
        clock: &Arc<Clock>,
        words: Words,
        mut warn: impl FnMut(String),
    ) -> io::Result<Self> {
        let marks = marks(tls);
        let mut watch = Watch {
            tls: tls.clone(),
            certificates,
            clock: Arc::clone(clock),
            words,
            read: marks,
            seen: marks,
            identity: None,
            told: None,
        };
        match certificate::load(tls) {
            Ok(identity) => {
                for concern in certificate::concerns(identity.facts(), tls, watch.now()) {
                    let what = words.certificate_concern(&concern);
                    warn(words.certificate_warning(&what));
                }
                watch.show(identity);
            }
            Err(error) => warn(words.encrypted_waits(&words.certificate_error(&error))),
        }
        let (orders, inbox) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("certificate".into())
            .spawn(move || watch.watch(&inbox))?;
        Ok(Self { orders, thread })
    }

    /// Has the files read again.
    pub(super) fn reload(&self) {
        // A watch that is gone is told at the stop.
        let _ = self.orders.send(Order::Reload);
    }

    /// Ends the watch.
    pub(super) fn stop(self) {
        let _ = self.orders.send(Order::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the watch of the certificate had failed");
        }
    }
}

impl Watch {
    fn watch(mut self, inbox: &Receiver<Order>) {
        loop {
            match inbox.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => self.look(),
                Ok(Order::Reload) => {
                    self.seen = marks(&self.tls);
                    self.read_again();
                }
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn look(&mut self) {
        let now = marks(&self.tls);
        let has_settled = now == self.seen;
        self.seen = now;
        if has_settled && now != self.read {
            self.read_again();
        }
        self.tell_dates();
    }

    /// Takes the files; those that cannot be used leave what is shown as it is.
    fn read_again(&mut self) {
        self.read = self.seen;
        match certificate::load(&self.tls) {
            Ok(identity) => {
                for concern in certificate::concerns(identity.facts(), &self.tls, self.now()) {
                    tracing::warn!("{}", self.words.certificate_concern(&concern));
                }
                let is_new = !self
                    .identity
                    .as_ref()
                    .is_some_and(|shown| shown.is_the_same_as(&identity));
                self.show(identity);
                if is_new {
                    tracing::info!("encrypted DNS shows a new certificate");
                } else {
                    tracing::info!("the certificate of encrypted DNS is as it was");
                }
            }
            Err(error) => self.refused(&error),
        }
    }

    fn refused(&self, error: &CertificateError) {
        let why = self.words.certificate_error(error);
        if self.identity.is_some() {
            tracing::error!("the new certificate is not used, the old one stays: {why}");
        } else {
            tracing::error!("{}", self.words.encrypted_waits(&why));
        }
    }

    fn show(&mut self, identity: Identity) {
        self.told = certificate::of_time(identity.facts(), self.now());
        self.certificates.present(Some(identity.clone()));
        self.identity = Some(identity);
    }

    /// Tells once when the certificate comes near its end, each day from then on, and at its end.
    fn tell_dates(&mut self) {
        let Some(identity) = &self.identity else {
            return;
        };
        let concern = certificate::of_time(identity.facts(), self.now());
        if concern != self.told {
            if let Some(concern) = &concern {
                tracing::warn!("{}", self.words.certificate_concern(concern));
            }
            self.told = concern;
        }
    }

    fn now(&self) -> Option<i64> {
        self.clock.now().map(|moment| moment.unix)
    }
}

fn marks(tls: &Tls) -> Marks {
    (Mark::of(&tls.cert), Mark::of(&tls.key))
}
