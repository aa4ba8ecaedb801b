//! Tests of forwarding against upstreams that answer, lie, cut, delay and keep silent.

mod datagrams;
mod encrypted;

mod groups;
mod limits;
mod peer;
mod recursion;
mod signed;

mod streams;
mod trusting;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lachan_policy::Moment;

use super::*;
use crate::fake::{Act, Fake, question};
use crate::upstream::{ForwardZone, Protocol, Upstream};
use crate::wire::query::{Query, Transport};
use crate::wire::response::tests::Script;

/// A clock that nobody set until it is told the time: nothing is validated before.
#[derive(Default)]
struct Watch(AtomicI64);

impl Watch {
    /// One that shows the system's time.
    fn set() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(i64::try_from(now.as_secs()).unwrap().into())
    }
}

impl Clock for Watch {
    fn moment(&self) -> Option<Moment> {
        let unix = self.0.load(Ordering::SeqCst);
        (unix > 0).then(|| Moment::from_unix(unix, 0))
    }
}

fn name(text: &str) -> Name {
    Name::from_text(text).unwrap()
}

fn key(text: &str) -> Key {
    key_of(text, 1)
}

fn key_of(text: &str, qtype: u16) -> Key {
    Key {
        name: name(text),
        qtype,
        dnssec_ok: false,
        checking_disabled: false,
        keeps_ech: false,
    }
}

/// Settings with time limits that a busy machine keeps, too.
fn settings(upstreams: &[&Fake]) -> Settings {
    Settings {
        upstreams: upstreams.iter().map(|fake| fake.address.into()).collect(),
        upstream_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        ..Settings::default()
    }
}

fn build(settings: &Settings) -> Forwarder {
    let cache = Arc::new(Cache::new(1 << 20));
    Forwarder::new(settings, cache, Arc::new(Watch::default()))
}

fn forwarder(upstreams: &[&Fake], change: impl Fn(&mut Settings)) -> Forwarder {
    let mut settings = settings(upstreams);
    change(&mut settings);
    build(&settings)
}

/// Time limits for upstreams that are known to keep silent.
fn impatient(settings: &mut Settings) {
    settings.upstream_timeout = Duration::from_millis(100);
    settings.total_timeout = Duration::from_millis(250);
}

fn good(query: &[u8]) -> Vec<u8> {
    Script::new(query, 0).a(&question(query).0, 60).bytes()
}

fn is_good(outcome: &Outcome) -> bool {
    outcome
        .as_ref()
        .is_ok_and(|reply| reply.data_of(1) == [(60, &[192, 0, 2, 1][..])])
}

/// The response code of an outcome and its Extended DNS Error's.
fn codes(outcome: &Outcome) -> (u16, Option<u16>) {
    let reply = outcome.as_ref().unwrap();
    (reply.rcode(), reply.ede().map(|ede| ede.code))
}
