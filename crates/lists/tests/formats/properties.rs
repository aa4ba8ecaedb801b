//! What must hold for any bytes whatever.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use lachan_lists::convert::convert;
use lachan_lists::formats::ut1::{Part, read_part};
use lachan_lists::formats::{Collected, EXCERPT, Format, Summary, read};
use proptest::prelude::*;

/// Lines as they occur, whole and broken, so that parsers are reached and not only refusals.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "a.vn",
        "b.a.vn",
        "*.",
        "*",
        "=",
        ".",
        "||",
        "^",
        "$important",
        "$badfilter",
        ",",
        "@@",
        "##",
        "#",
        " # ",
        "0.0.0.0 ",
        "127.0.0.1\t",
        "192.0.2.7",
        "/24",
        "-",
        "::1",
        "http://",
        "/",
        "path?q=1",
        "CNAME .",
        " CNAME rpz-passthru.",
        ".rpz-ip",
        "$ORIGIN ",
        "$TTL 1",
        "SOA",
        "(",
        ")",
        "\"",
        "'",
        ";",
        "address=/",
        "server=/",
        "local-zone: ",
        "local-data: ",
        " redirect",
        " static",
        " A 0.0.0.0",
        "@",
        ":80",
        "\u{feff}",
        "ệ",
        "\\",
        "|",
        "!",
        "[",
        "]",
        " ",
        "\t",
    ]);
    let sensible = prop::collection::vec(pieces, 0..8).prop_map(|all| all.concat().into_bytes());
    let random = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![4 => sensible, 1 => random]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let end = prop::sample::select(vec![&b"\n"[..], b"\r\n", b"\n\n"]);
    let lines = prop::collection::vec((line(), end), 0..20);
    lines.prop_map(|lines| {
        let joined = lines
            .into_iter()
            .map(|(line, end)| [line.as_slice(), end].concat());
        joined.collect::<Vec<_>>().concat()
    })
}

fn collect(format: Format, input: impl Read) -> (Collected, Summary) {
    let mut found = Collected::default();
    let summary = read(format, BufReader::with_capacity(3, input), &mut found).unwrap();
    (found, summary)
}

proptest! {
    #[test]
    fn no_input_panics_and_counts_agree(bytes in file()) {
        for format in Format::ALL {
            let (found, summary) = collect(format, bytes.as_slice());
            let lines = bytes.split_inclusive(|byte| *byte == b'\n').count() as u64;
            prop_assert_eq!(summary.lines, lines);
            prop_assert_eq!(summary.items(), found.items.len() as u64);
            prop_assert_eq!(summary.refused, found.refused.len() as u64);
            prop_assert!(found.items.iter().all(|(line, _)| (1..=lines).contains(line)));
            for refused in &found.refused {
                prop_assert!((1..=lines).contains(&refused.line));
                prop_assert!(!refused.to_string().contains(char::is_control));
                prop_assert!(refused.text.chars().count() <= EXCERPT * 10 + 1);
            }
        }
    }

    #[test]
    fn streaming_equals_reading_whole(bytes in file()) {
        for format in Format::ALL {
            let mut whole = Collected::default();
            read(format, bytes.as_slice(), &mut whole).unwrap();
            prop_assert_eq!(collect(format, bytes.as_slice()).0, whole);
        }
    }

    #[test]
    fn every_line_is_told_of(bytes in file()) {
        // In formats without memory every line is an entry, refused, or counted as passed over.
        for format in [Format::Hosts, Format::Domains, Format::AdBlock, Format::Addresses] {
            let (found, summary) = collect(format, bytes.as_slice());
            let items = found.items.iter().map(|(line, _)| *line);
            let refused = found.refused.iter().map(|refused| refused.line);
            let lines = items.chain(refused).collect::<BTreeSet<_>>().len() as u64;
            let told = lines + summary.comments + summary.blank + summary.cosmetic;
            // A name of the machine itself may fill a line, or stand beside others.
            prop_assert!(told <= summary.lines && summary.lines <= told + summary.own_hosts);
        }
    }

    #[test]
    fn lines_before_a_line_move_its_number_only(first in line(), count in 1usize..5) {
        let text = String::from_utf8_lossy(&first).replace(['\n', '\r'], "");
        for format in [Format::Hosts, Format::Domains, Format::AdBlock, Format::Dnsmasq] {
            let (alone, _) = collect(format, text.as_bytes());
            let moved = format!("{}{text}", "\n".repeat(count));
            let (moved, _) = collect(format, moved.as_bytes());
            let numbers = |found: &Collected| {
                let items = found.items.iter().map(|(line, _)| *line);
                items.chain(found.refused.iter().map(|refused| refused.line)).collect::<Vec<_>>()
            };
            let expected = numbers(&alone).iter().map(|line| line + count as u64).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&moved), expected);
        }
    }

    #[test]
    fn what_convert_writes_reads_back_as_itself(bytes in file()) {
        for format in Format::ALL {
            let mut once = Vec::new();
            convert(format, bytes.as_slice(), &mut once, |_| {}).unwrap();
            let mut twice = Vec::new();
            let report = convert(Format::Domains, once.as_slice(), &mut twice, |_| {}).unwrap();
            prop_assert_eq!(report.summary.refused, 0);
            prop_assert_eq!(&once, &twice);
            prop_assert!(once.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).is_sorted());
        }
    }

    #[test]
    fn no_ut1_part_panics(bytes in file()) {
        for part in Part::ALL {
            read_part(part, bytes.as_slice(), &mut Collected::default()).unwrap();
        }
    }
}
