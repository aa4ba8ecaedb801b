//! The corpus, as sets of names.

use std::collections::HashSet;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use lachan_lists::input::open;
use lachan_policy::Name;

/// Lists of gambling names, with how much of what no shipped list knows is found at least, in
/// percent. The Vietnamese ones are the aim; of the world's, what casinos call themselves
/// everywhere, but not the Chinese ones, which are bare numbers, nor Indonesian spam on hijacked
/// hosts, whose names say nothing.
const POSITIVES: [(&str, &str, f64); 6] = [
    (
        "hostsVN, Viet Nam",
        "hosts/hostsvn-gambling-VN.hosts.zst",
        70.0,
    ),
    ("hostsVN, all", "domains/hostsvn-gambling.txt.zst", 10.0),
    (
        "ShadowWhisperer",
        "domains/shadowwhisperer-gambling.txt.zst",
        65.0,
    ),
    ("Sinfonietta", "hosts/sinfonietta-gambling.hosts.zst", 10.0),
    (
        "Skiddle, Indonesia",
        "domains/skiddle-id-gambling-part5.txt.zst",
        6.0,
    ),
    ("hostsVN, new within three weeks", "", 85.0),
];

/// The first and the last version of one list.
const VERSIONS: [&str; 2] = [
    "delta/hostsvn-gambling@2026-07-02-a60ec6d0.txt.zst",
    "delta/hostsvn-gambling@2026-07-23-83537ccd.txt.zst",
];

/// Sites that are gambling in truth, though they are popular and no gambling list of the corpus has
/// the host: looked at one by one. Those with "casino" in their name are not repeated here.
const GAMBLING_IN_TRUTH: [&str; 14] = [
    "247videopoker.org",
    "bet3000.de",
    "bet365.de",
    "bet365.nl",
    "betebet100.com",
    "bwin.de",
    "ggpoker.co.uk",
    "onebet360.eu",
    "taiibet88.com",
    "unibet.co.uk",
    "unibet.nl",
    "win79.tv",
    "winlinebet.ru",
    "yahoosportsbook.com",
];

/// Whether a site is gambling in truth.
pub(crate) fn is_gambling_in_truth(name: &Name) -> bool {
    let site = name.registrable().to_string();
    GAMBLING_IN_TRUTH.contains(&site.as_str()) || name.to_string().contains("casino")
}

/// The corpus on the disk.
pub(crate) struct Corpus {
    folder: PathBuf,
}

impl Corpus {
    /// The corpus, or a word that it is not there.
    pub(crate) fn find() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
        let folder = std::env::var_os("LACHAN_LISTS").map_or_else(beside, PathBuf::from);
        if folder.join("README.md").is_file() {
            return Some(Self { folder });
        }
        println!("NOT MEASURED: the lists are not at {}", folder.display());
        None
    }

    /// The names of a file: the last word of each line that is one, or the first cell of a CSV.
    fn names(&self, file: &str) -> HashSet<Name> {
        let reader = open(&self.folder.join(file)).unwrap();
        let lines = reader.lines().map_while(Result::ok);
        let is_csv = file.contains(".csv");
        let name = |line: String| {
            let word = if is_csv {
                line.split(',').next()?
            } else {
                line.split('#').next()?.split_whitespace().last()?
            };
            let name = Name::from_text(word.trim_start_matches("www.")).ok()?;
            (name.label_count() > 1).then_some(name)
        };
        lines.filter_map(name).collect()
    }

    /// What any gambling list has, and the site of each.
    pub(crate) fn gambling(&self) -> HashSet<Name> {
        let files = POSITIVES.iter().map(|(_, file, _)| *file);
        let mut all = HashSet::new();
        for file in files.filter(|file| !file.is_empty()) {
            all.extend(self.names(file));
        }
        all.extend(super::shipped_of("base/gambling"));
        all
    }

    /// Lists of gambling names.
    pub(crate) fn positives(&self) -> Vec<(&'static str, HashSet<Name>)> {
        let names = |(title, file, _): &(&'static str, &str, f64)| {
            let names = if file.is_empty() {
                let [first, last] = VERSIONS.map(|version| self.names(version));
                last.difference(&first).copied().collect()
            } else {
                self.names(file)
            };
            (*title, names)
        };
        POSITIVES.iter().map(names).collect()
    }

    /// Names of sites nobody suspects.
    pub(crate) fn unsuspicious(&self) -> Vec<(&'static str, HashSet<Name>)> {
        let popular = self.names("popular/popular-clean.csv.zst");
        let is_school = |name: &&Name| {
            let labels = name.labels().collect::<Vec<_>>();
            labels
                .iter()
                .rev()
                .take(2)
                .any(|label| *label == b"edu" || *label == b"ac")
        };
        let schools = popular.iter().filter(is_school).copied().collect();
        let mut vietnamese = self.names("vn/vn-domains.txt");
        vietnamese.extend(self.names("vn/vn-curated.csv"));
        vec![
            ("popular", popular),
            ("Viet Nam", vietnamese),
            (
                "shipped, but for gambling",
                super::shipped_but("base/gambling"),
            ),
            ("schools", schools),
        ]
    }

    /// Popular names, for the cost.
    pub(crate) fn popular(&self) -> HashSet<Name> {
        self.names("popular/popular-clean.csv.zst")
    }

    /// Names that typists and swindlers made of popular ones.
    pub(crate) fn misspelt(&self) -> HashSet<Name> {
        self.names("domains/shadowwhisperer-typo.txt.zst")
    }

    /// Names that a Vietnamese register of swindles has.
    pub(crate) fn swindles(&self) -> HashSet<Name> {
        self.names("domains/chongluadao-urls-degraded-to-hosts.txt.zst")
    }
}

/// How much of a list is found at least, in percent.
pub(crate) fn least_found(title: &str) -> f64 {
    let known = POSITIVES.iter().find(|(own, ..)| *own == title);
    known.map_or(0.0, |(.., least)| *least)
}
