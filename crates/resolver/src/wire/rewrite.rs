//! Writing a message anew with records left out or changed.
//!
//! Whatever is taken out moves what stands behind it, and names behind it may be compressed by
//! pointing into what is gone. So every name is read out and written again, compressed where
//! RFC 3597 §4 allows it.

use std::collections::HashMap;

use lachan_policy::Name;

use super::response::{Record, Sections};
use super::write::{MAX_POINTER, QUESTION, set_u16, soa_data};
use super::{CLASS_IN, HEADER, name_at, rtype, skip_name};

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays.
    Keep,
    /// It goes.
    Drop,
    /// It stays with these data, which hold no name.
    Data(Vec<u8>),
}

/// Writes the message of these sections, each record by its fate, and adds an SOA record of ours
/// that lets a negative answer live `negative` seconds. `None` when a name in it cannot be read or
/// it grows beyond what a message can be.
pub(super) fn rewrite(
    bytes: &[u8],
    sections: &Sections,
    fates: &[Fate],
    negative: Option<u32>,
) -> Option<Vec<u8>> {
    let mut writer = Writer {
        from: bytes,
        out: bytes.get(..sections.question_end)?.to_vec(),
        seen: HashMap::new(),
    };
    writer.note(&name_at(bytes, HEADER).ok()?, HEADER);
    let mut counts = [0u16; 3];
    let mut negative = negative;
    for (index, (record, fate)) in sections.records.iter().zip(fates).enumerate() {
        let section = sections.section_of(index);
        if section == 2
            && let Some(ttl) = negative.take()
        {
            writer.soa(ttl);
            counts[1] += 1;
        }
        if *fate == Fate::Drop {
            continue;
        }
        writer.record(record, fate)?;
        counts[section] += 1;
    }
    if let Some(ttl) = negative {
        writer.soa(ttl);
        counts[1] += 1;
    }
    let mut out = writer.out;
    for (at, count) in [6, 8, 10].into_iter().zip(counts) {
        set_u16(&mut out, at, count);
    }
    (out.len() <= usize::from(u16::MAX)).then_some(out)
}

struct Writer<'b> {
    from: &'b [u8],
    out: Vec<u8>,
    /// Where each suffix that was written can be pointed at.
    seen: HashMap<Box<[u8]>, u16>,
}

impl Writer<'_> {
    fn record(&mut self, record: &Record, fate: &Fate) -> Option<()> {
        self.name(record.owner_at, true)?;
        // Type, class and TTL.
        self.copy(record.data_at - 10, record.data_at - 2)?;
        let length_at = self.out.len();
        self.out.extend([0, 0]);
        match fate {
            Fate::Data(data) => self.out.extend_from_slice(data),
            Fate::Keep | Fate::Drop => self.data(record)?,
        }
        let length = u16::try_from(self.out.len() - length_at - 2).ok()?;
        set_u16(&mut self.out, length_at, length);
        Some(())
    }

    /// An SOA record of ours, owned by the name asked for.
    fn soa(&mut self, ttl: u32) {
        let data = soa_data(ttl);
        self.out.extend(QUESTION.to_be_bytes());
        self.out.extend(rtype::SOA.to_be_bytes());
        self.out.extend(CLASS_IN.to_be_bytes());
        self.out.extend(ttl.to_be_bytes());
        self.out
            .extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        self.out.extend(data);
    }

    /// A record's data: names written anew where its type has them, the rest as it was.
    fn data(&mut self, record: &Record) -> Option<()> {
        let layout = Layout::of(self.from, record)?;
        let mut at = record.data_at + layout.before;
        self.copy(record.data_at, at)?;
        for _ in 0..layout.names {
            self.name(at, layout.compress)?;
            at = skip_name(self.from, at)?;
        }
        self.copy(at, record.end)
    }

    fn copy(&mut self, from: usize, to: usize) -> Option<()> {
        let bytes = self.from.get(from..to)?;
        self.out.extend_from_slice(bytes);
        Some(())
    }

    fn name(&mut self, at: usize, compress: bool) -> Option<()> {
        let name = name_at(self.from, at).ok()?;
        let wire = name.as_wire();
        let here = self.out.len();
        let known = |start: &usize| self.seen.get(&wire[*start..]).copied();
        let found = name
            .suffixes()
            .find_map(|start| known(&start).map(|pointer| (start, pointer)));
        match found.filter(|_| compress) {
            Some((start, pointer)) => {
                self.out.extend_from_slice(&wire[..start]);
                self.out.extend((0xC000 | pointer).to_be_bytes());
            }
            None => {
                self.out.extend_from_slice(wire);
                self.out.push(0);
            }
        }
        if compress {
            self.note(&name, here);
        }
        Some(())
    }

    /// Notes the suffixes of a name that was written at `at`.
    fn note(&mut self, name: &Name, at: usize) {
        for start in name.suffixes() {
            // Behind the first suffix known already only its pointer was written.
            if at + start > MAX_POINTER || self.seen.contains_key(&name.as_wire()[start..]) {
                return;
            }
            let pointer = u16::try_from(at + start).unwrap_or_default();
            self.seen.insert(name.as_wire()[start..].into(), pointer);
        }
    }
}

/// Where names stand in a record's data.
#[derive(Debug, Clone, Copy, Default)]
struct Layout {
    /// Bytes before the first name.
    before: usize,
    /// Names, one behind the other.
    names: usize,
    /// Whether they may be compressed: in types of RFC 1035 only.
    compress: bool,
}

impl Layout {
    fn of(bytes: &[u8], record: &Record) -> Option<Self> {
        let plain = |before, names| Self {
            before,
            names,
            compress: false,
        };
        Some(match record.rtype {
            // NS, MD, MF, CNAME, MB, MG, MR, PTR
            2..=5 | 7..=9 | 12 => plain(0, 1).compressed(),
            rtype::SOA | 14 => plain(0, 2).compressed(), // and MINFO
            rtype::MX => plain(2, 1).compressed(),
            17 => plain(0, 2),                 // RP
            18 | 21 | 36 => plain(2, 1),       // AFSDB, RT, KX
            24 | rtype::RRSIG => plain(18, 1), // SIG: the signer's name
            26 => plain(2, 2),                 // PX
            30 | 39 | 47 => plain(0, 1),       // NXT, DNAME, NSEC
            rtype::SRV => plain(6, 1),
            35 => plain(naptr_prefix(bytes, record)?, 1),
            _ => Self::default(),
        })
    }

    const fn compressed(self) -> Self {
        Self {
            compress: true,
            ..self
        }
    }
}

/// Bytes of a NAPTR record before its name: two numbers and three texts (RFC 3403 §4.1).
fn naptr_prefix(bytes: &[u8], record: &Record) -> Option<usize> {
    let mut before = 4;
    for _ in 0..3 {
        before += 1 + usize::from(*bytes.get(record.data_at + before)?);
    }
    Some(before)
}
