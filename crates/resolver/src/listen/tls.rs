//! What DoT, DoH and DoQ share of TLS: the identity they present just now, the token in the server
//! name, and configurations of rustls.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use lachan_policy::{Name, Token};
use rustls::ServerConfig;
use rustls::crypto::ring::{self, Ticketer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::doors::Doors;
use super::identity::{CertificateFacts, Identity};
use crate::client::Client;
use crate::engine::Engine;

/// The identity presented to devices, swapped while connections go on. Without one no handshake
/// succeeds.
pub(crate) struct Presented {
    current: ArcSwapOption<Identity>,
    /// The names devices know the box by, where the settings name them; else those of the identity
    /// count.
    names: Vec<Name>,
    engine: Arc<Engine>,
    doors: Arc<Doors>,
}

/// What a server name says of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nothing.
    Nothing,
    /// It shows this token.
    Token(Token),
    /// There stands something where a token would, and it is none.
    NoToken,
}

impl Presented {
    /// Nothing to present yet.
    pub(crate) fn new(names: Vec<Name>, engine: Arc<Engine>, doors: Arc<Doors>) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            names,
            engine,
            doors,
        }
    }

    /// Presents an identity from now on, or none. Connections that stand go on.
    pub(crate) fn present(&self, identity: Option<Identity>) {
        self.current.store(identity.map(Arc::new));
    }

    /// The names devices know the box by.
    pub(crate) fn names(&self) -> Vec<Name> {
        if !self.names.is_empty() {
            return self.names.clone();
        }
        let current = self.current.load();
        current
            .as_ref()
            .map_or_else(Vec::new, |it| it.facts().own_names())
    }

    /// The names devices would know the box by if it showed this certificate.
    pub(crate) fn names_with(&self, certificate: &CertificateFacts) -> Vec<Name> {
        if self.names.is_empty() {
            certificate.own_names()
        } else {
            self.names.clone()
        }
    }

    /// The client of a handshake that was accepted, with the token it showed.
    pub(crate) fn client(&self, client: Client, server_name: Option<&str>) -> Client {
        match self.claim(server_name) {
            Claim::Token(token) => client.with_token(token),
            Claim::Nothing | Claim::NoToken => client,
        }
    }

    fn claim(&self, server_name: Option<&str>) -> Claim {
        claim(server_name, &self.names())
    }

    /// Whether a handshake with this server name may go on.
    fn admits(&self, server_name: Option<&str>) -> bool {
        let known = match self.claim(server_name) {
            Claim::Nothing => true,
            Claim::Token(token) => self.engine.knows(token),
            Claim::NoToken => false,
        };
        if !known {
            self.doors.counters.unknown_token();
        }
        known
    }
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Presented {
    /// A device that shows no group's token gets no certificate, which ends the handshake with an
    /// alert: whoever set it up sees at once that it is wrong.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if !self.admits(hello.server_name()) {
            return None;
        }
        self.current.load().as_ref().map(|identity| identity.key())
    }
}

/// What stands before one of our names. Other names say nothing: devices that use whatever
/// encryption there is come with the name of another resolver, or with none.
fn claim(server_name: Option<&str>, names: &[Name]) -> Claim {
    let Some(given) = server_name else {
        return Claim::Nothing;
    };
    let given = given.strip_suffix('.').unwrap_or(given);
    let Some((label, rest)) = given.split_once('.') else {
        return Claim::Nothing;
    };
    let is_ours = |text: &str| {
        let mut names = names.iter();
        names.any(|name| name.to_string().eq_ignore_ascii_case(text))
    };
    if is_ours(given) || !is_ours(rest) {
        return Claim::Nothing;
    }
    label.parse().map_or(Claim::NoToken, Claim::Token)
}

/// A configuration that presents it and speaks these protocols. Sessions are resumed by tickets, so
/// that a class of phones that wakes up costs no memory for each; no early data, which can be
/// replayed.
pub(crate) fn config(presented: &Arc<Presented>, protocols: &[&[u8]]) -> ServerConfig {
    let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(presented) as _;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .expect("ring has cipher suites of both versions")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    match Ticketer::new() {
        Ok(ticketer) => config.ticketer = ticketer,
        // Without randomness for tickets every connection begins anew; nothing else is lost.
        Err(error) => tracing::warn!(%error, "TLS sessions will not be resumed"),
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_before_one_of_our_names() {
        let names = [
            Name::from_text("dns.truong.vn").unwrap(),
            Name::from_text("dns2.truong.vn").unwrap(),
        ];
        let token: Token = "abcdefghijklmnop".parse().unwrap();
        for (given, expected) in [
            (None, Claim::Nothing),
            (Some("dns.truong.vn"), Claim::Nothing),
            (Some("localhost"), Claim::Nothing),
            (Some("dns.google"), Claim::Nothing),
            (Some("abcdefghijklmnop.dns.google"), Claim::Nothing),
            (Some("abcdefghijklmnop.dns.truong.vn"), Claim::Token(token)),
            (Some("ABCDEFGHIJKLMNOP.DNS2.Truong.VN"), Claim::Token(token)),
            (Some("abcdefghijklmno.dns.truong.vn"), Claim::NoToken),
            (Some("x.abcdefghijklmnop.dns.truong.vn"), Claim::Nothing),
            (Some(""), Claim::Nothing),
        ] {
            assert_eq!(claim(given, &names), expected, "{given:?}");
        }
    }
}
