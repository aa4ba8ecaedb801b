//! A school's box: the built `lachan` with a real settings file, a ruleset that it compiled itself
//! of the shipped rules and the generated lists, and a database with groups.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Context, Doors};

/// A name that only rulesets of [`School::has_marker`] hold.
pub(crate) const MARKER: &str = "marker.lachan-bench-swap.com";
/// Categories that are closed for every tier of [`TIERS`].
const CATEGORIES: [&str; 12] = [
    "adult", "gambling", "malware", "scam", "ads", "piracy", "hacking", "drugs", "weapons",
    "violence", "loans", "bypass",
];
/// Tiers of the groups, in turn.
const TIERS: [&str; 2] = ["thcs", "thpt"];

/// A school.
#[derive(Debug, Clone, Copy)]
pub(crate) struct School {
    /// What its folder is called.
    pub(crate) title: &'static str,
    /// How many of the listed names its lists have.
    pub(crate) names: usize,
    /// How many lists they are spread over.
    pub(crate) lists: usize,
    /// Groups of devices; the n-th has 127.0.n.0/24.
    pub(crate) groups: u8,
    /// Whether it listens on all addresses, as the shipped settings have it.
    pub(crate) listens_everywhere: bool,
    /// Whether its lists hold [`MARKER`].
    pub(crate) has_marker: bool,
}

impl School {
    /// An ordinary one.
    pub(crate) fn of(title: &'static str, names: usize) -> Self {
        Self {
            title,
            names,
            lists: 24,
            groups: 20,
            listens_everywhere: false,
            has_marker: false,
        }
    }

    /// The same names in twice the lists, for twice the groups.
    pub(crate) fn twice(&self) -> Self {
        Self {
            title: "twice",
            lists: 2 * self.lists,
            groups: 2 * self.groups,
            ..*self
        }
    }

    /// The same with [`MARKER`].
    pub(crate) fn marked(&self) -> Self {
        Self {
            has_marker: true,
            ..*self
        }
    }
}

/// What a school has beside plain DNS.
pub(super) enum More<'m> {
    /// As little as there can be; the pages are where the settings have them.
    Nothing,
    /// Encrypted listeners.
    Doors(&'m Doors<'m>),
    /// Pages at this address, for which this machine is the management side.
    Pages(SocketAddr),
}

/// Writes settings, puts the ruleset in its place and fills the database; gives the settings file.
pub(super) fn set_up(
    context: &Context<'_>,
    school: &School,
    place: &Path,
    address: SocketAddr,
    more: &More<'_>,
) -> PathBuf {
    let mut listen = address;
    if school.listens_everywhere {
        listen.set_ip([0, 0, 0, 0].into());
    }
    let mut text = format!(
        "version = \"v1\"\n[paths]\ndata = \"{}\"\nrules = \"{}\"\n\
         [resolver]\nlisten = [\"{listen}\"]\nupstreams = [\"{}\"]\n",
        place.display(),
        context.rules.display(),
        context.upstream,
    );
    if let More::Doors(Doors { dot, doh, papers }) = more {
        let (chain, key) = (papers.chain.display(), papers.key.display());
        let _ = write!(
            text,
            "listen-dot = [\"{dot}\"]\nlisten-doh = [\"{doh}\"]\n\
             [resolver.tls]\ncert = \"{chain}\"\nkey = \"{key}\"\n"
        );
    }
    if let More::Pages(pages) = more {
        let _ = write!(
            text,
            "[web]\nlisten = [\"{pages}\"]\nmanagement = [\"127.0.0.0/8\"]\n"
        );
    }
    let config = place.join("lachan.toml");
    fs::write(&config, text).unwrap();
    fs::create_dir_all(place.join("lists")).unwrap();
    // A ruleset is never written to, so that a second name for it is as good as a copy.
    fs::hard_link(context.ruleset(school), ruleset_in(place)).unwrap();
    import_groups(context, school, place, &config);
    config
}

fn ruleset_in(place: &Path) -> PathBuf {
    place.join("lists/current.ruleset")
}

impl Context<'_> {
    /// Replaces a school's ruleset by that of another, as `lists compile` does: at once.
    pub(crate) fn replace_ruleset(&self, of: &School, by: &School) {
        let place = self.folder.join(format!("lachan-{}", of.title));
        let beside = place.join("lists/next.ruleset");
        let _ = fs::remove_file(&beside);
        fs::hard_link(self.ruleset(by), &beside).unwrap();
        fs::rename(&beside, ruleset_in(&place)).unwrap();
    }

    /// The compiled ruleset of a school; another of the same names and lists has the same.
    pub(crate) fn ruleset(&self, school: &School) -> PathBuf {
        let folder = self.folder.join("rulesets");
        fs::create_dir_all(&folder).unwrap();
        let marked = if school.has_marker { "-marked" } else { "" };
        let title = format!("{}-in-{}{marked}.ruleset", school.names, school.lists);
        let file = folder.join(title);
        if file.exists() {
            return file;
        }
        let (listed, names) = (self.corpus.listed.len(), school.names);
        assert!(listed >= names, "{names} names are needed, {listed} made");
        crate::note(&format!(
            "compiling {} names in {} lists",
            names, school.lists
        ));
        let lists = self.place("lists");
        self.write_lists(school, &lists);
        run(Command::new(&self.program)
            .args(["lists", "compile", "--rules"])
            .arg(&self.rules)
            .arg("--manifest")
            .arg(lists.join("manifest.toml"))
            .arg("--out")
            .arg(&file));
        file
    }

    /// Spreads names over lists by turns that are no pattern, and writes the manifest of them.
    fn write_lists(&self, school: &School, folder: &Path) {
        let mut manifest = String::new();
        let mut files = Vec::new();
        for number in 0..school.lists {
            let category = CATEGORIES[number % CATEGORIES.len()];
            let _ = write!(
                manifest,
                "[[list]]\nid = \"list-{number}\"\npath = \"{number}.txt\"\nformat = \"domains\"\n\
                 category = \"{category}\"\nsource = \"generated\"\nlicence = \"Apache-2.0\"\n"
            );
            let file = File::create(folder.join(format!("{number}.txt"))).unwrap();
            files.push(BufWriter::new(file));
        }
        fs::write(folder.join("manifest.toml"), manifest).unwrap();
        for (index, name) in self.corpus.listed.iter().take(school.names).enumerate() {
            let list = index * 7919 / 64 % files.len();
            writeln!(files[list], "{name}").unwrap();
        }
        if school.has_marker {
            writeln!(files[0], "{MARKER}").unwrap();
        }
        for mut file in files {
            file.flush().unwrap();
        }
    }
}

fn import_groups(context: &Context<'_>, school: &School, place: &Path, config: &Path) {
    let mut table = String::from("name,tier,subnets\n");
    for number in 1..=school.groups {
        let tier = TIERS[usize::from(number) % TIERS.len()];
        let _ = writeln!(table, "group {number},{tier},127.0.{number}.0/24");
    }
    let file = place.join("groups.csv");
    fs::write(&file, table).unwrap();
    run(Command::new(&context.program)
        .args(["groups", "import"])
        .arg(file)
        .arg("--config")
        .arg(config));
}

/// Runs a command to its end; says what it said when it fails.
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
