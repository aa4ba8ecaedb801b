//! The real corpus beside the project, where it is there: every file is read, and the names it
//! blocks are counted as the corpus' own README counts them. Each difference has its reason here.
//!
//! Runs with `LACHAN_LISTS` pointing to the corpus, or with it at `../shared/lists`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use lachan_lists::convert::{convert, convert_ut1};
use lachan_lists::formats::ut1::{Part, Usage, read_part};
use lachan_lists::formats::{Collected, Format, Item, Reason};
use lachan_lists::input::ut1::{Category, Ut1};
use lachan_lists::input::{InputError, open};

/// Files whose count differs from the README's, or that have refused lines: the count, the refused
/// lines by reason, and why that is right. All other files agree and have none.
const DIFFERENCES: [(&str, u64, &str, &str); 10] = [
    (
        "adblock/abpvn_adguard.txt.zst",
        59,
        "exception 3 modifier 235 pattern 66 regex 2 wildcard 19",
        "mostly URL and script rules; the README counts every `||` line, 59 are bare `||name^`",
    ),
    (
        "adblock/hostsvn-adservers-all.txt.zst",
        8572,
        "wildcard 55",
        "`||ads*.name^`; its one exception lies below a blocked name and cannot be plain text",
    ),
    (
        "adblock/hostsvn-adult.txt.zst",
        22493,
        "",
        "three names without a dot (`xnxnet`), which the README leaves out; the compiler refuses them",
    ),
    (
        "adblock/hostsvn-gambling.txt.zst",
        64677,
        "",
        "fifteen names without a dot (`5156com`); one address, which is no name",
    ),
    (
        "adblock/ph00lt0.txt.zst",
        29499,
        "modifier 325 pattern 747 wildcard 23",
        "the README counts hosts of rules with modifiers and of cancelled ones; the other formats of \
         the same list hold 29,498",
    ),
    (
        "domains/chongluadao-urls-degraded-to-hosts.txt.zst",
        34352,
        "port 2",
        "109 lines are URLs, which are not cut to hosts; names in two spellings of one IDN",
    ),
    (
        "domains/shadowwhisperer-tlds.txt.zst",
        1300,
        "",
        "`.рф` and `.xn--p1ai` are one name",
    ),
    (
        "hosts/antiporn-4skin.hosts.zst",
        90881,
        "name-address 1",
        "an address as a name",
    ),
    (
        "hosts/pornaway-2021.hosts.zst",
        31163,
        "name-address 14",
        "addresses as names",
    ),
    (
        "hosts/sinfonietta-porn.hosts.zst",
        61157,
        "name-address 5",
        "addresses as names; `anitokyo.t` has a one-letter top-level domain, which the README drops",
    ),
];

/// Files that are no list of names or addresses, and why.
const NO_LISTS: [(&str, &str); 5] = [
    (
        "policy/",
        "CSV and text written for the project, read by `rules/`",
    ),
    ("popular/", "CSV of popular names, for impact reports"),
    ("psl/", "the public suffix list"),
    (
        "vn/",
        "CSV and text of Vietnamese names, for impact reports",
    ),
    ("licences/", "licence texts"),
];

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
    let path = std::env::var_os("LACHAN_LISTS").map_or_else(beside, PathBuf::from);
    path.join("README.md").is_file().then_some(path)
}

/// The table of the README: file and count. Archives, which have no count, are left out.
fn stated(corpus: &Path) -> Vec<(String, u64)> {
    let readme = std::fs::read_to_string(corpus.join("README.md")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let file = cells.next()?.to_owned();
        let count = cells.nth(1)?.parse().ok()?;
        Some((file, count))
    };
    readme.lines().filter_map(row).collect()
}

fn format(file: &str) -> Option<Format> {
    match file.split('/').next()? {
        "adblock" => Some(Format::AdBlock),
        "dnsmasq" => Some(Format::Dnsmasq),
        "domains" | "delta" => Some(Format::Domains),
        "hosts" => Some(Format::Hosts),
        "ip" => Some(Format::Addresses),
        "rpz" => Some(Format::Rpz),
        "unbound" => Some(Format::Unbound),
        _ => None,
    }
}

/// What is read from a file: the count, and the refused lines by reason. Public suffixes are
/// refused, and counted all the same, as the README does.
fn counted(path: &Path, format: Format) -> (u64, String) {
    let mut reasons = BTreeMap::new();
    let mut suffixes = BTreeSet::new();
    let report = convert(
        format,
        open(path).unwrap(),
        &mut std::io::sink(),
        |refused| {
            if refused.reason == Reason::PublicSuffix {
                suffixes.insert(refused.text.trim_start_matches(['*', '.', '=']).to_owned());
            } else {
                *reasons.entry(refused.reason.id()).or_insert(0) += 1;
            }
        },
    );
    let report = report.unwrap();
    let count = if format == Format::Addresses {
        report.summary.nets
    } else {
        report.written + suffixes.len() as u64
    };
    let reasons = reasons.iter().map(|(id, count)| format!("{id} {count}"));
    (count, reasons.collect::<Vec<_>>().join(" "))
}

fn check(corpus: &Path, file: &str, stated: u64) {
    let Some(format) = format(file) else {
        assert!(
            NO_LISTS.iter().any(|(folder, _)| file.starts_with(folder)),
            "{file} is not read"
        );
        return;
    };
    let difference = DIFFERENCES.iter().find(|(other, ..)| *other == file);
    let (count, refused) = difference.map_or((stated, ""), |row| (row.1, row.2));
    let why = difference.map_or("as the README counts", |row| row.3);
    assert_eq!(
        counted(&corpus.join(file), format),
        (count, refused.to_owned()),
        "{file}: {why}"
    );
}

#[test]
fn every_file_gives_the_names_its_readme_counts() {
    let Some(corpus) = corpus() else { return };
    let files = stated(&corpus);
    assert!(files.len() > 80, "the README's table was not understood");
    for (file, ..) in DIFFERENCES {
        assert!(
            files.iter().any(|(other, _)| other == file),
            "{file} is gone"
        );
    }
    let queue = Mutex::new(files);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().pop();
                    let Some((file, count)) = next else { return };
                    check(&corpus, &file, count);
                }
            });
        }
    });
}

#[test]
fn the_ut1_archive_is_read_category_by_category() {
    let Some(corpus) = corpus() else { return };
    let ut1 = Ut1::open(&corpus.join("ut1/ut1-2026-08-17.tar.zst")).unwrap();
    assert!(ut1.skipped().is_empty());
    let aliases = [
        ("porn", "adult"),
        ("ads", "publicite"),
        ("mail", "forums"),
        ("proxy", "redirector"),
    ];
    for (alias, name) in aliases {
        assert_eq!(ut1.find(alias).unwrap().name, name);
    }
    let usage = |name: &str| ut1.find(name).unwrap().usage;
    assert_eq!(
        usage("gambling"),
        Usage {
            black: true,
            white: false
        }
    );
    assert_eq!(
        usage("liste_bu"),
        Usage {
            black: false,
            white: true
        }
    );

    let count = |wanted: &str| {
        let wanted = |category: &Category| category.name == wanted;
        let mut suffixes = 0;
        let report = convert_ut1(&ut1, wanted, &mut std::io::sink(), |_, refused| {
            assert_eq!(refused.reason, Reason::PublicSuffix);
            suffixes += 1;
        });
        let report = report.unwrap();
        (report.written + suffixes, report.summary.nets)
    };
    // Names and addresses: together the lines of each file, none lost and none twice.
    assert_eq!(count("gambling"), (32_233, 14));
    assert_eq!(count("dating"), (6503, 1));
    assert_eq!(count("redirector"), (109_793, 22_530));
}

#[test]
fn ut1_urls_are_never_cut_to_hosts() {
    let Some(corpus) = corpus() else { return };
    let ut1 = Ut1::open(&corpus.join("ut1/ut1-2026-08-17.tar.zst")).unwrap();
    let mut found = Collected::default();
    let mut lines = 0;
    ut1.read(|_, part, reader| {
        if part == Part::Urls {
            lines += read_part(part, reader, &mut found).unwrap().lines;
        }
        Ok::<_, InputError>(())
    })
    .unwrap();
    let mut reasons = BTreeMap::new();
    for refused in &found.refused {
        *reasons.entry(refused.reason.id()).or_insert(0u64) += 1;
    }
    let hosts = found
        .items
        .iter()
        .filter(|(_, item)| !matches!(item, Item::Url { .. }));
    assert_eq!(hosts.count(), 0);
    assert_eq!((lines, found.items.len()), (43_341, 41_447));
    // Pages of one application told apart by `#` alone, and URLs on bare addresses.
    assert_eq!(
        reasons,
        BTreeMap::from([("fragment", 725), ("url-on-address", 1169)])
    );
}
