//! A ruleset with damage: the input is a list of places and bytes to put there. The checksums are
//! mended afterwards, so that what lies behind them is reached. Nothing may panic.

#![no_main]

use std::sync::LazyLock;

use lachan_lists::testing::{TestList, name, ruleset_bytes};
use lachan_lists::text::Names;
use lachan_policy::ruleset::{Header, ListClass, Ruleset, SectionKind, checksum};
use libfuzzer_sys::fuzz_target;

static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let lists: [TestList<'_>; 3] = [
        ("bets", ListClass::Imported, "gambling", &["fb88.com", "=x.vn", "*.y.vn"]),
        ("chat", ListClass::Protected, "messaging", &["zalo.me"]),
        ("services/zalo", ListClass::Service, "messaging", &["zalo.me"]),
    ];
    ruleset_bytes(&lists)
});

/// Writes the checksums that belong to the bytes, where the header can still be read.
fn mend(bytes: &mut [u8], header: &Header) {
    let mut header = header.clone();
    for section in &mut header.sections {
        let from = section.offset as usize;
        section.checksum = checksum(&bytes[from..from + section.length as usize]);
    }
    let page = header.to_bytes();
    bytes[..page.len()].copy_from_slice(&page);
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = WHOLE.clone();
    let Ok(header) = Header::from_bytes(&bytes) else {
        return;
    };
    for change in input.chunks_exact(4) {
        // Small sections and the header get most of the damage; the table is mostly empty slots.
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let kinds = [
            SectionKind::Rows,
            SectionKind::Sources,
            SectionKind::Text,
            SectionKind::TextIndex,
            SectionKind::Lists,
            SectionKind::Book,
            SectionKind::Table,
        ];
        let section = header.section(kinds[usize::from(change[2]) % kinds.len()]);
        let Some(section) = section.filter(|section| section.length > 0) else {
            continue;
        };
        let place = section.offset as usize + at % section.length as usize;
        bytes[place] = change[3];
    }
    mend(&mut bytes, &header);
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
    let _ = Names::of(&ruleset).take(1_000).count();
});
