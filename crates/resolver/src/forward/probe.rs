//! One question to one upstream, the way the resolver itself would go: for `doctor`.

use std::sync::Arc;
use std::time::Duration;

use lachan_policy::{Moment, Name};
use tokio::time::{Instant, timeout};

use super::server::{Common, Server};
use super::tls::Tls;
use super::udp::Limits;
use crate::cache::Key;
use crate::events::Clock;
use crate::upstream::Upstream;

/// An answer of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// The message (RFC 1035 §4.1).
    pub answer: Vec<u8>,
    /// How long it took over a connection that was already open.
    pub taken: Duration,
}

/// The time when the question was asked, for certificates.
struct Then(Option<Moment>);

impl Clock for Then {
    fn moment(&self) -> Option<Moment> {
        self.0
    }
}

/// Asks `upstream` for records of `qtype` at `name`, twice: setting up a connection says little
/// about what pupils will wait for. `tls_roots` are the certificates (DER) it is checked against, at
/// `now`; while the time is unknown, their period of validity is not looked at.
///
/// # Errors
/// Why there was no answer within `patience`, in English, for people.
pub async fn probe(
    upstream: &Upstream,
    tls_roots: &[Vec<u8>],
    now: Option<Moment>,
    (name, qtype): (Name, u16),
    patience: Duration,
) -> Result<Probed, String> {
    let common = Common {
        limits: Arc::new(Limits::new(1)),
        tls: Tls::new(tls_roots, Arc::new(Then(now))),
        started: Instant::now(),
    };
    let server = Server::new(upstream, &common);
    let key = Key {
        name,
        qtype,
        dnssec_ok: true,
        checking_disabled: false,
        keeps_ech: false,
    };
    let ask = async {
        server.exchange(&key).await?;
        let asked = Instant::now();
        let answer = server.exchange(&key).await?;
        Ok(Probed {
            answer,
            taken: asked.elapsed(),
        })
    };
    match timeout(patience, ask).await {
        Ok(Ok(probed)) => Ok(probed),
        Ok(Err::<_, super::server::ExchangeError>(error)) => Err(chain(&error)),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
