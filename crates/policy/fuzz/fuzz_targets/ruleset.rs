//! A ruleset with damage: the input is a list of places and bytes to put there. The checksums are
//! mended afterwards, so that what lies behind them is reached. Nothing may panic.
//!
//! The table is a MiB however few names there are; only what was changed is summed up anew.

#![no_main]

use std::sync::LazyLock;

use lachan_lists::testing::{TestList, name, ruleset_bytes};
use lachan_lists::text::Names;
use lachan_policy::ruleset::{Header, ListClass, Ruleset, SectionKind, checksum};
use libfuzzer_sys::fuzz_target;

static WHOLE: LazyLock<(Vec<u8>, Header)> = LazyLock::new(|| {
    let lists: [TestList<'_>; 3] = [
        ("bets", ListClass::Imported, "gambling", &["fb88.com", "=x.vn", "*.y.vn"]),
        ("chat", ListClass::Protected, "messaging", &["zalo.me"]),
        ("services/zalo", ListClass::Service, "messaging", &["zalo.me"]),
    ];
    let bytes = ruleset_bytes(&lists);
    let header = Header::from_bytes(&bytes).expect("what was just compiled can be read");
    (bytes, header)
});

/// Parts of the file that damage goes to.
const KINDS: [SectionKind; 8] = [
    SectionKind::Rows,
    SectionKind::Sources,
    SectionKind::Text,
    SectionKind::TextIndex,
    SectionKind::Lists,
    SectionKind::Book,
    SectionKind::Table,
    SectionKind::Phrases,
];

/// Writes the checksums that belong to the bytes of changed sections, by their offsets.
fn mend(bytes: &mut [u8], header: &Header, changed: &[u64]) {
    let mut header = header.clone();
    for section in &mut header.sections {
        if !changed.contains(&section.offset) {
            continue;
        }
        let from = section.offset as usize;
        section.checksum = checksum(&bytes[from..from + section.length as usize]);
    }
    let page = header.to_bytes();
    bytes[..page.len()].copy_from_slice(&page);
}

fuzz_target!(|input: &[u8]| {
    let (whole, header) = &*WHOLE;
    let mut bytes = whole.clone();
    let mut changed = Vec::new();
    for change in input.chunks_exact(4) {
        // Small sections and the header get most of the damage; the table is mostly empty slots.
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let kind = KINDS[usize::from(change[2]) % KINDS.len()];
        let section = header.section(kind);
        let Some(section) = section.filter(|section| section.length > 0) else {
            continue;
        };
        let place = section.offset as usize + at % section.length as usize;
        bytes[place] = change[3];
        // Opening does not sum up the table.
        if kind != SectionKind::Table && !changed.contains(&section.offset) {
            changed.push(section.offset);
        }
    }
    mend(&mut bytes, header, &changed);
    if input.len() % 4 == 1 {
        bytes.truncate(usize::from(input[input.len() - 1]) * 64);
    }
    let Ok(ruleset) = Ruleset::open(Box::new(bytes)) else {
        return;
    };
    for asked in ["fb88.com", "a.x.vn", "a.y.vn", "zalo.me", "a.b.c.d.e.f"] {
        let asked = name(asked);
        for hit in ruleset.walk(&asked).hits() {
            let _ = ruleset.side(hit.row, hit.is_above());
            let _ = ruleset.sources(hit.row).count();
        }
        let _ = ruleset.sealed(&asked);
        let _ = ruleset.url_rule(&asked, "/x");
    }
    let _ = ruleset.address_row(std::net::Ipv4Addr::LOCALHOST.into());
    let _ = ruleset.address_row(std::net::Ipv6Addr::LOCALHOST.into());
    let _ = ruleset.phrases();
    let _ = Names::of(&ruleset).take(1_000).count();
});
