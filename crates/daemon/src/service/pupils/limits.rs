//! How often devices may do what costs somebody something. Counted in memory, by address, and forgotten soon.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lachan_web::Tries;

const MINUTE: Duration = Duration::from_secs(60);

/// What is bounded.
pub(super) struct Limits {
    /// Looks into the log, by a page: a pupil who reloads, and a class that does.
    looks: Mutex<Tries>,
    /// Requests: a teacher reads them.
    requests: Mutex<Tries>,
    /// Tries at a teacher's code: of a million numbers these are few.
    codes: Mutex<Tries>,
    /// Reports: a counsellor reads them, but a child who writes twice must not be turned away. Devices of
    /// a whole class may share an address.
    reports: Mutex<Tries>,
}

impl Limits {
    pub(super) fn new() -> Self {
        let tries = |each, all, stretch| Mutex::new(Tries::new(each, all, stretch));
        Self {
            looks: tries(60, 3000, MINUTE),
            requests: tries(12, 600, 10 * MINUTE),
            codes: tries(6, 120, 10 * MINUTE),
            reports: tries(6, 600, 60 * MINUTE),
        }
    }

    pub(super) fn may_look(&self, client: IpAddr) -> bool {
        take(&self.looks, client)
    }

    pub(super) fn may_request(&self, client: IpAddr) -> bool {
        take(&self.requests, client)
    }

    pub(super) fn may_try_code(&self, client: IpAddr) -> bool {
        take(&self.codes, client)
    }

    pub(super) fn may_report(&self, client: IpAddr) -> bool {
        take(&self.reports, client)
    }
}

fn take(tries: &Mutex<Tries>, client: IpAddr) -> bool {
    let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
    tries.take(client, Instant::now())
}
