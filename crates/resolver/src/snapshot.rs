//! The cache over a restart: answers as the bytes of a file, and back.
//!
//! ```text
//!  head, 80 bytes │ entry │ entry │ …                                     numbers little-endian
//!  head:  magic 8 │ version u32 │ entries u32 │ bytes of entries u64 │ terms u64 │
//!         source u64 │ Unix time i64 │ seconds since boot u64 │ id of the boot u128 │ XXH3-64 of all else
//!  entry: age u32 │ lifetime u32 │ flags u8 │ 0 u8 │ bytes of the message u16 │ message
//! ```
//!
//! **Whose names.** Only answers about [`Listed`] names are written: the shipped popular, always-open
//! and protected ones, each exactly as it stands in its list and not what lies below it, so that the
//! file never tells what pupils looked up otherwise. [`Snapshots::take`] is the only way to the bytes.
//!
//! **What an answer is.** What upstreams said before any policy, as in the cache itself: what differs
//! by tier is made of it at each hit. A message comes in by the way that an upstream's does
//! (`Reply::keep`), so nothing is believed about it that would not be believed on the wire. Answers
//! with an error's text are left out, failures too. What was learned under other terms (another say in
//! DNSSEC or rebinding) is not taken back; what other upstreams said counts as past its life.
//!
//! **How old.** Within one boot of the machine the clock of that boot tells how long the program was
//! gone, or the wall clock where it says longer; over a boot only the wall clock does, where it is
//! known and did not go back. Where nothing tells, every answer counts
//! as past its life: upstreams are asked first, and it is served only as RFC 8767 allows.
//!
//! Files are the daemon's affair.

use std::collections::HashSet;

use lachan_policy::Name;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::cache::Key;
use crate::cache::snapshot::Leaving;
use crate::engine::Engine;
use crate::settings::Settings;
use crate::upstream::Forwarding;
use crate::wire::response::Reply;
use crate::wire::{CLASS_IN, HEADER, rtype, u16_at};

/// The most bytes a snapshot has. The shipped lists have some 2,500 names, an answer some 200 bytes.
pub const MAX_SNAPSHOT: usize = 4 << 20;

/// What every snapshot begins with.
const MAGIC: [u8; 8] = *b"LCCACHE\n";
/// The form described above.
const VERSION: u32 = 1;
/// Bytes of the head.
const HEAD: usize = 80;
/// Where the checksum stands, the last of the head.
const CHECKSUM_AT: usize = HEAD - 8;
/// Bytes of an entry before its message.
const ENTRY: usize = 12;
/// The longest message written: what one answer over UDP has room for, three times over.
const MAX_MESSAGE: usize = 4096;
/// The types written: those a device asks for before it opens a page.
const TYPES: [u16; 3] = [rtype::A, rtype::AAAA, rtype::HTTPS];

/// Entry flag: DNSSEC records were wanted.
const DNSSEC_OK: u8 = 1;
/// Entry flag: answers that fail validation were wanted.
const CHECKING_DISABLED: u8 = 1 << 1;
/// Entry flag: the records were proven.
const AUTHENTIC: u8 = 1 << 2;

/// The names that may be written.
#[derive(Debug, Default)]
pub struct Listed(HashSet<Box<[u8]>>);

impl Listed {
    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the name in normal form is one of them, and not merely below one.
    fn holds(&self, name: &[u8]) -> bool {
        self.0.contains(name)
    }
}

impl FromIterator<Name> for Listed {
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        Self(names.into_iter().map(|n| n.as_wire().into()).collect())
    }
}

/// When a snapshot is taken or taken back, as well as the machine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Unix seconds of a clock that can be trusted, above 0; `None` where none can.
    pub unix: Option<i64>,
    /// Where in which boot of the machine; `None` where it does not tell.
    pub boot: Option<Boot>,
}

/// A moment of a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// A number that each boot has for itself; not 0.
    pub id: u128,
    /// Seconds since it, those included in which the machine slept.
    pub seconds: u64,
}

impl Stamp {
    /// Seconds from an earlier moment to this; `None` where nobody can tell, or time went back.
    fn since(self, earlier: Self) -> Option<u32> {
        let by_wall = || u64::try_from(self.unix?.checked_sub(earlier.unix?)?).ok();
        let seconds = match (self.boot, earlier.boot) {
            (Some(now), Some(then)) if now.id == then.id => {
                let seconds = now.seconds.checked_sub(then.seconds)?;
                // A virtual machine that stood still does not know it; the wall clock may.
                by_wall().map_or(seconds, |by_wall| by_wall.max(seconds))
            }
            _ => by_wall()?,
        };
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

/// Why bytes are not taken back. None of them was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Something else: it begins otherwise.
    #[error("this is no snapshot of a cache")]
    Foreign,
    /// A later program's.
    #[error("the snapshot is of version {0}, and this program reads version {VERSION}")]
    Newer(u32),
    /// It is shorter or longer than it says.
    #[error("the snapshot is cut off, or something was added to it")]
    Length,
    /// More than any snapshot has.
    #[error("the snapshot is larger than {MAX_SNAPSHOT} bytes")]
    TooLarge,
    /// Some byte is not what was written.
    #[error("the snapshot is damaged: its checksum is wrong")]
    Damaged,
    /// An entry that no cache holds.
    #[error("entry {0} of the snapshot cannot be read")]
    Entry(u32),
    /// Learned under other settings: nothing is wrong with it.
    #[error(
        "the snapshot was made under other settings of trust: mode, DNSSEC, rebinding or forwarding"
    )]
    OtherTerms,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The file's bytes, at most [`MAX_SNAPSHOT`].
    pub bytes: Vec<u8>,
    /// Answers in it.
    pub answers: usize,
    /// Answers for which there was no room, the oldest.
    pub left_out: usize,
}

/// What became of a snapshot that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restored {
    /// Answers that came back, stale ones included.
    pub answers: usize,
    /// Of them those past their life.
    pub stale: usize,
    /// Those of no use any more, about a name that is not listed now, or with a fresher one there.
    pub passed_over: usize,
    /// Whether it is known how long the program was gone.
    pub aged: bool,
}

/// Takes snapshots of an engine's cache, and takes them back.
#[derive(Debug, Clone, Copy)]
pub struct Snapshots {
    terms: u64,
    source: u64,
    max_ttl: u32,
}

impl Snapshots {
    /// Those of engines of these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            terms: terms(settings),
            source: source(settings),
            max_ttl: u32::try_from(settings.max_ttl.as_secs()).unwrap_or(u32::MAX),
        }
    }

    /// Takes one: of answers about listed names, the newest first.
    #[must_use]
    pub fn take(&self, engine: &Engine, at: Stamp, listed: &Listed) -> Snapshot {
        let (cache, now) = engine.cache();
        let mut entries = Vec::new();
        let wants = |name: &[u8], qtype| TYPES.contains(&qtype) && listed.holds(name);
        cache.each(now, wants, |leaving| entries.extend(Entry::of(&leaving)));
        entries.sort_by_key(|entry| entry.age);
        let mut writer = Writer::new();
        let answers = entries.iter().take_while(|entry| writer.add(entry)).count();
        Snapshot {
            bytes: writer.finish(Head {
                terms: self.terms,
                source: self.source,
                at,
            }),
            answers,
            left_out: entries.len() - answers,
        }
    }

    /// Takes one back: what it holds about listed names, each as old as it is by now.
    ///
    /// # Errors
    /// [`SnapshotError`]; the cache is as it was.
    pub fn restore(
        &self,
        engine: &Engine,
        bytes: &[u8],
        now: Stamp,
        listed: &Listed,
    ) -> Result<Restored, SnapshotError> {
        let (head, entries) = read(bytes)?;
        if head.terms != self.terms {
            return Err(SnapshotError::OtherTerms);
        }
        let gone = now.since(head.at);
        let same_source = head.source == self.source;
        let mut restored = Restored {
            aged: gone.is_some(),
            ..Restored::default()
        };
        let (cache, seconds) = engine.cache();
        for entry in &entries {
            let Some((key, reply)) = entry.reply(self.max_ttl) else {
                continue;
            };
            let age = age_after(entry.age, reply.lifetime(), gone, same_source);
            let is_wanted = TYPES.contains(&key.qtype) && listed.holds(key.name.as_wire());
            if is_wanted && cache.put_old(&key, &reply, age, seconds) {
                restored.answers += 1;
                restored.stale += usize::from(age >= reply.lifetime());
            } else {
                restored.passed_over += 1;
            }
        }
        Ok(restored)
    }
}

/// How old an answer is that was `age` seconds old when the program went and was `gone` for so long;
/// at least past its life where nobody knows, and where somebody else is asked now.
fn age_after(age: u32, lifetime: u32, gone: Option<u32>, same_source: bool) -> u32 {
    let later = age.saturating_add(gone.unwrap_or(0));
    if gone.is_some() && same_source {
        later
    } else {
        later.max(lifetime)
    }
}

/// A number for how far whoever is asked is believed. Another program may make another number of the
/// same settings; then a snapshot is lost and nothing else.
fn terms(settings: &Settings) -> u64 {
    let forwarding = Forwarding {
        // A new root of certificates in the system changes no answer.
        tls_roots: Vec::new(),
        ..settings.forwarding.clone()
    };
    xxh3_64(format!("{forwarding:?}").as_bytes())
}

/// A number for whom is asked, as above; when it changes, all is past its life.
fn source(settings: &Settings) -> u64 {
    xxh3_64(format!("{:?}", settings.upstreams).as_bytes())
}

/// What the head says beside lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    terms: u64,
    source: u64,
    at: Stamp,
}

/// An answer as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry<'e> {
    age: u32,
    lifetime: u32,
    flags: u8,
    message: std::borrow::Cow<'e, [u8]>,
}

impl Entry<'static> {
    /// An answer of the cache; `None` for one that is not written.
    fn of(leaving: &Leaving<'_>) -> Option<Self> {
        let view = &leaving.view;
        if view.ede().is_some() || view.wire().len() > MAX_MESSAGE {
            return None;
        }
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        Some(Self {
            age: leaving.age,
            lifetime: view.lifetime(),
            flags: flag(leaving.dnssec_ok, DNSSEC_OK)
                | flag(leaving.checking_disabled, CHECKING_DISABLED)
                | flag(view.is_authentic(), AUTHENTIC),
            message: view.wire().to_vec().into(),
        })
    }
}

impl<'e> Entry<'e> {
    /// Reads the entry that the bytes begin with; also gives what lies behind it.
    fn read(bytes: &'e [u8]) -> Option<(Self, &'e [u8])> {
        let (head, rest) = bytes.split_first_chunk::<ENTRY>()?;
        let [a0, a1, a2, a3, l0, l1, l2, l3, flags, 0, m0, m1] = *head else {
            return None;
        };
        let length = usize::from(u16::from_le_bytes([m0, m1]));
        let (message, rest) = rest.split_at_checked(length)?;
        let entry = Self {
            age: u32::from_le_bytes([a0, a1, a2, a3]),
            lifetime: u32::from_le_bytes([l0, l1, l2, l3]),
            flags,
            message: message.into(),
        };
        entry.is_sound().then_some((entry, rest))
    }

    /// Whether it is what [`Self::write`] writes: a whole, good message, as the cache holds it.
    fn is_sound(&self) -> bool {
        let kept = self.flags & !(DNSSEC_OK | CHECKING_DISABLED | AUTHENTIC) == 0
            && self.message.len() <= MAX_MESSAGE;
        let kept = kept.then(|| self.reply(u32::MAX)).flatten();
        kept.is_some_and(|(_, reply)| reply.view().wire() == &*self.message)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.age.to_le_bytes());
        bytes.extend(self.lifetime.to_le_bytes());
        bytes.extend([self.flags, 0]);
        let length = u16::try_from(self.message.len()).unwrap_or_default();
        bytes.extend(length.to_le_bytes());
        bytes.extend_from_slice(&self.message);
    }

    /// The question it answers and the answer, no TTL of it above `max_ttl`.
    fn reply(&self, max_ttl: u32) -> Option<(Key, Reply)> {
        let reply = Reply::keep(&self.message, max_ttl).ok()?;
        // None has keys of Encrypted Client Hello, whoever wrote the file.
        let reply = reply.without_ech(max_ttl).ok()?;
        let lifetime = reply.lifetime().min(self.lifetime);
        let (name, length) = Name::from_wire(self.message.get(HEADER..)?).ok()?;
        let class = u16_at(&self.message, HEADER + length + 2)?;
        let one_question = u16_at(&self.message, 4)? == 1 && class == CLASS_IN;
        if !one_question || lifetime == 0 || reply.is_failure() {
            return None;
        }
        let key = Key {
            name,
            qtype: u16_at(&self.message, HEADER + length)?,
            dnssec_ok: self.flags & DNSSEC_OK != 0,
            checking_disabled: self.flags & CHECKING_DISABLED != 0,
            keeps_ech: false,
        };
        let authentic = self.flags & AUTHENTIC != 0;
        Some((key, reply.with_lifetime(lifetime).with_authentic(authentic)))
    }
}

/// Writes a snapshot.
struct Writer {
    bytes: Vec<u8>,
    entries: u32,
}

impl Writer {
    fn new() -> Self {
        Self {
            bytes: vec![0; HEAD],
            entries: 0,
        }
    }

    /// Adds an entry, if there is room for it.
    fn add(&mut self, entry: &Entry<'_>) -> bool {
        let fits = self.bytes.len() + ENTRY + entry.message.len() <= MAX_SNAPSHOT;
        if fits {
            entry.write(&mut self.bytes);
            self.entries += 1;
        }
        fits
    }

    fn finish(mut self, said: Head) -> Vec<u8> {
        let length = (self.bytes.len() - HEAD) as u64;
        let mut head = Vec::with_capacity(HEAD);
        head.extend(MAGIC);
        head.extend(VERSION.to_le_bytes());
        head.extend(self.entries.to_le_bytes());
        head.extend(length.to_le_bytes());
        head.extend(said.terms.to_le_bytes());
        head.extend(said.source.to_le_bytes());
        head.extend(said.at.unix.unwrap_or(0).to_le_bytes());
        let boot = said.at.boot.unwrap_or(Boot { id: 0, seconds: 0 });
        head.extend(boot.seconds.to_le_bytes());
        head.extend(boot.id.to_le_bytes());
        self.bytes[..CHECKSUM_AT].copy_from_slice(&head);
        let sum = checksum(&self.bytes);
        self.bytes[CHECKSUM_AT..HEAD].copy_from_slice(&sum.to_le_bytes());
        self.bytes
    }
}

/// Reads a snapshot: its head and all its entries, or why it is none.
fn read(bytes: &[u8]) -> Result<(Head, Vec<Entry<'_>>), SnapshotError> {
    if bytes.len() > MAX_SNAPSHOT {
        return Err(SnapshotError::TooLarge);
    }
    let begins_alike = bytes.iter().zip(&MAGIC).all(|(ours, magic)| ours == magic);
    if !begins_alike {
        return Err(SnapshotError::Foreign);
    }
    let mut numbers = Numbers(bytes.get(MAGIC.len()..).unwrap_or_default());
    // The version stands where it does in every version; nothing else need.
    match numbers.next().map(u32::from_le_bytes) {
        None => return Err(SnapshotError::Length),
        Some(VERSION) => {}
        Some(0) => return Err(SnapshotError::Damaged),
        Some(newer) => return Err(SnapshotError::Newer(newer)),
    }
    let (count, length, head, sum) = read_head(&mut numbers).ok_or(SnapshotError::Length)?;
    let Numbers(mut rest) = numbers;
    if length != rest.len() as u64 {
        return Err(SnapshotError::Length);
    }
    if sum != checksum(bytes) {
        return Err(SnapshotError::Damaged);
    }
    let mut entries = Vec::new();
    for number in 0..count {
        let (entry, behind) = Entry::read(rest).ok_or(SnapshotError::Entry(number))?;
        entries.push(entry);
        rest = behind;
    }
    if rest.is_empty() {
        Ok((head, entries))
    } else {
        Err(SnapshotError::Length)
    }
}

fn read_head(numbers: &mut Numbers<'_>) -> Option<(u32, u64, Head, u64)> {
    let count = numbers.next().map(u32::from_le_bytes)?;
    let length = numbers.next().map(u64::from_le_bytes)?;
    let terms = numbers.next().map(u64::from_le_bytes)?;
    let source = numbers.next().map(u64::from_le_bytes)?;
    let unix = numbers.next().map(i64::from_le_bytes)?;
    let seconds = numbers.next().map(u64::from_le_bytes)?;
    let id = numbers.next().map(u128::from_le_bytes)?;
    let sum = numbers.next().map(u64::from_le_bytes)?;
    let at = Stamp {
        unix: (unix > 0).then_some(unix),
        boot: (id != 0).then_some(Boot { id, seconds }),
    };
    let head = Head { terms, source, at };
    Some((count, length, head, sum))
}

/// Bytes from which numbers are taken, one after the other.
struct Numbers<'n>(&'n [u8]);

impl Numbers<'_> {
    fn next<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*number)
    }
}

/// The checksum of a snapshot: of every byte but its own.
fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = Xxh3::new();
    sum.update(bytes.get(..CHECKSUM_AT).unwrap_or_default());
    sum.update(bytes.get(HEAD..).unwrap_or_default());
    sum.digest()
}

/// Any bytes as a snapshot, and as the entries of one whose head is right: what is read is written
/// again as it was.
///
/// # Panics
/// When it is not, which the fuzzer is to find out.
pub(crate) fn fuzz(bytes: &[u8]) {
    fn round(bytes: &[u8]) {
        let Ok((head, entries)) = read(bytes) else {
            return;
        };
        let mut writer = Writer::new();
        assert!(entries.iter().all(|entry| writer.add(entry)), "it fitted");
        let again = writer.finish(head);
        let (same, alike) = read(&again).unwrap_or_else(|error| panic!("{error}"));
        assert!(same == head && alike == entries, "written as it was read");
    }
    round(bytes);
    let Some((count, body)) = bytes.split_first() else {
        return;
    };
    let mut bytes = vec![0; HEAD];
    bytes.extend_from_slice(body);
    let sealed = Writer {
        bytes,
        entries: u32::from(*count),
    };
    let at = Stamp::default();
    round(&sealed.finish(Head {
        terms: 1,
        source: 1,
        at,
    }));
}

/// The names that a snapshot has answers about.
#[cfg(test)]
pub(crate) fn questions(bytes: &[u8]) -> Vec<Name> {
    let (_, entries) = read(bytes).unwrap();
    let keys = entries.iter().map(|entry| entry.reply(u32::MAX).unwrap().0);
    keys.map(|key| key.name).collect()
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
