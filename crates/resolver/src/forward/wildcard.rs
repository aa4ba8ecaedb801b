//! The proof that a wildcard was rightly used for an answer (RFC 4035 §5.3.4), for NSEC records.
//!
//! hickory 0.26.3 looks for it at a name one label off, so that a right answer such as
//! `x.wild.example` from `*.wild.example` counts as bogus (hickory-dns #3812). Signatures it checks
//! rightly; this looks only at the proof, and only where hickory found none.

use hickory_proto::dnssec::Proof;
use hickory_proto::dnssec::rdata::{DNSSECRData, NSEC, RRSIG};
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// Whether every answer that stems from a wildcard comes with a proven NSEC record that says that
/// no name closer to the one asked for exists. False when none stems from one.
pub(super) fn is_proven(message: &Message) -> bool {
    let signatures = message.answers.iter().filter_map(|record| {
        let signature = signature_of(record)?;
        let labels = signature.input().num_labels;
        // The label count of a name leaves the root and an asterisk out (RFC 4034 §3.1.3).
        (labels < record.name.num_labels()).then_some((record, signature))
    });
    let mut any = false;
    for (record, signature) in signatures {
        any = true;
        let closer = record
            .name
            .trim_to(usize::from(signature.input().num_labels) + 1);
        let zone = &signature.input().signer_name;
        let mut proofs = message.authorities.iter().filter_map(proven_nsec);
        if !proofs.any(|(owner, nsec)| zone.zone_of(owner) && denies(owner, nsec, &closer)) {
            return false;
        }
    }
    any
}

fn signature_of(record: &Record) -> Option<&RRSIG> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
        _ => None,
    }
}

fn proven_nsec(record: &Record) -> Option<(&Name, &NSEC)> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::NSEC(nsec)) if record.proof == Proof::Secure => {
            Some((&record.name, nsec))
        }
        _ => None,
    }
}

/// Whether an NSEC record says that a name does not exist: it lies between the owner and the next
/// name, which is the zone's apex in the last record.
fn denies(owner: &Name, nsec: &NSEC, name: &Name) -> bool {
    let next = nsec.next_domain_name();
    let is_last = next <= owner;
    let covered = owner < name && (name < next || is_last);
    // A name that has names below it exists, though it has no records (RFC 4592 §2.2.2).
    let exists_empty = !is_last && name.zone_of(next);
    // The parent's record at a zone cut says nothing of names below it (RFC 6840 §4.1), nor does
    // one at a DNAME.
    let types = nsec.type_set();
    let cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA);
    let elsewhere = (cut || types.contains(RecordType::Unknown(39))) && owner.zone_of(name);
    covered && !exists_empty && !elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    #[test]
    fn a_name_is_denied_by_the_record_whose_gap_it_lies_in() {
        for (owner, next, types, asked, expected) in [
            ("a.vn.", "d.vn.", &[RecordType::A][..], "b.vn.", true),
            ("a.vn.", "d.vn.", &[RecordType::A], "d.vn.", false),
            ("a.vn.", "d.vn.", &[RecordType::A], "a.vn.", false),
            ("a.vn.", "d.vn.", &[RecordType::A], "e.vn.", false),
            ("a.vn.", "d.vn.", &[RecordType::A], "x.a.vn.", true),
            ("d.vn.", "vn.", &[RecordType::A], "e.vn.", true),
            ("d.vn.", "vn.", &[RecordType::A], "c.vn.", false),
            ("a.vn.", "x.b.vn.", &[RecordType::A], "b.vn.", false),
            ("a.vn.", "d.vn.", &[RecordType::NS], "x.a.vn.", false),
            ("a.vn.", "d.vn.", &[RecordType::NS], "b.vn.", true),
            (
                "vn.",
                "d.vn.",
                &[RecordType::NS, RecordType::SOA],
                "b.vn.",
                true,
            ),
            (
                "a.vn.",
                "d.vn.",
                &[RecordType::Unknown(39)],
                "x.a.vn.",
                false,
            ),
        ] {
            let nsec = NSEC::new_cover_self(name(next), types.iter().copied());
            let denied = denies(&name(owner), &nsec, &name(asked));
            assert_eq!(denied, expected, "{owner} {next} {asked}");
        }
    }
}
