//! Names answered here and never asked of anybody: the school's own, and those that standards
//! keep off the public DNS. Asking an upstream for them would tell it about the school's inside
//! and load the root servers with questions that have no answer.
//!
//! Canaries and ways round the filter are no part of this: they are rules.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use lachan_policy::Name;

use crate::devices::{DeviceNames, reverse_address};
use crate::settings::{LocalData, LocalName, LocalRecord};
use crate::upstream::ForwardZone;
use crate::wire::query::{Query, Transport};
use crate::wire::write::{Answer, Owner, name_bytes, soa_data};
use crate::wire::{Rcode, rtype};

/// Seconds a local answer lives.
pub(crate) const LOCAL_TTL: u32 = 60;
/// Longest piece of a text (RFC 1035 §3.3): a longer text stands in several.
const MAX_PIECE: usize = 255;

/// What a name of ours has, ready to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    /// Another name of ours that it stands for.
    alias: Option<Name>,
    records: Vec<Record>,
}

/// A record of a local name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    rtype: u16,
    data: Vec<u8>,
}

/// What a local name is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LocalAnswer<'l> {
    /// The name exists; of the type asked for it has what it has.
    Exists {
        /// The name it stands for.
        alias: Option<&'l Name>,
        /// The records, of all types.
        records: Records<'l>,
    },
    /// A device, or an address of one: the records that DHCP's leases make.
    Device(Vec<Record>),
    /// The name does not exist.
    NxDomain,
}

/// The records of a local name, or of the name it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Records<'l>(&'l [Record]);

impl<'l> LocalAnswer<'l> {
    const EMPTY: Self = Self::Exists {
        alias: None,
        records: Records(&[]),
    };

    /// The data of its own records of a type.
    pub(crate) fn data_of(&self, qtype: u16) -> impl Iterator<Item = &[u8]> {
        let records = match self {
            Self::Exists { records, .. } => records.0,
            Self::Device(records) => records,
            Self::NxDomain => &[],
        };
        let of_type = records.iter().filter(move |record| record.rtype == qtype);
        of_type.map(|record| record.data.as_slice())
    }

    /// Writes the answer to a query.
    pub(crate) fn write(&self, query: &Query<'_>, transport: Transport, out: &mut Vec<u8>) {
        let qtype = query.question.qtype;
        let rcode = match self {
            Self::Exists { .. } | Self::Device(_) => Rcode::NoError,
            Self::NxDomain => Rcode::NxDomain,
        };
        let mut answer = Answer::new(query, rcode, out);
        let mut owner = Owner::Question;
        let mut is_empty = true;
        let records = match self {
            Self::Exists { alias, records } => {
                if let Some(alias) = alias {
                    let data = name_bytes(alias);
                    owner = Owner::At(answer.answer(owner, rtype::CNAME, LOCAL_TTL, &data));
                    is_empty = qtype != rtype::CNAME;
                }
                *records
            }
            Self::Device(records) => Records(records),
            Self::NxDomain => Records::default(),
        };
        for record in records.of_type(qtype) {
            answer.answer(owner, record.rtype, LOCAL_TTL, &record.data);
            is_empty = false;
        }
        if is_empty {
            answer.authority(Owner::Question, rtype::SOA, LOCAL_TTL, &soa_data(LOCAL_TTL));
        }
        answer.finish(transport, None);
    }
}

impl<'l> Records<'l> {
    /// Those of a type; ANY asks for all, and a name of ours has few (RFC 8482 §4.1).
    fn of_type(self, qtype: u16) -> impl Iterator<Item = &'l Record> {
        self.0
            .iter()
            .filter(move |record| record.rtype == qtype || qtype == rtype::ANY)
    }
}

/// Names under which nothing exists, each with where that is written.
const NOWHERE: &[&str] = &[
    "invalid",   // RFC 6761 §6.4
    "test",      // RFC 6761 §6.2
    "onion",     // RFC 7686 §2
    "local",     // RFC 6762 §22.1: multicast DNS
    "alt",       // RFC 9476
    "internal",  // ICANN board 2024-07-29: private use
    "home.arpa", // RFC 8375
    // RFC 6303 §4 and RFC 7793: reverse zones of addresses that are no public ones.
    "0.in-addr.arpa",
    "10.in-addr.arpa",
    "127.in-addr.arpa",
    "254.169.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    "168.192.in-addr.arpa",
    "d.f.ip6.arpa",
    "8.e.f.ip6.arpa",
    "9.e.f.ip6.arpa",
    "a.e.f.ip6.arpa",
    "b.e.f.ip6.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa",
    // The zones of :: and ::1.
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
];

/// What a suffix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// RFC 6761 §6.3: loopback.
    Localhost,
    /// It exists, empty; nothing exists below it.
    Nowhere,
    /// It and all below it exist, empty (RFC 9462 §6.5: no discovery that cannot be verified).
    Empty,
}

static SPECIAL: LazyLock<HashMap<Name, Special>> = LazyLock::new(|| {
    let ranges = (16..32)
        .map(|number| format!("{number}.172.in-addr.arpa"))
        .chain((64..128).map(|number| format!("{number}.100.in-addr.arpa")));
    let nowhere = NOWHERE.iter().map(ToString::to_string).chain(ranges);
    let mut all: HashMap<Name, Special> = nowhere
        .filter_map(|text| Some((Name::from_text(&text).ok()?, Special::Nowhere)))
        .collect();
    for (text, special) in [
        ("localhost", Special::Localhost),
        ("resolver.arpa", Special::Empty),
    ] {
        if let Ok(name) = Name::from_text(text) {
            all.insert(name, special);
        }
    }
    all
});

/// The school's own names, over those of its devices, over the special ones.
#[derive(Debug, Default)]
pub(crate) struct LocalNames {
    own: HashMap<Name, Entry>,
    /// Names above our own: they exist (RFC 8020), where nobody else has a say in them.
    above: HashSet<Name>,
    domains: Vec<Name>,
    /// A bit for each top-level label under which some name is answered here, see [`bit`].
    tops: u64,
    /// Domains with upstreams of their own: what stands below a domain above them does not hold
    /// for them.
    forwarded: Vec<Name>,
}

impl LocalNames {
    /// Indexes them; what stands twice is joined. Every address of a name gets a reverse name, the
    /// first name's where several have one, unless a record says otherwise.
    pub(crate) fn new(names: &[LocalName], records: &[LocalRecord], domains: &[Name]) -> Self {
        let mut made = Self {
            domains: domains.to_vec(),
            ..Self::default()
        };
        for record in records {
            made.add(record.name, &record.data);
        }
        let mut reverse = HashMap::new();
        for local in names {
            for address in &local.addresses {
                made.put(local.name, of_address(*address));
                reverse.entry(reverse_name(*address)).or_insert(local.name);
            }
            made.own.entry(local.name).or_default();
        }
        for (name, target) in reverse {
            if let Some(name) = name.filter(|name| !made.own.contains_key(name)) {
                made.add(name, &LocalData::Pointer(target));
            }
        }
        let parents = |name: &Name| std::iter::successors(name.parent(), Name::parent);
        made.above = made.own.keys().flat_map(parents).collect();
        let all = made.own.keys().chain(domains).chain(SPECIAL.keys());
        made.tops = all.fold(0, |tops, name| tops | bit(name));
        made
    }

    fn add(&mut self, name: Name, data: &LocalData) {
        let record = match data {
            LocalData::Alias(target) => {
                self.own.entry(name).or_default().alias = Some(*target);
                return;
            }
            LocalData::Pointer(target) => Record {
                rtype: rtype::PTR,
                data: name_bytes(target),
            },
            LocalData::Text(text) => Record {
                rtype: rtype::TXT,
                data: text_data([text.as_str()]),
            },
            LocalData::Mail { preference, host } => Record {
                rtype: rtype::MX,
                data: [&preference.to_be_bytes()[..], &name_bytes(host)].concat(),
            },
            LocalData::Service {
                priority,
                weight,
                port,
                target,
            } => {
                let numbers = [priority, weight, port].map(|number| number.to_be_bytes());
                Record {
                    rtype: rtype::SRV,
                    data: [&numbers.concat()[..], &name_bytes(target)].concat(),
                }
            }
        };
        self.put(name, record);
    }

    fn put(&mut self, name: Name, record: Record) {
        self.own.entry(name).or_default().records.push(record);
    }

    /// Whether a record of the school's stands at the name.
    pub(crate) fn owns(&self, name: &Name) -> bool {
        self.own.contains_key(name)
    }

    /// Whether the name may be one that is answered here: a look at its last label, because this is
    /// asked of every query and the answer is nearly always no.
    #[inline]
    pub(crate) fn concerns(&self, name: &Name) -> bool {
        self.tops & bit(name) != 0 || name.parent_start().is_none()
    }

    /// The same, but for domains that have upstreams of their own: an Active Directory below
    /// `internal`, a reverse zone of private addresses. The school's own names still go before.
    pub(crate) fn except(self, zones: &[ForwardZone]) -> Self {
        let forwarded = zones.iter().map(|zone| zone.domain).collect();
        Self { forwarded, ..self }
    }

    /// The answer, if the name is to be answered here. `may_learn` says whether the client may be
    /// told which device has an address; it is asked only where there is something to tell.
    pub(crate) fn find(
        &self,
        name: &Name,
        devices: &DeviceNames,
        may_learn: impl FnOnce(IpAddr) -> bool,
    ) -> Option<LocalAnswer<'_>> {
        if let Some(entry) = self.own.get(name) {
            let target = entry.alias.as_ref().and_then(|alias| self.own.get(alias));
            return Some(LocalAnswer::Exists {
                alias: entry.alias.as_ref(),
                records: Records(&target.unwrap_or(entry).records),
            });
        }
        if let Some(addresses) = self.device(name, devices) {
            let records = addresses.iter().copied().map(of_address);
            return Some(LocalAnswer::Device(records.collect()));
        }
        if let Some(name) = named(name, devices, may_learn) {
            let data = name_bytes(name);
            return Some(LocalAnswer::Device(vec![Record {
                rtype: rtype::PTR,
                data,
            }]));
        }
        if self.forwarded.iter().any(|zone| name.is_within(zone)) {
            return None;
        }
        let found = special(name)
            .or_else(|| self.in_own_domain(name))
            .or_else(|| single_label(name))?;
        let exists = found == LocalAnswer::NxDomain && self.above.contains(name);
        Some(if exists { LocalAnswer::EMPTY } else { found })
    }

    /// The addresses of the device of that name: a label in one of the school's domains, or alone.
    /// No device takes the place of a top-level domain.
    fn device<'d>(&self, name: &Name, devices: &'d DeviceNames) -> Option<&'d [IpAddr]> {
        if devices.is_empty() {
            return None;
        }
        let (label, rest) = first_label(name)?;
        let is_ours = match rest {
            [] => !name.is_public_suffix(),
            _ => self.domains.iter().any(|domain| domain.as_wire() == rest),
        };
        devices.addresses_of(label).filter(|_| is_ours)
    }

    /// The school's own domains exist; nothing is in them but its own names.
    fn in_own_domain(&self, name: &Name) -> Option<LocalAnswer<'static>> {
        let domain = self.domains.iter().find(|domain| name.is_within(domain))?;
        let itself = name == domain && name.label_count() > 1;
        Some(if itself {
            LocalAnswer::EMPTY
        } else {
            LocalAnswer::NxDomain
        })
    }
}

/// One of 64 bits for the last label of a name. Names of one label and the root have none: they are
/// told by having no parent.
#[inline]
fn bit(name: &Name) -> u64 {
    let wire = name.as_wire();
    let [.., before, last] = wire else { return 0 };
    1 << (((u32::from(*before) * 7) ^ (u32::from(*last) * 13)) & 63)
}

/// The first label, and the rest in wire form.
fn first_label(name: &Name) -> Option<(&[u8], &[u8])> {
    let (length, rest) = name.as_wire().split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// The device that has the address a reverse name stands for.
fn named<'d>(
    name: &Name,
    devices: &'d DeviceNames,
    may_learn: impl FnOnce(IpAddr) -> bool,
) -> Option<&'d Name> {
    if !name.as_wire().ends_with(b"\x04arpa") {
        return None;
    }
    let address = reverse_address(name)?;
    devices.name_of(address).filter(|_| may_learn(address))
}

fn of_address(address: IpAddr) -> Record {
    match address {
        IpAddr::V4(v4) => Record {
            rtype: rtype::A,
            data: v4.octets().to_vec(),
        },
        IpAddr::V6(v6) => Record {
            rtype: rtype::AAAA,
            data: v6.octets().to_vec(),
        },
    }
}

/// The name under which an address is looked up (RFC 1035 §3.5, RFC 3596 §2.5).
fn reverse_name(address: IpAddr) -> Option<Name> {
    let text = match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(v6) => {
            let nibbles = v6.octets().into_iter().rev();
            let labels = nibbles.map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4));
            labels.collect::<String>() + "ip6.arpa"
        }
    };
    Name::from_text(&text).ok()
}

/// The data of a TXT record of these texts, each in pieces of its own.
pub(crate) fn text_data<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<u8> {
    let mut data = Vec::new();
    for text in texts {
        let mut pieces = text.as_bytes().chunks(MAX_PIECE).peekable();
        if pieces.peek().is_none() {
            data.push(0);
        }
        for piece in pieces {
            data.push(u8::try_from(piece.len()).unwrap_or_default());
            data.extend_from_slice(piece);
        }
    }
    data
}

static LOOPBACK: LazyLock<[Record; 2]> = LazyLock::new(|| {
    [
        of_address([127, 0, 0, 1].into()),
        of_address(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
    ]
});

fn special(name: &Name) -> Option<LocalAnswer<'static>> {
    let (start, special) = name.suffixes().find_map(|start| {
        let suffix = if start == 0 {
            *name
        } else {
            name.suffix(start)
        };
        SPECIAL.get(&suffix).map(|special| (start, *special))
    })?;
    Some(match special {
        Special::Localhost => LocalAnswer::Exists {
            alias: None,
            records: Records(&*LOOPBACK),
        },
        Special::Nowhere if start == 0 && name.label_count() > 1 => LocalAnswer::EMPTY,
        Special::Nowhere => LocalAnswer::NxDomain,
        Special::Empty => LocalAnswer::EMPTY,
    })
}

/// A name of one label is a machine's name that somebody forgot to complete, unless it is a real
/// top-level domain: its NS and DS records are asked for by clients that validate.
fn single_label(name: &Name) -> Option<LocalAnswer<'static>> {
    let single = name.label_count() == 1 && !name.is_public_suffix();
    single.then_some(LocalAnswer::NxDomain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::query::tests::query;
    use hickory_proto::op::{Message, ResponseCode};
    use hickory_proto::rr::{Record as HickoryRecord, RecordType};

    fn find(names: &[(&str, &[&str])], name: &str, qtype: u16) -> Option<String> {
        let own: Vec<LocalName> = names
            .iter()
            .map(|(name, addresses)| LocalName {
                name: Name::from_text(name).unwrap(),
                addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            })
            .collect();
        let domains = [wire_name("truong.vn"), wire_name("lan")];
        found(&LocalNames::new(&own, &[], &domains), name, qtype)
    }

    /// The answer as hickory reads it.
    fn found(names: &LocalNames, name: &str, qtype: u16) -> Option<String> {
        let asked = query(name, qtype);
        let query = Query::parse(&asked).unwrap();
        let found = names.find(query.question.name, &devices(), |address| {
            address == LEARNED
        });
        assert!(
            names.concerns(query.question.name) || found.is_none(),
            "{name}"
        );
        let answer = found?;
        let mut out = Vec::new();
        answer.write(&query, Transport::Stream, &mut out);
        let message = Message::from_vec(&out).unwrap();
        assert_eq!(
            message.authorities.len(),
            usize::from(!has_answer(&message))
        );
        Some(show(&message))
    }

    /// Whether there is more than a chain that leads to nothing.
    fn has_answer(message: &Message) -> bool {
        let asked = message.queries[0].query_type();
        let types = message.answers.iter().map(HickoryRecord::record_type);
        types
            .clone()
            .any(|found| found != RecordType::CNAME || asked == found)
    }

    fn show(message: &Message) -> String {
        let data: Vec<String> = message
            .answers
            .iter()
            .map(|record| record.data.to_string().trim_end_matches('.').to_owned())
            .collect();
        match (message.metadata.response_code, data.is_empty()) {
            (ResponseCode::NXDomain, true) => "NXDOMAIN".into(),
            (ResponseCode::NoError, true) => "NODATA".into(),
            _ => data.join(" "),
        }
    }

    /// The one address of a device whose name the client may learn.
    const LEARNED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 6, 0, 9));

    fn devices() -> DeviceNames {
        let mut leases = crate::devices::Leases::default();
        leases.read(
            b"0 3c:22:fb:00:00:01 10.6.0.9 ten-may *\n0 3c:22:fb:00:00:02 10.6.0.10 dien-thoai *\n\
              0 3c:22:fb:00:00:03 10.6.0.11 vn *\n0 3c:22:fb:00:00:04 10.6.0.12 may-chieu *\n\
              0 3c:22:fb:00:00:01 fd00::9 ten-may *\n",
        );
        DeviceNames::of(&leases, &[wire_name("truong.vn"), wire_name("lan")], None)
    }

    /// As a query brings it: labels of digits only are no matter there.
    fn wire_name(text: &str) -> Name {
        let mut wire = Vec::new();
        for label in text.split('.') {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label.as_bytes());
        }
        Name::from_normal(&wire).unwrap()
    }

    #[test]
    fn all_special_names_are_readable() {
        assert_eq!(SPECIAL.len(), NOWHERE.len() + 16 + 64 + 2);
    }

    #[test]
    fn the_schools_names_are_answered_by_family() {
        let own: &[(&str, &[&str])] = &[("lachan.home.arpa", &["10.0.0.1", "fd00::1", "10.0.0.2"])];
        for (qtype, expected) in [
            (1, "10.0.0.1 10.0.0.2"),
            (28, "fd00::1"),
            (16, "NODATA"),
            (65, "NODATA"),
        ] {
            assert_eq!(
                find(own, "lachan.home.arpa", qtype).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(
            find(own, "x.lachan.home.arpa", 1).as_deref(),
            Some("NXDOMAIN")
        );
        assert_eq!(
            find(&[("may-in", &["10.0.0.9"])], "may-in", 1).as_deref(),
            Some("10.0.0.9")
        );
    }

    fn school() -> LocalNames {
        let name = wire_name;
        let own = |text: &str, addresses: &[&str]| LocalName {
            name: name(text),
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        };
        let record = |text: &str, data| LocalRecord {
            name: name(text),
            data,
        };
        let service = LocalData::Service {
            priority: 0,
            weight: 5,
            port: 389,
            target: name("dc.truong.vn"),
        };
        let mail = LocalData::Mail {
            preference: 10,
            host: name("thu.truong.vn"),
        };
        LocalNames::new(
            &[
                own("dc.truong.vn", &["10.0.0.3", "fd00::3"]),
                own("thu.truong.vn", &["10.0.0.3", "10.0.0.4"]),
                own("a.x.lan", &["10.0.0.5"]),
            ],
            &[
                record("in.truong.vn", LocalData::Alias(name("dc.truong.vn"))),
                record("_ldap._tcp.truong.vn", service),
                record("truong.vn", mail),
                record("truong.vn", LocalData::Text("v=spf1 -all".into())),
                record("truong.vn", LocalData::Text("x".repeat(300))),
                record(
                    "4.0.0.10.in-addr.arpa",
                    LocalData::Pointer(name("khac.lan")),
                ),
            ],
            &[name("truong.vn"), name("lan")],
        )
    }

    #[test]
    fn records_of_every_kind_are_answered() {
        let school = school();
        for (name, qtype, expected) in [
            ("in.truong.vn", 5, "dc.truong.vn"),
            ("in.truong.vn", 1, "dc.truong.vn 10.0.0.3"),
            ("in.truong.vn", 28, "dc.truong.vn fd00::3"),
            ("in.truong.vn", 16, "dc.truong.vn"),
            ("_ldap._tcp.truong.vn", 33, "0 5 389 dc.truong.vn"),
            ("_ldap._tcp.truong.vn", 1, "NODATA"),
            ("truong.vn", 15, "10 thu.truong.vn"),
            ("truong.vn", 1, "NODATA"),
            ("dc.truong.vn", 255, "10.0.0.3 fd00::3"),
            ("khac.truong.vn", 1, "NXDOMAIN"),
        ] {
            let answer = found(&school, name, qtype).unwrap();
            assert_eq!(answer, expected, "{name} {qtype}");
        }
        let texts = found(&school, "truong.vn", 16).unwrap();
        assert!(texts.starts_with("v=spf1 -all x"), "{texts}");
    }

    #[test]
    fn every_address_has_a_reverse_name() {
        let school = school();
        let six = format!("3.{}d.f.ip6.arpa", "0.".repeat(29));
        for (name, expected) in [
            ("3.0.0.10.in-addr.arpa", "dc.truong.vn"),
            ("4.0.0.10.in-addr.arpa", "khac.lan"),
            ("5.0.0.10.in-addr.arpa", "a.x.lan"),
            ("6.0.0.10.in-addr.arpa", "NXDOMAIN"),
            (&six, "dc.truong.vn"),
        ] {
            assert_eq!(found(&school, name, 12).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn names_above_our_own_exist_where_they_are_ours() {
        let school = school();
        for (name, expected) in [
            ("_tcp.truong.vn", Some("NODATA")),
            ("_udp.truong.vn", Some("NXDOMAIN")),
            ("x.lan", Some("NODATA")),
            ("0.0.10.in-addr.arpa", Some("NODATA")),
            ("vn", None),
        ] {
            assert_eq!(found(&school, name, 1).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn devices_are_found_by_their_names_in_the_schools_domains_only() {
        for (name, qtype, expected) in [
            ("ten-may.lan", 1, Some("10.6.0.9")),
            ("ten-may.truong.vn", 28, Some("fd00::9")),
            ("ten-may", 1, Some("10.6.0.9")),
            ("ten-may.lan", 16, Some("NODATA")),
            ("x.ten-may.lan", 1, Some("NXDOMAIN")),
            ("ten-may.com", 1, None),
            ("vn", 1, None),
            ("vn.lan", 1, Some("10.6.0.11")),
        ] {
            assert_eq!(find(&[], name, qtype).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_schools_own_names_come_before_a_device_s() {
        let own: &[(&str, &[&str])] = &[("may-chieu.lan", &["10.0.0.20"])];
        assert_eq!(find(own, "may-chieu.lan", 1).as_deref(), Some("10.0.0.20"));
        let reverse = "20.0.0.10.in-addr.arpa";
        assert_eq!(find(own, reverse, 12).as_deref(), Some("may-chieu.lan"));
        assert_eq!(find(own, reverse, 1).as_deref(), Some("NODATA"));
    }

    #[test]
    fn the_name_of_an_address_is_told_only_to_those_who_may_learn_it() {
        for (name, expected) in [
            ("9.0.6.10.in-addr.arpa", "ten-may.truong.vn"),
            ("10.0.6.10.in-addr.arpa", "NXDOMAIN"),
            ("99.0.6.10.in-addr.arpa", "NXDOMAIN"),
        ] {
            assert_eq!(find(&[], name, 12).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn special_names_never_leave_the_school() {
        for (name, qtype, expected) in [
            ("localhost", 1, "127.0.0.1"),
            ("a.b.localhost", 28, "::1"),
            ("localhost", 15, "NODATA"),
            ("x.invalid", 1, "NXDOMAIN"),
            ("test", 1, "NXDOMAIN"),
            ("example.test", 1, "NXDOMAIN"),
            ("abc.onion", 1, "NXDOMAIN"),
            ("printer.local", 1, "NXDOMAIN"),
            ("nas.home.arpa", 1, "NXDOMAIN"),
            ("home.arpa", 6, "NODATA"),
            ("5.0.168.192.in-addr.arpa", 12, "NXDOMAIN"),
            ("168.192.in-addr.arpa", 12, "NODATA"),
            ("1.0.16.172.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.31.172.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.64.100.in-addr.arpa", 12, "NXDOMAIN"),
            ("1.0.0.127.in-addr.arpa", 12, "NXDOMAIN"),
            ("a.8.e.f.ip6.arpa", 12, "NXDOMAIN"),
            ("_dns.resolver.arpa", 64, "NODATA"),
            ("resolver.arpa", 1, "NODATA"),
            ("may-tinh-5", 1, "NXDOMAIN"),
            ("may-in.lan", 1, "NXDOMAIN"),
            ("lan", 6, "NXDOMAIN"),
            ("may-in.truong.vn", 1, "NXDOMAIN"),
            ("truong.vn", 1, "NODATA"),
        ] {
            assert_eq!(find(&[], name, qtype).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn domains_with_upstreams_of_their_own_are_not_answered_here() {
        let zones =
            ["ad.truong.internal", "1.168.192.in-addr.arpa", "lan"].map(|domain| ForwardZone {
                domain: wire_name(domain),
                upstreams: Vec::new(),
            });
        let own = [LocalName {
            name: wire_name("nas.lan"),
            addresses: vec![[10, 0, 0, 1].into()],
        }];
        let local = LocalNames::new(&own, &[], &[wire_name("lan")]).except(&zones);
        for (name, here) in [
            ("dc1.ad.truong.internal", false),
            ("khac.internal", true),
            ("5.1.168.192.in-addr.arpa", false),
            ("5.2.168.192.in-addr.arpa", true),
            ("may-in.lan", false),
            ("nas.lan", true),
        ] {
            assert_eq!(
                local
                    .find(&wire_name(name), &DeviceNames::default(), |_| false)
                    .is_some(),
                here,
                "{name}"
            );
        }
    }

    #[test]
    fn public_names_are_not_answered_here() {
        for name in [
            ".",
            "vn",
            "com",
            "edu.vn",
            "localhost.vn",
            "notlocal",
            "8.8.8.8.in-addr.arpa",
            "1.0.15.172.in-addr.arpa",
            "1.0.32.172.in-addr.arpa",
            "1.0.128.100.in-addr.arpa",
            "invalid.vn",
            "1.1.168.193.in-addr.arpa",
            "in-addr.arpa",
            "arpa",
        ] {
            let expected = (name == "notlocal").then_some("NXDOMAIN");
            assert_eq!(find(&[], name, 1).as_deref(), expected, "{name}");
        }
    }
}
