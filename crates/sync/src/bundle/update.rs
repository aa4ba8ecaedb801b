//! One update: every list the department publishes, each by the cheapest way that gives the signed
//! content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use lachan_lists::canonical::{self, Kind, ReadError};
use lachan_lists::delta::{self, Expected, MOST_LENGTH};
use lachan_wire::fleet::MOST_LISTS;
use lachan_wire::tuf::list::ListClass;
use lachan_wire::tuf::list::{self, About, Custom};
use lachan_wire::tuf::{KeyRole, Target};

use super::generation::{BundleError, Bundles, Generation, Held, file_name, io_error, sync};
use super::hold::{Hold, Step, why};
use super::unpack::{beside, unpacked};
use crate::tuf::{Client, Disk, DownloadError, Downloaded, Fetch};

/// The role of lists, and the one whose keys approve mass changes.
const LISTS: &str = "lists";
const APPROVAL: &str = "approval";
/// Longest delta, in bytes.
const MOST_DELTA: u64 = 16 << 20;
/// How hard a list is compressed on the box: fast, for it only lies there.
const LEVEL: i32 = 3;

/// How a list came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is the one from before.
    Same,
    /// By a delta of so many bytes.
    Delta {
        /// Bytes fetched.
        bytes: u64,
        /// Entries added.
        added: u64,
        /// Entries removed.
        removed: u64,
    },
    /// Whole, by so many bytes.
    Full {
        /// Bytes fetched.
        bytes: u64,
    },
}

/// What an update is made for.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The version of the snapshot that the client trusts.
    pub snapshot: u64,
    /// The time, in Unix seconds, for telling since when a list is held back.
    pub now: i64,
    /// Whether this program knows a category by its id.
    pub knows: &'a (dyn Fn(&str) -> bool + Sync),
}

/// One list of the new generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// How it came.
    pub how: How,
    /// Entries before; `None` for a new list.
    pub before: Option<u64>,
    /// Entries now.
    pub after: u64,
    /// Lines that went.
    pub removed: u64,
    /// Lines that came.
    pub added: u64,
    /// What it was; `None` for a new list.
    pub was: Option<About>,
    /// What it is.
    pub is: About,
    /// Whether the department's offline keys approved exactly this version: a mass change is then not
    /// held (DESIGN.md, invariant 5).
    pub is_approved: bool,
}

impl Change {
    /// Whether anything but names for people differs.
    #[must_use]
    pub fn is_different(&self) -> bool {
        let was = self.was.as_ref();
        !was.is_some_and(|was| was.means_the_same(&self.is))
    }

    /// The classes before and after, where they differ.
    #[must_use]
    pub fn class_change(&self) -> Option<(ListClass, ListClass)> {
        let was = self.was.as_ref()?.class;
        (was != self.is.class).then_some((was, self.is.class))
    }

    /// The categories before and after, where they differ.
    #[must_use]
    pub fn category_change(&self) -> Option<(&str, &str)> {
        let was = self.was.as_ref()?.category.as_str();
        (was != self.is.category).then_some((was, &self.is.category))
    }

    fn hold(&self) -> Option<Hold> {
        if self.is_approved {
            return None;
        }
        let step = Step {
            before: self.was.as_ref(),
            after: Some(&self.is),
            removed: self.removed,
            added: self.added,
        };
        let is_sealed = |about: &About| about.class == ListClass::Sealed;
        held(
            &self.id,
            is_sealed(&self.is) || self.was.as_ref().is_some_and(is_sealed),
            step,
        )
    }
}

fn held(list: &str, is_sealed: bool, step: Step<'_>) -> Option<Hold> {
    let why = why(step);
    (!why.is_empty()).then(|| Hold {
        list: list.to_owned(),
        is_sealed,
        why,
    })
}

/// Why a list is not as the repository wants it.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// Its name is no list's.
    #[error("this is no list's name")]
    Name,
    /// What is said of it cannot be read.
    #[error("what is said of it cannot be read")]
    Custom(#[source] Option<serde_json::Error>),
    /// A class that comes with the program only.
    #[error("a list of this class comes with the program only")]
    Class,
    /// A category that this program does not know: it is of a later one.
    #[error("this program does not know the category {0:?}")]
    Category(String),
    /// An earlier version than the one that serves, or other content under the same one.
    #[error("version {offered} cannot follow version {enforced}")]
    Version {
        /// The version that serves.
        enforced: u64,
        /// The one that was published.
        offered: u64,
    },
    /// Longer than a list may be.
    #[error("it is longer than a list may be")]
    TooLong,
    /// More lists than a box takes.
    #[error("there are more than {MOST_LISTS} lists")]
    TooMany,
    /// It did not come.
    #[error("it did not come")]
    Download(#[source] DownloadError),
    /// What came is no canonical list.
    #[error("it is no canonical list")]
    Form(#[source] ReadError),
    /// What came is not what was signed.
    #[error("its content is not what was signed")]
    Content,
}

/// A list that could not be taken. The version from before stays, where there is one.
#[derive(Debug)]
pub struct Problem {
    /// Its path in the repository.
    pub path: String,
    /// The list's id; `None` when the path is no list's.
    pub list: Option<String>,
    /// The version that stays and is enforced; `None` when the list is left out.
    pub enforced: Option<u64>,
    /// Since when it is held back, in Unix seconds: over updates, whatever the reason of each.
    pub since: i64,
    /// Why.
    pub reason: Reason,
}

/// A generation to be compiled and tried.
#[derive(Debug)]
pub struct Prepared {
    /// The generation.
    pub generation: Generation,
    /// Every list of it.
    pub changes: Vec<Change>,
    /// Lists of the one before that are there no more. Those of them that had entries are in
    /// [`Prepared::holds`].
    pub dropped: Vec<Held>,
    /// Lists that could not be taken.
    pub problems: Vec<Problem>,
    /// The snapshot that the generation enforces once it serves; `None` as long as a problem stands.
    pub enforces: Option<u64>,
}

impl Prepared {
    /// Every list that must not serve as it is now before the department has approved it or a person at
    /// the school has decided, and why: changed ones and dropped ones. A department drops a list by an
    /// approved version without entries; after that it may vanish.
    #[must_use = "what is held must not be accepted"]
    pub fn holds(&self) -> Vec<Hold> {
        let dropped = self.dropped.iter().filter_map(|old| {
            let step = Step {
                before: Some(&old.about),
                after: None,
                removed: old.about.entries,
                added: 0,
            };
            held(&old.id, old.about.class == ListClass::Sealed, step)
        });
        let changed = self.changes.iter().filter_map(Change::hold);
        changed.chain(dropped).collect()
    }

    /// Whether anything differs from the generation that serves, so that it must be compiled and tried.
    /// One that does not differ may be accepted at once, and should be: it says which snapshot is
    /// enforced.
    #[must_use]
    pub fn is_different(&self) -> bool {
        !self.dropped.is_empty() || self.changes.iter().any(Change::is_different)
    }

    /// Bytes of lists and deltas that were fetched.
    #[must_use]
    pub fn fetched(&self) -> u64 {
        let bytes = |change: &Change| match change.how {
            How::Same => 0,
            How::Delta { bytes, .. } | How::Full { bytes } => bytes,
        };
        self.changes.iter().map(bytes).sum()
    }
}

/// Makes the generation of what a refreshed client trusts. Unpacking, hashing and reading of lists,
/// seconds of work for millions of names, happen beside the runtime's own threads.
///
/// # Errors
/// [`BundleError`]: the role of lists cannot be trusted, or the disk. A single list that fails is a
/// [`Problem`], and the one from before stays in its place.
pub async fn update<F: Fetch, D: Disk>(
    client: &mut Client<F, D>,
    bundles: &Bundles,
    wish: &Wish<'_>,
) -> Result<Prepared, BundleError> {
    let targets = client.role(LISTS).await?.ok_or(BundleError::NoLists)?;
    let before = bundles.current();
    let next = bundles.begin()?;
    let arriving: Vec<String> = targets
        .values()
        .filter_map(part_name)
        .map(str::to_owned)
        .collect();
    bundles.keep_parts(&arriving)?;
    let known = bundles.behind();
    let signers = signers(client);
    // As for timestamp and snapshot (5.3.11): whoever had a key that was taken away may have driven the
    // versions of lists to the end, and new ones must be able to follow.
    let gone = before
        .as_ref()
        .filter(|before| !before.signers.is_subset(&signers));
    let rotated = gone.map(|before| before.signers.clone());
    let (mut changes, mut problems, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for (path, target) in &targets {
        let id = list::id_of(path);
        let old = id.and_then(|id| before.as_ref()?.list(id));
        let wanted = if lists.len() < MOST_LISTS {
            wanted(path, target, old.filter(|_| rotated.is_none()), wish)
        } else {
            Err(Reason::TooMany)
        };
        let made = match wanted {
            Ok((id, custom)) => {
                let one = One {
                    client,
                    bundles,
                    before: before.as_ref(),
                    next: &next,
                    id,
                    path,
                    target,
                    about: &custom.list,
                };
                let how = one.bring(old).await?;
                how.map(|brought| (id, custom, brought))
            }
            Err(reason) => Err(reason),
        };
        match made {
            Ok((id, custom, brought)) => {
                changes.push(Change {
                    id: id.to_owned(),
                    how: brought.how,
                    before: old.map(|old| old.about.entries),
                    after: custom.list.entries,
                    removed: brought.removed,
                    added: brought.added,
                    was: old.map(|old| old.about.clone()),
                    is: custom.list.clone(),
                    is_approved: is_approved(client, id, &custom),
                });
                lists.push(Held {
                    id: id.to_owned(),
                    about: custom.list,
                });
            }
            Err(reason) => {
                // What an earlier program cannot compile any more is left out, and told as dropped.
                let kept = old.filter(|old| (wish.knows)(&old.about.category));
                problems.push(Problem {
                    path: path.clone(),
                    list: id.map(str::to_owned),
                    enforced: kept.map(|kept| kept.about.version),
                    since: known.get(path).copied().unwrap_or(wish.now),
                    reason,
                });
                if let (Some(old), Some(before)) = (kept, &before) {
                    let (from, to) = (before.file(&old.id), next.join(file_name(&old.id)));
                    let linked = beside(move || link(&from, &to)).await;
                    linked.map_err(io_error(&next))?;
                    changes.push(unchanged(old));
                    lists.push(old.clone());
                }
            }
        }
    }
    let behind: BTreeMap<String, i64> = problems
        .iter()
        .map(|problem| (problem.path.clone(), problem.since))
        .collect();
    bundles.keep_behind(&behind)?;
    let olds = before.iter().flat_map(|before| &before.lists);
    let dropped = olds
        .filter(|old| lists.iter().all(|list| list.id != old.id))
        .cloned()
        .collect();
    let is_whole = problems.is_empty();
    // A list that could not come yet must be able to follow the next time.
    let signers = rotated.filter(|_| !is_whole).unwrap_or(signers);
    let generation = bundles.finish(&next, wish.snapshot, is_whole, signers, lists)?;
    Ok(Prepared {
        enforces: generation.enforced(),
        generation,
        changes,
        dropped,
        problems,
    })
}

/// The list from before, which stays.
fn unchanged(old: &Held) -> Change {
    Change {
        id: old.id.clone(),
        how: How::Same,
        before: Some(old.about.entries),
        after: old.about.entries,
        removed: 0,
        added: 0,
        was: Some(old.about.clone()),
        is: old.about.clone(),
        is_approved: false,
    }
}

/// What a target must be to be a list, and to follow the one that serves.
fn wanted<'t>(
    path: &'t str,
    target: &Target,
    old: Option<&Held>,
    wish: &Wish<'_>,
) -> Result<(&'t str, Custom), Reason> {
    let id = list::id_of(path).ok_or(Reason::Name)?;
    let custom = target.custom.as_ref().ok_or(Reason::Custom(None))?;
    let custom = Custom::read(custom).map_err(|error| Reason::Custom(Some(error)))?;
    if !list::may_travel(custom.list.class) {
        return Err(Reason::Class);
    }
    if !(wish.knows)(&custom.list.category) {
        return Err(Reason::Category(custom.list.category));
    }
    if custom.list.length > MOST_LENGTH || target.length > MOST_LENGTH {
        return Err(Reason::TooLong);
    }
    if let Some(old) = old.filter(|old| !custom.list.follows(&old.about)) {
        return Err(Reason::Version {
            enforced: old.about.version,
            offered: custom.list.version,
        });
    }
    Ok((id, custom))
}

/// Ids of the keys that are trusted with lists.
fn signers<F: Fetch, D: Disk>(client: &Client<F, D>) -> BTreeSet<String> {
    let delegations = client
        .targets()
        .and_then(|targets| targets.delegations.as_ref());
    let role = delegations.and_then(|delegations| delegations.role(LISTS));
    role.iter()
        .flat_map(|role| role.signers.keyids.iter().cloned())
        .collect()
}

fn is_approved<F: Fetch, D: Disk>(client: &Client<F, D>, id: &str, custom: &Custom) -> bool {
    let delegations = client
        .targets()
        .and_then(|targets| targets.delegations.as_ref());
    delegations.is_some_and(|delegations| {
        let role = delegations
            .role(APPROVAL)
            .map(|role| KeyRole::from(&role.signers));
        role.is_some_and(|role| list::is_approved(id, custom, &delegations.keys, &role))
    })
}

/// A list that came.
struct Brought {
    how: How,
    removed: u64,
    added: u64,
}

/// One list on its way.
struct One<'a, F, D> {
    client: &'a Client<F, D>,
    bundles: &'a Bundles,
    before: Option<&'a Generation>,
    next: &'a Path,
    id: &'a str,
    path: &'a str,
    target: &'a Target,
    about: &'a About,
}

impl<F: Fetch, D: Disk> One<'_, F, D> {
    async fn bring(&self, old: Option<&Held>) -> Result<Result<Brought, Reason>, BundleError> {
        let place = self.next.join(file_name(self.id));
        let base = old.and_then(|old| {
            let file = self.before?.file(self.id);
            // Lines of an open list mean nothing in a sealed one: such a list is read anew.
            (kind_of(&old.about) == kind_of(self.about)).then_some((old, file))
        });
        if let Some((old, file)) = &base {
            if old.about.sha256 == self.about.sha256 {
                let (from, to) = (file.clone(), place.clone());
                // The disk may have lost it all the same; then it comes anew.
                if beside(move || link(&from, &to)).await.is_ok() {
                    return Ok(Ok(Brought {
                        how: How::Same,
                        removed: 0,
                        added: 0,
                    }));
                }
            } else if let Some(brought) = self.by_delta(file, &old.about, &place).await? {
                return Ok(Ok(brought));
            }
        }
        let how = match self.full(&place).await? {
            Ok(how) => how,
            Err(reason) => return Ok(Err(reason)),
        };
        // What cannot be compared any more counts as all gone and all new.
        let all = (old.map_or(0, |old| old.about.entries), self.about.entries);
        let counted = match base {
            Some((old, file)) => {
                let (old, new) = (old.about.length, self.about.length);
                beside(move || compare(&file, old, &place, new)).await.ok()
            }
            None => None,
        };
        let (removed, added) = counted.unwrap_or(all);
        Ok(Ok(Brought {
            how,
            removed,
            added,
        }))
    }

    /// `None` when there is no delta, or it does not lead to the signed list: nobody vouches for deltas,
    /// so that is no alarm.
    async fn by_delta(
        &self,
        file: &Path,
        old: &About,
        place: &Path,
    ) -> Result<Option<Brought>, BundleError> {
        let path = list::delta_path(self.id, &old.sha256, &self.about.sha256);
        // One that is no smaller than the list is of no use.
        let most = self.target.length.min(MOST_DELTA);
        let (Some(from), Some(to)) = (info(old), info(self.about)) else {
            return Ok(None);
        };
        let Ok(bytes) = self.client.extra(&path, most).await else {
            return Ok(None);
        };
        let length = bytes.len() as u64;
        let (file, out) = (file.to_owned(), place.to_owned());
        let expected = Expected { from, to };
        let applied = beside(move || apply(&file, &bytes, &out, &expected))
            .await
            .map_err(io_error(place))?;
        Ok(applied.map(|applied| Brought {
            how: How::Delta {
                bytes: length,
                added: applied.added,
                removed: applied.removed,
            },
            removed: applied.removed,
            added: applied.added,
        }))
    }

    async fn full(&self, place: &Path) -> Result<Result<How, Reason>, BundleError> {
        let Some(hash) = part_name(self.target) else {
            return Ok(Err(Reason::Download(DownloadError::UnknownHash)));
        };
        let part = self.bundles.part(hash);
        let bytes = match self.client.download(self.path, self.target, &part).await {
            Ok(Downloaded::Fetched(bytes)) => bytes,
            Ok(Downloaded::Kept) => 0,
            Err(DownloadError::Write { path, source }) => {
                return Err(BundleError::Io { path, source });
            }
            Err(error) => return Ok(Err(Reason::Download(error))),
        };
        let (arrived, about) = (part.clone(), self.about.clone());
        let checked = beside(move || Ok(check(&arrived, &about))).await;
        let checked = checked.map_err(io_error(&part))?;
        if checked.is_ok() {
            fs::rename(&part, place).map_err(io_error(place))?;
        } else {
            fs::remove_file(&part).map_err(io_error(&part))?;
        }
        Ok(checked.map(|()| How::Full { bytes }))
    }
}

/// Writes the new list to `place`; `None`, and nothing there, when the delta does not lead to it.
fn apply(
    file: &Path,
    delta: &[u8],
    place: &Path,
    expected: &Expected,
) -> io::Result<Option<delta::Applied>> {
    let Ok(base) = unpacked(file, expected.from.length) else {
        return Ok(None);
    };
    let out = File::create(place)?;
    let mut out = zstd::Encoder::new(BufWriter::new(out), LEVEL)?;
    let applied = delta::apply(BufReader::new(base), delta, &mut out, expected);
    let flushed = out.finish().and_then(|mut out| out.flush());
    match applied {
        Ok(applied) => {
            flushed?;
            sync(place)?;
            Ok(Some(applied))
        }
        Err(delta::ApplyError::Write(source)) => Err(source),
        Err(_) => {
            fs::remove_file(place)?;
            Ok(None)
        }
    }
}

/// The uncompressed list must be canonical, and the one that was signed.
fn check(place: &Path, about: &About) -> Result<(), Reason> {
    let of_io = |error| Reason::Form(ReadError::Io(error));
    let packed = unpacked(place, about.length).map_err(of_io)?;
    // One byte more than signed is enough to see that it is another list.
    let plain = BufReader::new(io::Read::take(packed, about.length.saturating_add(1)));
    let found = canonical::read(kind_of(about), plain, |_, _| {}).map_err(Reason::Form)?;
    if Some(found) == info(about) {
        Ok(())
    } else {
        Err(Reason::Content)
    }
}

/// Lines that went and came between two packed lists.
fn compare(old: &Path, old_length: u64, new: &Path, new_length: u64) -> io::Result<(u64, u64)> {
    let (old, new) = (unpacked(old, old_length)?, unpacked(new, new_length)?);
    canonical::difference(BufReader::new(old), BufReader::new(new))
}

/// What lines a list has.
fn kind_of(about: &About) -> Kind {
    if about.class == ListClass::Sealed {
        Kind::Sealed
    } else {
        Kind::Open
    }
}

/// What the canonical list is known by; `None` when the hash is none.
fn info(about: &About) -> Option<canonical::Info> {
    Some(canonical::Info {
        entries: about.entries,
        length: about.length,
        sha256: sha256(&about.sha256)?,
    })
}

/// The name under which a target arrives: its hash, where that can be a file's name.
fn part_name(target: &Target) -> Option<&str> {
    let hash = target.hashes.get("sha256")?;
    sha256(hash).map(|_| hash.as_str())
}

fn sha256(hex: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}

/// The same file in two generations; a copy where the file system has no links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    sync(to)
}

/// By id, for those who compare.
impl Prepared {
    /// The changes by the list's id.
    #[must_use]
    pub fn by_id(&self) -> BTreeMap<&str, &Change> {
        self.changes
            .iter()
            .map(|change| (change.id.as_str(), change))
            .collect()
    }
}
