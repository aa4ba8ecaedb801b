//! A small signed Internet, for the tests of validation and recursion: a root, a few zones below
//! it, signed rightly, wrongly or not at all.
//!
//! ```text
//!  . ─┬─ vn ─┬─ tot.vn       signed; *.sao.tot.vn; ngoai.tot.vn is a CNAME into tron.vn
//!     │      ├─ tron.vn      not signed, and vn says so
//!     │      ├─ gia.vn       signed; an address was changed afterwards
//!     │      ├─ tran.vn      vn says that it is signed, but it has no signatures
//!     │      └─ cu.vn        signed; the signatures have expired
//!     └─ bam ┬─ tot.bam      signed; *.sao.tot.bam
//!            └─ tron.bam     not signed
//! ```
//! What does not exist is denied by NSEC3 in `bam`, with opt-out, and in `tot.bam`, by NSEC
//! elsewhere.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::OnceLock;

use hickory_proto::dnssec::crypto::Ed25519SigningKey;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC, NSEC3, RRSIG};
use hickory_proto::dnssec::{
    DigestType, DnssecSigner, Nsec3HashAlgorithm, SigningKey as _, TrustAnchors,
};
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, NS, SOA};
use hickory_proto::rr::{DNSClass, Name as HickoryName, RData, Record, RecordSet, RecordType};

const TTL: u32 = 300;
/// What is wrong with a zone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// It is not signed, and its parent says so.
    Unsigned,
    /// What it says is not what was signed.
    Changed,
    /// The signatures are missing.
    Bare,
    /// The signatures are of long ago.
    Expired,
}

struct Zone {
    apex: HickoryName,
    signer: DnssecSigner,
    flaw: Flaw,
    sets: BTreeMap<(HickoryName, RecordType), Vec<RData>>,
    /// Whether NSEC3 denies, and whether it leaves unsigned zones out.
    hashed: Option<bool>,
    /// Where its name server is.
    pub(super) server: Ipv4Addr,
}

/// All zones, the root first.
pub(super) struct Internet {
    zones: Vec<Zone>,
}

pub(super) fn internet() -> &'static Internet {
    static INTERNET: OnceLock<Internet> = OnceLock::new();
    INTERNET.get_or_init(Internet::new)
}

fn host(text: &str) -> HickoryName {
    HickoryName::from_ascii(text).unwrap()
}

fn hash(name: &HickoryName) -> Vec<u8> {
    let hashed = Nsec3HashAlgorithm::SHA1.hash(&[], name, 0).unwrap();
    hashed.as_ref().to_vec()
}

fn address(last: u8) -> RData {
    RData::A(A(Ipv4Addr::new(203, 0, 113, last)))
}

impl Zone {
    fn new(apex: &str, server: u8, flaw: Flaw) -> Self {
        let apex = host(apex);
        let key = Ed25519SigningKey::generate_pkcs8().unwrap();
        let key = Ed25519SigningKey::from_pkcs8(&key).unwrap();
        let public = key.to_public_key().unwrap();
        // Thirty years from 2020 on; or one, which is over.
        let years = if flaw == Flaw::Expired { 1 } else { 30 };
        let signer = DnssecSigner::new(
            DNSKEY::from_key(&public),
            Box::new(key),
            apex.clone(),
            Duration::from_secs(years * 365 * 86_400),
        );
        let mut zone = Self {
            signer,
            flaw,
            hashed: None,
            sets: BTreeMap::new(),
            server: Ipv4Addr::new(127, 0, 0, server),
            apex: apex.clone(),
        };
        let ns = host("ns").append_domain(&apex).unwrap();
        let soa = SOA::new(ns.clone(), ns.clone(), 1, 2, 3, 4, 60);
        zone.add(&apex, RData::SOA(soa));
        zone.add(&apex, RData::NS(NS(ns.clone())));
        zone.add(&ns, RData::A(A(zone.server)));
        if zone.is_signed() {
            let key = DNSSECRData::DNSKEY(zone.signer.to_dnskey());
            zone.add(&apex, RData::DNSSEC(key));
        }
        zone
    }

    fn is_signed(&self) -> bool {
        self.flaw != Flaw::Unsigned
    }

    fn add(&mut self, name: &HickoryName, data: RData) {
        let key = (name.clone(), data.record_type());
        self.sets.entry(key).or_default().push(data);
    }

    fn with(mut self, name: &str, data: RData) -> Self {
        self.add(&host(name), data);
        self
    }

    fn hashing(mut self, opt_out: bool) -> Self {
        self.hashed = Some(opt_out);
        self
    }

    /// Has this zone say that the other is below it.
    fn delegate(&mut self, child: &Self) {
        let ns = host("ns").append_domain(&child.apex).unwrap();
        self.add(&child.apex, RData::NS(NS(ns.clone())));
        self.add(&ns, RData::A(A(child.server)));
        if child.is_signed() {
            let key = child.signer.dnskey().public_key();
            let ds = DS::from_key(key, &child.apex, DigestType::SHA256).unwrap();
            self.add(&child.apex, RData::DNSSEC(DNSSECRData::DS(ds)));
        }
    }

    /// The zone cut below this zone that a name is at or under.
    fn cut(&self, name: &HickoryName) -> Option<HickoryName> {
        let at = |(owner, kind): &&(HickoryName, RecordType)| {
            *kind == RecordType::NS && *owner != self.apex && owner.zone_of(name)
        };
        self.sets.keys().find(at).map(|(owner, _)| owner.clone())
    }

    fn has_name(&self, name: &HickoryName) -> bool {
        self.sets.keys().any(|(owner, _)| name.zone_of(owner))
    }

    /// The records of a set, with its signature.
    fn set(&self, name: &HickoryName, kind: RecordType, as_name: &HickoryName) -> Vec<Record> {
        let Some(data) = self.sets.get(&(name.clone(), kind)) else {
            return Vec::new();
        };
        self.signed(name, as_name, data.clone())
    }

    /// Signs a set of a name; of a wildcard's it is shown as another name's.
    fn signed(&self, name: &HickoryName, as_name: &HickoryName, data: Vec<RData>) -> Vec<Record> {
        let kind = data[0].record_type();
        let record = |data| Record::from_rdata(name.clone(), TTL, data);
        let mut set = RecordSet::new(name.clone(), kind, 0);
        set.set_ttl(TTL);
        set.set_records(data.iter().cloned().map(record).collect());
        let below = self.cut(name).is_some_and(|cut| cut != *name);
        let at_cut = matches!(kind, RecordType::DS | RecordType::NSEC);
        let is_signed = self.is_signed()
            && self.flaw != Flaw::Bare
            && !below
            && (self.cut(name).is_none() || at_cut);
        let mut records: Vec<Record> = set.records_without_rrsigs().cloned().collect();
        if self.flaw == Flaw::Changed && kind == RecordType::A {
            records[0].data = address(66);
        }
        if is_signed {
            let begin = rcgen::date_time_ymd(2020, 1, 1);
            let signature = RRSIG::from_rrset(&set, DNSClass::IN, begin, &self.signer).unwrap();
            let signature = RData::DNSSEC(DNSSECRData::RRSIG(signature));
            records.push(Record::from_rdata(name.clone(), TTL, signature));
        }
        for record in &mut records {
            record.name = as_name.clone();
        }
        records
    }

    /// The NSEC record at a name, or the one that covers it; or as NSEC3 has it.
    fn nsec(&self, name: &HickoryName) -> Vec<Record> {
        if let Some(opt_out) = self.hashed {
            return self.nsec3(name, opt_out);
        }
        let below = |owner: &HickoryName| self.cut(owner).is_some_and(|cut| cut != *owner);
        let mut names: Vec<&HickoryName> = self.sets.keys().map(|(owner, _)| owner).collect();
        names.retain(|owner| !below(owner));
        names.dedup();
        let at = names.iter().rposition(|owner| *owner <= name).unwrap();
        let owner = names[at].clone();
        let next = names.get(at + 1).map_or(&self.apex, |next| next).clone();
        let kinds = self.sets.keys().filter(|(other, _)| *other == owner);
        let nsec = NSEC::new_cover_self(next, kinds.map(|(_, kind)| *kind));
        let data = vec![RData::DNSSEC(DNSSECRData::NSEC(nsec))];
        self.signed(&owner, &owner, data)
    }

    /// The NSEC3 record that matches a name, or those that prove its closest encloser and that
    /// nothing is below that (RFC 5155 §7.2).
    fn nsec3(&self, name: &HickoryName, opt_out: bool) -> Vec<Record> {
        let below = |owner: &HickoryName| self.cut(owner).is_some_and(|cut| cut != *owner);
        let unsigned = |owner: &HickoryName| {
            self.cut(owner).is_some() && !self.sets.contains_key(&(owner.clone(), RecordType::DS))
        };
        let mut hashes = BTreeMap::new();
        for (owner, _) in self.sets.keys() {
            if below(owner) || (opt_out && unsigned(owner)) {
                continue;
            }
            let mut ancestor = owner.clone();
            while self.apex.zone_of(&ancestor) {
                hashes.insert(hash(&ancestor), ancestor.clone());
                ancestor = ancestor.base_name();
                if ancestor.is_root() {
                    break;
                }
            }
        }
        let record = |wanted: &HickoryName| {
            let wanted = hash(wanted);
            let found = hashes
                .range(..=wanted)
                .next_back()
                .or_else(|| hashes.iter().next_back());
            let (at, owner) = found.unwrap();
            let next = hashes
                .range(at.clone()..)
                .nth(1)
                .or_else(|| hashes.iter().next());
            let kinds = self.sets.keys().filter(|(other, _)| other == owner);
            let mut kinds: Vec<RecordType> = kinds.map(|(_, kind)| *kind).collect();
            if !kinds.is_empty() {
                kinds.push(RecordType::RRSIG);
            }
            let sha1 = Nsec3HashAlgorithm::SHA1;
            let label = NSEC3::new(sha1, false, 0, vec![], at.clone(), []);
            let label = label.next_hashed_owner_name_base32().unwrap();
            let owner = HickoryName::from_labels([label.clone()]).unwrap();
            let owner = owner.append_domain(&self.apex).unwrap();
            let next = next.unwrap().0.clone();
            let data = NSEC3::new(sha1, opt_out, 0, vec![], next, kinds);
            let data = vec![RData::DNSSEC(DNSSECRData::NSEC3(data))];
            self.signed(&owner, &owner, data)
        };
        if hashes.contains_key(&hash(name)) {
            return record(name);
        }
        let mut closer = name.clone();
        while !hashes.contains_key(&hash(&closer.base_name())) {
            closer = closer.base_name();
        }
        let encloser = closer.base_name();
        let star = host("*").append_domain(&encloser).unwrap();
        let mut all = record(&encloser);
        for more in [record(&closer), record(&star)] {
            let new = more.into_iter().filter(|record| !all.contains(record));
            let new: Vec<Record> = new.collect();
            all.extend(new);
        }
        all
    }

    fn soa(&self) -> Vec<Record> {
        self.set(&self.apex, RecordType::SOA, &self.apex)
    }

    /// Answers as the zone's own name server.
    fn answer(&self, name: &HickoryName, kind: RecordType, message: &mut Message) {
        message.metadata.authoritative = true;
        let cut = self
            .cut(name)
            .filter(|cut| kind != RecordType::DS || cut != name);
        if let Some(cut) = cut {
            return self.refer(&cut, message);
        }
        for owner in [
            name.clone(),
            HickoryName::from_ascii("*")
                .unwrap()
                .append_domain(&name.base_name())
                .unwrap(),
        ] {
            for kind in [kind, RecordType::CNAME] {
                let found = self.set(&owner, kind, name);
                if !found.is_empty() && (owner == *name || !self.has_name(name)) {
                    message.answers.extend(found);
                    if owner != *name && self.is_signed() {
                        message.authorities.extend(self.nsec(name));
                    }
                    return;
                }
            }
        }
        message.authorities.extend(self.soa());
        if !self.has_name(name) {
            message.metadata.response_code = ResponseCode::NXDomain;
        }
        if self.is_signed() {
            let star = host("*")
                .append_domain(&name.base_name())
                .unwrap_or_default();
            let mut proofs = self.nsec(name);
            if !self.has_name(name) && self.hashed.is_none() {
                let second = self.nsec(&star);
                if second != proofs {
                    proofs.extend(second);
                }
            }
            message.authorities.extend(proofs);
        }
    }

    fn refer(&self, cut: &HickoryName, message: &mut Message) {
        message.metadata.authoritative = false;
        message.authorities = self.set(cut, RecordType::NS, cut);
        let ds = self.set(cut, RecordType::DS, cut);
        if self.is_signed() {
            let proof = if ds.is_empty() { self.nsec(cut) } else { ds };
            message.authorities.extend(proof);
        }
        let ns = host("ns").append_domain(cut).unwrap();
        message.additionals = self.set(&ns, RecordType::A, &ns);
    }
}

impl Internet {
    fn new() -> Self {
        let cname = |target: &str| RData::CNAME(CNAME(host(target)));
        let mut root = Zone::new(".", 10, Flaw::None);
        let mut vn = Zone::new("vn.", 11, Flaw::None);
        let tot = Zone::new("tot.vn.", 12, Flaw::None)
            .with("www.tot.vn.", address(7))
            .with("*.sao.tot.vn.", address(7))
            .with("bi-danh.tot.vn.", cname("www.tot.vn."))
            .with("ngoai.tot.vn.", cname("www.tron.vn."))
            .with("dut.tot.vn.", cname("khong-co.tron.vn."))
            .with("dai.tot.vn.", cname("dut.tot.vn."));
        let tron = Zone::new("tron.vn.", 13, Flaw::Unsigned)
            .with("www.tron.vn.", address(7))
            .with("vao.tron.vn.", cname("www.tot.vn."));
        let gia = Zone::new("gia.vn.", 14, Flaw::Changed).with("www.gia.vn.", address(7));
        let tran = Zone::new("tran.vn.", 15, Flaw::Bare).with("www.tran.vn.", address(7));
        let cu = Zone::new("cu.vn.", 16, Flaw::Expired).with("www.cu.vn.", address(7));
        for child in [&tot, &tron, &gia, &tran, &cu] {
            vn.delegate(child);
        }
        let mut bam = Zone::new("bam.", 17, Flaw::None).hashing(true);
        let tot_bam = Zone::new("tot.bam.", 18, Flaw::None)
            .with("www.tot.bam.", address(7))
            .with("*.sao.tot.bam.", address(7))
            .hashing(false);
        let tron_bam = Zone::new("tron.bam.", 19, Flaw::Unsigned).with("www.tron.bam.", address(7));
        bam.delegate(&tot_bam);
        bam.delegate(&tron_bam);
        root.delegate(&vn);
        root.delegate(&bam);
        let zones = vec![root, vn, tot, tron, gia, tran, cu, bam, tot_bam, tron_bam];
        Self { zones }
    }

    /// What one has to trust to trust it.
    pub(super) fn anchors(&self) -> Arc<TrustAnchors> {
        let mut anchors = TrustAnchors::empty();
        anchors.insert(self.zones[0].signer.dnskey().public_key());
        Arc::new(anchors)
    }

    /// The addresses of the name servers, the root's first.
    pub(super) fn servers(&self) -> Vec<Ipv4Addr> {
        self.zones.iter().map(|zone| zone.server).collect()
    }

    /// Answers as the name server at an address.
    pub(super) fn serve(&self, server: Ipv4Addr, query: &[u8]) -> Vec<u8> {
        let zone = self
            .zones
            .iter()
            .find(|zone| zone.server == server)
            .unwrap();
        self.write(query, |name, kind, message| {
            zone.answer(name, kind, message)
        })
    }

    /// Answers as a resolver does that validates nothing.
    pub(super) fn resolve(&self, query: &[u8]) -> Vec<u8> {
        self.write(query, |name, kind, message| {
            let mut name = name.clone();
            for _ in 0..8 {
                message.authorities.clear();
                self.zone_of(&name, kind).answer(&name, kind, message);
                let next = message
                    .answers
                    .iter()
                    .find_map(|record| match &record.data {
                        RData::CNAME(next) if record.name == name => Some(next.0.clone()),
                        _ => None,
                    });
                match next {
                    Some(next) if kind != RecordType::CNAME => name = next,
                    _ => break,
                }
            }
            message.metadata.authoritative = false;
        })
    }

    /// The zone that a question belongs to; one about DS belongs to the parent.
    fn zone_of(&self, name: &HickoryName, kind: RecordType) -> &Zone {
        let fits = |zone: &&Zone| {
            zone.apex.zone_of(name) && !(kind == RecordType::DS && zone.apex == *name)
        };
        let zones = self.zones.iter().filter(fits);
        zones.max_by_key(|zone| zone.apex.num_labels()).unwrap()
    }

    fn write(
        &self,
        query: &[u8],
        answer: impl Fn(&HickoryName, RecordType, &mut Message),
    ) -> Vec<u8> {
        let query = Message::from_vec(query).unwrap();
        let asked = query.queries[0].clone();
        let mut message = Message::query();
        message.metadata.id = query.metadata.id;
        message.metadata.message_type = MessageType::Response;
        message.metadata.recursion_available = true;
        message.add_query(asked.clone());
        answer(
            &asked.name().to_lowercase(),
            asked.query_type(),
            &mut message,
        );
        let dnssec_ok = query
            .edns
            .as_ref()
            .is_some_and(|edns| edns.flags().dnssec_ok);
        message.edns = query.edns;
        message
            .maybe_strip_dnssec_records(dnssec_ok)
            .to_vec()
            .unwrap()
    }
}

use super::*;
