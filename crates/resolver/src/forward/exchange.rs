//! One question to one upstream: UDP, and TCP when the answer was cut.
//!
//! Against forged answers (RFC 5452): a fresh socket and so a random port for every query, bound
//! to the upstream's address by `connect`, a random id, and the name's letters in random case
//! (draft-vixie-dnsext-dns0x20). What does not match is dropped and the wait goes on, so a forger
//! cannot even make a query fail.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::cache::Key;
use crate::wire::response::{Expected, check, is_truncated, rcode_of};
use crate::wire::{CLASS_IN, HEADER, Rcode, UDP_PAYLOAD, flag, rtype};

/// The largest datagram read: more than we advertise, for upstreams that do not listen.
const BUFFER: usize = 4096;

/// Why an upstream gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// Nothing came in time.
    #[error("no answer in time")]
    Timeout,
    /// The network said no.
    #[error("the network refused")]
    Network(#[from] io::Error),
    /// Over TCP, where nobody can forge, the answer was to something else.
    #[error("the answer does not match the question")]
    Mismatch,
}

/// A question written out, with what its answer must match.
#[derive(Debug)]
struct Outgoing {
    id: u16,
    bytes: Vec<u8>,
    question_end: usize,
}

impl Outgoing {
    fn new(key: &Key, edns: bool) -> Self {
        let id = rand::random::<u16>();
        let cd = if key.checking_disabled { flag::CD } else { 0 };
        let mut bytes = Vec::with_capacity(key.name.as_wire().len() + 32);
        bytes.extend(id.to_be_bytes());
        bytes.extend((flag::RD | cd).to_be_bytes());
        bytes.extend([0, 1, 0, 0, 0, 0, 0, u8::from(edns)]);
        bytes.extend(random_case(key.name.as_wire()));
        bytes.push(0);
        bytes.extend(key.qtype.to_be_bytes());
        bytes.extend(CLASS_IN.to_be_bytes());
        let question_end = bytes.len();
        if edns {
            // No client subnet or other option of the client's goes out.
            bytes.push(0);
            bytes.extend(rtype::OPT.to_be_bytes());
            bytes.extend(UDP_PAYLOAD.to_be_bytes());
            bytes.extend([0, 0, if key.dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]);
        }
        Self {
            id,
            bytes,
            question_end,
        }
    }

    fn expected(&self, same_case: bool) -> Expected<'_> {
        Expected {
            id: self.id,
            question: &self.bytes[HEADER..self.question_end],
            same_case,
        }
    }
}

/// A name's bytes with each letter in random case. Length bytes are below 64, so no letter.
fn random_case(wire: &[u8]) -> impl Iterator<Item = u8> {
    let mut bits = 0u64;
    wire.iter().enumerate().map(move |(index, byte)| {
        if index % 64 == 0 {
            bits = rand::random();
        }
        let upper = bits >> (index % 64) & 1 == 1;
        if upper {
            byte.to_ascii_uppercase()
        } else {
            *byte
        }
    })
}

/// Asks one upstream, within `limit`. An upstream that does not know EDNS (RFC 6891 §7) is asked
/// again without.
pub(crate) async fn exchange(
    upstream: SocketAddr,
    key: &Key,
    limit: Duration,
) -> Result<Vec<u8>, ExchangeError> {
    let work = async {
        let answer = ask(upstream, &Outgoing::new(key, true)).await?;
        if rcode_of(&answer) != Rcode::FormErr.low() {
            return Ok(answer);
        }
        ask(upstream, &Outgoing::new(key, false)).await
    };
    timeout(limit, work)
        .await
        .unwrap_or(Err(ExchangeError::Timeout))
}

async fn ask(upstream: SocketAddr, query: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    let answer = over_udp(upstream, query).await?;
    if is_truncated(&answer) {
        over_tcp(upstream, query).await
    } else {
        Ok(answer)
    }
}

async fn over_udp(upstream: SocketAddr, query: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    let any = match upstream.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(upstream).await?;
    socket.send(&query.bytes).await?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if check(&buffer[..length], &query.expected(true)).is_ok() {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn over_tcp(upstream: SocketAddr, query: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    let mut stream = TcpStream::connect(upstream).await?;
    let length = u16::try_from(query.bytes.len()).unwrap_or(u16::MAX);
    // One write, so that length and message leave in one segment (RFC 7766 §8).
    stream
        .write_all(&[&length.to_be_bytes()[..], &query.bytes].concat())
        .await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    check(&answer, &query.expected(false)).map_err(|_| ExchangeError::Mismatch)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::Name;
    use proptest::prelude::*;

    fn key(name: &str) -> Key {
        let name = Name::from_text(name).unwrap();
        Key {
            name,
            qtype: 28,
            dnssec_ok: true,
            checking_disabled: true,
        }
    }

    #[test]
    fn what_goes_out_is_rebuilt_from_the_question_alone() {
        let query = Outgoing::new(&key("www.vnedu.vn"), true);
        let message = hickory_proto::op::Message::from_vec(&query.bytes).unwrap();
        assert!(message.metadata.recursion_desired && message.metadata.checking_disabled);
        let edns = message.edns.unwrap();
        assert_eq!(edns.max_payload(), 1232);
        assert!(edns.flags().dnssec_ok && edns.options().as_ref().is_empty());
        assert_eq!(
            message.queries[0].name().to_lowercase().to_ascii(),
            "www.vnedu.vn."
        );
        let plain = Outgoing::new(&key("www.vnedu.vn"), false);
        assert!(
            hickory_proto::op::Message::from_vec(&plain.bytes)
                .unwrap()
                .edns
                .is_none()
        );
    }

    #[test]
    fn ids_and_case_vary() {
        let queries: Vec<_> = (0..50)
            .map(|_| Outgoing::new(&key("abcdefghijkl.vn"), true))
            .collect();
        let ids: std::collections::HashSet<_> = queries.iter().map(|query| query.id).collect();
        let names: std::collections::HashSet<_> = queries
            .iter()
            .map(|query| query.bytes[HEADER..query.question_end].to_vec())
            .collect();
        assert!(ids.len() > 40 && names.len() > 40);
    }

    proptest! {
        #[test]
        fn random_case_changes_case_only(name in "[a-z0-9-]{1,60}(\\.[a-z]{1,60}){1,3}") {
            let name = Name::from_text(&name).unwrap();
            let cased: Vec<u8> = random_case(name.as_wire()).collect();
            prop_assert_eq!(Name::from_wire(&[&cased[..], &[0]].concat()).unwrap().0, name);
        }
    }
}
