//! Between our bytes and hickory's messages, for what hickory does for us: validation, recursion.
//!
//! hickory writes names of queries into its log, some of them at `warn`. Whatever of it is awaited
//! goes through [`unheard`].

use super::wildcard;
use hickory_net::DnsError;
use hickory_net::NetError;
use hickory_proto::dnssec::Proof;
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name as HickoryName, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinEncodable as _};
use lachan_policy::Name;
use tracing::instrument::{WithDispatch, WithSubscriber as _};

/// A future whose log nobody hears.
pub(super) fn unheard<F: Future>(future: F) -> WithDispatch<F> {
    future.with_subscriber(tracing::Dispatch::none())
}

/// A name as hickory has it.
pub(super) fn name_of(name: &Name) -> HickoryName {
    let mut wire = name.as_wire().to_vec();
    wire.push(0);
    // Every name of ours is one of hickory's; the root stands for none.
    HickoryName::from_bytes(&wire).unwrap_or_default()
}

/// A name of hickory's as ours; `None` for one that breaks a rule of the wire, which none does.
pub(super) fn name_from(name: &HickoryName) -> Option<Name> {
    let wire = name.to_bytes().ok()?;
    Name::from_wire(&wire).ok().map(|(name, _)| name)
}

/// A question as hickory has it.
pub(super) fn query_of(name: &Name, qtype: u16) -> Query {
    Query::query(name_of(name), RecordType::from(qtype))
}

/// What validation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Every record is proven, for so many seconds.
    Secure {
        /// The shortest life that a signature leaves its records.
        ttl: u32,
    },
    /// It is proven that nothing is signed there.
    Insecure,
    /// What should be signed is not, or wrongly.
    Bogus,
    /// It could not be found out.
    Unknown,
}

/// What the proofs of a validated message come to.
pub(super) fn found_in(message: &Message) -> Found {
    let positive = !message.answers.is_empty();
    if !positive && message.authorities.iter().any(leaves_out) {
        return match found_among(message.authorities.iter()) {
            Found::Secure { .. } => Found::Insecure,
            found => found,
        };
    }
    let records = message.answers.iter().chain(
        message
            .authorities
            .iter()
            // Of a positive answer it proves nothing, and is often left unsigned.
            .filter(|record| !positive || record.record_type() != RecordType::NS),
    );
    found_among(records)
}

/// Whether a record leaves unsigned zones out of what it denies: a denial by such a one is no proof
/// that is called authentic (RFC 5155 §9.2).
fn leaves_out(record: &Record) -> bool {
    matches!(&record.data, RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) if nsec3.opt_out())
}

/// What the proofs of records come to; of a signature the records it covers tell.
pub(super) fn found_among<'r>(records: impl Iterator<Item = &'r Record>) -> Found {
    let (mut any, mut secure, mut ttl) = (false, true, u32::MAX);
    for record in records.filter(|record| record.record_type() != RecordType::RRSIG) {
        any = true;
        match record.proof {
            Proof::Secure => ttl = ttl.min(record.ttl),
            Proof::Bogus => return Found::Bogus,
            Proof::Insecure | Proof::Indeterminate => secure = false,
        }
    }
    if any && secure {
        Found::Secure { ttl }
    } else {
        Found::Insecure
    }
}

/// What an error of the validator comes to.
pub(super) fn found_by(error: &NetError) -> Found {
    match error {
        NetError::Dns(DnsError::Nsec {
            proof, response, ..
        }) => match proof {
            Proof::Bogus if wildcard::is_proven(response) => found_in(response),
            Proof::Bogus => Found::Bogus,
            Proof::Insecure => Found::Insecure,
            Proof::Secure | Proof::Indeterminate => Found::Unknown,
        },
        NetError::Dns(DnsError::DnssecBogus) => Found::Bogus,
        _ => Found::Unknown,
    }
}
