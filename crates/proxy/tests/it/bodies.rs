//! Codings, caps and markup of whole bodies.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use lachan_policy::phrases::Folding;
use lachan_proxy::phrases::{Hold, Page, PageHead, Scan, Strength};
use lachan_proxy::text::{Coding, Fault, Limits, TextKind};

use crate::support::{HTML, SHIPPED, TEXT, counts, read, small};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn packed(content_encoding: &'static str) -> PageHead<'static> {
    PageHead {
        content_encoding,
        ..HTML
    }
}

/// Twenty times "<p>nổ hũ đổi thưởng</p>" by `brotli -q 5`, since no encoder is among our dependencies.
const BROTLI: &[u8] = &[
    0xa1, 0xf8, 0x13, 0x00, 0x20, 0x66, 0x3b, 0xd2, 0x27, 0xd8, 0x65, 0xda, 0x92, 0x5d, 0x10, 0x49,
    0x30, 0x8e, 0xb3, 0xfc, 0xb5, 0x12, 0xff, 0xc2, 0xaa, 0xb0, 0xb2, 0x56, 0x62, 0xbd, 0x84, 0x98,
    0xf0, 0xb7, 0x71, 0xa7, 0x98, 0x0d, 0xc3, 0xff, 0x11, 0x57, 0xd4, 0xd4, 0xfc, 0x0c, 0x06,
];

#[test]
fn every_coding_is_undone_in_any_pieces() {
    let text = "<p>nổ hũ đổi thưởng</p>".repeat(20);
    let once = "<p>nổ hũ đổi thưởng</p>";
    let set = small(&["nổ hũ"], None);
    let zstd = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
    for (coding, body, expected) in [
        ("gzip", gzip(text.as_bytes()), 20),
        ("deflate", zlib(text.as_bytes()), 20),
        ("deflate", raw(text.as_bytes()), 20),
        ("zstd", zstd.clone(), 20),
        ("br", BROTLI.to_vec(), 20),
        ("zstd, gzip", gzip(&zstd), 20),
        ("", once.into(), 1),
    ] {
        for size in [1, 7, body.len()] {
            let mut page = Page::new(Arc::clone(&set), &packed(coding), Limits::default());
            for piece in body.chunks(size) {
                assert_eq!(page.push(piece), Hold::Keep, "{coding}");
            }
            let outcome = page.finish();
            assert_eq!(outcome.scan, Scan::Whole, "{coding} by {size}");
            assert_eq!(
                outcome.fired.first().map(|fired| fired.count),
                Some(expected),
                "{coding}"
            );
        }
    }
}

#[test]
fn what_cannot_be_decoded_is_unscanned_and_never_found() {
    let line = |at: u32| {
        format!(
            "{} phim sex, clip sex, link sex, hentai, jav. ",
            at.wrapping_mul(0x9E37_79B9)
        )
    };
    let bad: String = (0..4000).map(line).collect();
    let whole = gzip(bad.as_bytes());
    let cut = &whole[..whole.len() / 2];
    let mut damaged = whole.clone();
    // A block of the type that RFC 1951 reserves, right behind the header.
    damaged[10] = 0x07;
    for (coding, body, fault) in [
        ("gzip", cut, Fault::Truncated),
        ("gzip", &damaged, Fault::Damaged),
        ("gzip", bad.as_bytes(), Fault::Damaged),
        ("br", b"<html>nothing of the kind</html>", Fault::Damaged),
        ("zstd", bad.as_bytes(), Fault::Damaged),
        ("dcb", &whole, Fault::UnknownCoding),
        ("gzip, gzip, gzip", &whole, Fault::TooManyCodings),
    ] {
        let outcome = read(&SHIPPED, &packed(coding), body);
        assert_eq!(outcome.scan, Scan::Unscanned(fault), "{coding}");
        for tier in lachan_policy::Tier::ALL {
            assert!(outcome.found(&SHIPPED, tier).is_empty(), "{coding}");
            assert!(
                outcome
                    .categories(&SHIPPED, tier, Strength::Grey)
                    .is_empty()
            );
        }
    }
    // A body of HEAD or 304 has no byte, whatever its head says.
    assert_eq!(read(&SHIPPED, &packed("gzip"), b"").scan, Scan::Whole);
}

#[test]
fn bombs_end_early_and_long_bodies_at_the_cap() {
    let zeros = vec![b' '; 40 << 20];
    let bomb = gzip(&zeros);
    assert_eq!(
        read(&SHIPPED, &packed("gzip"), &bomb).scan,
        Scan::Unscanned(Fault::Bomb)
    );
    let double = gzip(&bomb);
    let outcome = read(&SHIPPED, &packed("gzip, gzip"), &double);
    assert_eq!(outcome.scan, Scan::Unscanned(Fault::Bomb));
    assert!(outcome.decoded <= 2 << 20);
    let zstd = zstd::bulk::compress(&zeros, 3).unwrap();
    assert_eq!(
        read(&SHIPPED, &packed("zstd"), &zstd).scan,
        Scan::Unscanned(Fault::Bomb)
    );

    let set = small(&["nổ hũ"], None);
    let mut page = Page::new(Arc::clone(&set), &TEXT, Limits::default());
    let kib = "nổ hũ và nhiều chữ khác. ".repeat(40);
    let mut holds = Vec::new();
    for _ in 0..4000 {
        holds.push(page.push(kib.as_bytes()));
    }
    let held = holds.iter().filter(|hold| **hold == Hold::Keep).count() * kib.len();
    assert!((255 << 10..=256 << 10).contains(&held), "held {held}");
    assert_eq!(holds.last(), Some(&Hold::Over));
    let outcome = page.finish();
    assert_eq!((outcome.scan, outcome.decoded), (Scan::Start, 2 << 20));
}

#[test]
fn text_is_read_as_it_is_seen() {
    let set = small(&["nổ hũ"], Some(Folding::No));
    let found = |html: &str| {
        counts(&set, &HTML, html.as_bytes())
            .first()
            .map_or(0, |(_, n)| *n)
    };
    for seen in [
        "<p>nổ hũ</p>",
        "n<b>ổ</b> h<i class=\"a>b\">ũ</i>",
        "nổ<br>hũ",
        "nổ&nbsp;hũ",
        "n&#7893; h&#x169;",
        r"n\u1ed5 h\u0169",
        "nổ<!-- nothing -->\n hũ",
        "nổ <script>var a = '<p>';</script>hũ",
        "<style>nổ hũ</style>nổ hũ",
        "<SCRIPT>x</sCrIpT >nổ hũ",
        "NỔ HŨ",
        "nổ, hũ",
        "n.ổ h.ũ",
        "<title>nổ hũ</title>",
        "a < b nổ hũ",
        "<a href='x' title=>nổ hũ</a>",
        "<!doctype html>nổ hũ",
        "nổ h\u{200B}ũ",
        "nổ <noscript>hũ</noscript>",
    ] {
        assert_eq!(found(seen), 1, "{seen}");
    }
    for unseen in [
        "<script>nổ hũ</script>",
        "<style>nổ hũ",
        "<!-- nổ hũ -->",
        "<a title=\"nổ hũ\">x</a>",
        "nổ<p>x</p>hũ",
        "nổhũ",
        "nổ xa hũ",
        "no hu",
        "nỗ hủ",
    ] {
        assert_eq!(found(unseen), 0, "{unseen}");
    }
    // In JSON and plain text there are no tags.
    let json = PageHead {
        content_type: "application/json",
        kind: TextKind::Json,
        ..HTML
    };
    assert_eq!(
        counts(&set, &json, br#"["n\u1ed5 h\u0169","<script>"]"#).len(),
        1
    );
}

#[test]
fn folded_phrases_count_only_where_the_whole_text_has_no_marks() {
    let gated = small(&["cá độ"], None);
    assert_eq!(
        counts(&gated, &TEXT, b"ca do bong da toi nay"),
        [("cá độ".to_owned(), 1)]
    );
    assert!(counts(&gated, &TEXT, "ca do bóng đá tối nay ở đây".as_bytes()).is_empty());
    assert!(
        counts(&gated, &TEXT, b"ca do").is_empty(),
        "too short to tell"
    );
    let always = small(&["cá độ"], Some(Folding::Always));
    assert_eq!(
        counts(&always, &TEXT, "ca do bóng đá tối nay".as_bytes()).len(),
        1
    );
    let single = small(&["chó"], None);
    assert!(counts(&single, &TEXT, b"cho toi xin mot ly nuoc").is_empty());
}

#[test]
fn codings_are_told() {
    let outcome = read(&SHIPPED, &packed("gzip"), &gzip(b"<p>x</p>"));
    assert_eq!(outcome.codings, [Coding::Gzip]);
}
