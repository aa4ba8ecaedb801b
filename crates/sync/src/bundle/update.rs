//! One update: every list the department publishes, each by the cheapest way that gives the signed
//! content.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use lachan_lists::canonical::{self, Kind, ReadError};
use lachan_lists::delta::{self, MOST_LENGTH};
use lachan_wire::fleet::MOST_LISTS;
use lachan_wire::tuf::list::ListClass;
use lachan_wire::tuf::list::{self, About, Custom};
use lachan_wire::tuf::{KeyRole, Target};

use super::generation::{BundleError, Bundles, Generation, Held, file_name, io_error, sync};
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
    /// Whether the department's offline keys approved exactly this version: a mass change is then not
    /// held (DESIGN.md, invariant 5).
    pub is_approved: bool,
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
    /// Lists of the one before that are there no more.
    pub dropped: Vec<String>,
    /// Lists that could not be taken.
    pub problems: Vec<Problem>,
}

impl Prepared {
    /// Whether anything differs from the generation that serves.
    #[must_use]
    pub fn is_different(&self) -> bool {
        !self.dropped.is_empty() || self.changes.iter().any(|change| change.how != How::Same)
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

/// Makes the generation of what a refreshed client trusts. `version` is the snapshot's.
///
/// Unpacking, hashing and writing of lists happen in this future, seconds of work for millions of
/// names: run it on a thread of its own, not among those that answer devices.
///
/// # Errors
/// [`BundleError`]: the role of lists cannot be trusted, or the disk. A single list that fails is a
/// [`Problem`], and the one from before stays in its place.
pub async fn update<F: Fetch, D: Disk>(
    client: &mut Client<F, D>,
    bundles: &Bundles,
    version: u64,
) -> Result<Prepared, BundleError> {
    let targets = client.role(LISTS).await?.ok_or(BundleError::NoLists)?;
    let before = bundles.current();
    let next = bundles.begin()?;
    let arriving: Vec<&str> = targets.values().filter_map(part_name).collect();
    bundles.keep_parts(&arriving)?;
    let (mut changes, mut problems, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    let mut named = Vec::new();
    for (path, target) in &targets {
        let old = list::id_of(path).and_then(|id| before.as_ref()?.list(id));
        named.extend(old.map(|old| old.id.clone()));
        let wanted = if lists.len() < MOST_LISTS {
            wanted(path, target)
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
                how.map(|how| (id, custom, how))
            }
            Err(reason) => Err(reason),
        };
        match made {
            Ok((id, custom, how)) => {
                changes.push(Change {
                    id: id.to_owned(),
                    how,
                    before: old.map(|old| old.about.entries),
                    after: custom.list.entries,
                    is_approved: is_approved(client, id, &custom),
                });
                lists.push(Held {
                    id: id.to_owned(),
                    about: custom.list,
                });
            }
            Err(reason) => {
                problems.push(Problem {
                    path: path.clone(),
                    reason,
                });
                if let (Some(old), Some(before)) = (old, &before) {
                    link(&before.file(&old.id), &next.join(file_name(&old.id)))
                        .map_err(io_error(&next))?;
                    let entries = old.about.entries;
                    changes.push(Change {
                        id: old.id.clone(),
                        how: How::Same,
                        before: Some(entries),
                        after: entries,
                        is_approved: false,
                    });
                    lists.push(old.clone());
                }
            }
        }
    }
    let olds = before.iter().flat_map(|before| &before.lists);
    let dropped = olds
        .filter(|old| !named.contains(&old.id))
        .map(|old| old.id.clone())
        .collect();
    let generation = bundles.finish(&next, version, lists)?;
    Ok(Prepared {
        generation,
        changes,
        dropped,
        problems,
    })
}

/// What a target must be to be a list.
fn wanted<'t>(path: &'t str, target: &Target) -> Result<(&'t str, Custom), Reason> {
    let id = list::id_of(path).ok_or(Reason::Name)?;
    let custom = target.custom.as_ref().ok_or(Reason::Custom(None))?;
    let custom = Custom::read(custom).map_err(|error| Reason::Custom(Some(error)))?;
    if !list::may_travel(custom.list.class) {
        return Err(Reason::Class);
    }
    if custom.list.length > MOST_LENGTH || target.length > MOST_LENGTH {
        return Err(Reason::TooLong);
    }
    Ok((id, custom))
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
    async fn bring(&self, old: Option<&Held>) -> Result<Result<How, Reason>, BundleError> {
        let place = self.next.join(file_name(self.id));
        if let (Some(old), Some(before)) = (old, self.before) {
            let file = before.file(self.id);
            if old.about.sha256 == self.about.sha256 {
                // The disk may have lost it all the same; then it comes anew.
                if link(&file, &place).is_ok() {
                    return Ok(Ok(How::Same));
                }
            } else if let Some(how) = self.by_delta(&file, old, &place).await? {
                return Ok(Ok(how));
            }
        }
        self.full(&place).await
    }

    /// `None` when there is no delta, or it does not lead to the signed list: nobody vouches for deltas,
    /// so that is no alarm.
    async fn by_delta(
        &self,
        file: &Path,
        old: &Held,
        place: &Path,
    ) -> Result<Option<How>, BundleError> {
        let path = list::delta_path(self.id, &old.about.sha256, &self.about.sha256);
        // One that is no smaller than the list is of no use.
        let most = self.target.length.min(MOST_DELTA);
        let Some(wanted) = sha256(&self.about.sha256) else {
            return Ok(None);
        };
        let Ok(bytes) = self.client.extra(&path, most).await else {
            return Ok(None);
        };
        let Ok(base) = File::open(file).and_then(zstd::Decoder::new) else {
            return Ok(None);
        };
        let failed = io_error(place);
        let out = File::create(place).map_err(&failed)?;
        let mut out = zstd::Encoder::new(BufWriter::new(out), LEVEL).map_err(&failed)?;
        let applied = delta::apply(BufReader::new(base), bytes.as_slice(), &mut out, &wanted);
        let flushed = out.finish().and_then(|mut out| out.flush());
        let fits = |applied: &delta::Applied| {
            applied.length == self.about.length && applied.entries == self.about.entries
        };
        match applied {
            Ok(applied) if fits(&applied) => {
                flushed.map_err(&failed)?;
                sync(place).map_err(&failed)?;
                let bytes = bytes.len() as u64;
                Ok(Some(How::Delta {
                    bytes,
                    added: applied.added,
                    removed: applied.removed,
                }))
            }
            Err(delta::ApplyError::Write(source)) => Err(failed(source)),
            _ => {
                fs::remove_file(place).map_err(&failed)?;
                Ok(None)
            }
        }
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
        let checked = self.check(&part);
        if checked.is_ok() {
            fs::rename(&part, place).map_err(io_error(place))?;
        } else {
            fs::remove_file(&part).map_err(io_error(&part))?;
        }
        Ok(checked.map(|()| How::Full { bytes }))
    }

    /// The uncompressed list must be canonical, and the one that was signed.
    fn check(&self, place: &Path) -> Result<(), Reason> {
        let kind = if self.about.class == ListClass::Sealed {
            Kind::Sealed
        } else {
            Kind::Open
        };
        let of_io = |error| Reason::Form(ReadError::Io(error));
        let packed = zstd::Decoder::new(File::open(place).map_err(of_io)?).map_err(of_io)?;
        // One byte more than signed is enough to see that it is another list.
        let plain = BufReader::new(io::Read::take(packed, self.about.length.saturating_add(1)));
        let info = canonical::read(kind, plain, |_, _| {}).map_err(Reason::Form)?;
        let same = info.length == self.about.length
            && info.entries == self.about.entries
            && HEXLOWER.encode(&info.sha256) == self.about.sha256;
        if same { Ok(()) } else { Err(Reason::Content) }
    }
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
