//! The walk over a name's suffixes: the one look-up a decision makes.

use super::hash::NameHash;
use super::header::MAX_DEPTH;
use super::numbers::{u32_at, u64_at};
use super::reader::{Ruleset, search};
use super::slot::{Entry, LINE, LineFilter, SLOTS, SiteFilter, Slot};
use crate::name::{MAX_LABELS, Name};

/// A listed suffix of a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hit {
    /// Where the suffix begins in the name's wire form.
    pub start: u8,
    /// Its row.
    pub row: u32,
}

impl Hit {
    /// Whether the name asked for lies below the listed one.
    #[must_use]
    pub fn is_above(&self) -> bool {
        self.start != 0
    }
}

/// All listed suffixes of a name, longest first.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    hits: [Hit; MAX_DEPTH],
    count: u8,
}

impl Walk {
    /// The hits, longest suffix first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits[..usize::from(self.count)]
    }

    /// Writes a hit and counts it only if there is one: a branch on what the table says would be
    /// mispredicted, and that only once its cache miss is over.
    #[inline]
    fn offer(&mut self, start: u8, row: Option<u32>) {
        if let Some(slot) = self.hits.get_mut(usize::from(self.count)) {
            *slot = Hit {
                start,
                row: row.unwrap_or_default(),
            };
            self.count += u8::from(row.is_some());
        }
    }
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            hits: [Hit::default(); MAX_DEPTH],
            count: 0,
        }
    }
}

/// Where the suffixes of one name would stand, see [`Ruleset::probe`]. Good for the ruleset that made it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Probe {
    /// Hash and start of each suffix that may be listed, the top-level domain first.
    suffixes: [(NameHash, u8); MAX_DEPTH],
    /// Which of them are worth a look.
    from: usize,
    to: usize,
    /// The hash of the whole name, where the table goes as deep as it has labels.
    whole: Option<NameHash>,
}

impl Probe {
    /// Makes it one of a name that stands on no list.
    #[inline]
    pub fn clear(&mut self) {
        self.to = 0;
        self.whole = None;
    }

    /// The hash of the whole name; `None` of one that has more labels than any listed one.
    #[inline]
    pub(crate) fn whole(&self) -> Option<NameHash> {
        self.whole
    }

    #[inline]
    fn worth_a_look(&self) -> &[(NameHash, u8)] {
        self.suffixes.get(self.from..self.to).unwrap_or_default()
    }
}

impl Ruleset {
    /// Finds every listed suffix of a name.
    #[must_use]
    #[inline]
    pub fn walk(&self, name: &Name) -> Walk {
        let mut probe = self.probe(name);
        self.touch(std::slice::from_mut(&mut probe));
        self.walk_probed(&probe)
    }

    /// The first step of a walk: hashes the suffixes that may be listed, from the top-level domain
    /// down. Reads nothing of the ruleset's file.
    #[must_use]
    #[inline]
    pub fn probe(&self, name: &Name) -> Probe {
        let mut probe = Probe::default();
        self.probe_into(name, &mut probe);
        probe
    }

    /// [`Self::probe`] into a place that is used again and again, which need not be cleared.
    #[inline]
    pub fn probe_into(&self, name: &Name, probe: &mut Probe) {
        let mut starts = [0; MAX_LABELS];
        let starts = name.starts(&mut starts);
        let deepest = starts.len().min(self.header.depth as usize);
        probe.from = self.header.shallowest.max(1) as usize - 1;
        probe.to = deepest.min(MAX_DEPTH);
        let (mut chain, mut end) = (self.hasher.start(), name.as_wire().len());
        let right_to_left = starts.iter().rev().take(deepest);
        for (suffix, start) in probe.suffixes.iter_mut().zip(right_to_left) {
            chain = self
                .hasher
                .label(chain, name.padded(), usize::from(*start), end);
            end = usize::from(*start);
            *suffix = (self.hasher.finish(chain), *start);
        }
        let whole = deepest.checked_sub(1).filter(|_| deepest == starts.len());
        probe.whole = whole.map(|last| probe.suffixes[last].0);
    }

    /// The second step, for one name or for all that are at hand: asks the site filter, then begins
    /// to load both lines of every suffix that is left.
    ///
    /// Loads stand one behind the other with as little as possible between them. They do not wait
    /// for one another, so their cache and TLB misses are under way together; mixed with the hashing they are
    /// not, because a processor looks only some hundred instructions ahead of a load that misses
    /// (measured: a batch of 32 took longer than 32 single walks). One name in nine stands in its
    /// second line; asked for only then, that would be a second miss.
    #[inline]
    pub fn touch(&self, probes: &mut [Probe]) {
        let mut touched = 0;
        self.touch_with(probes, |line| touched ^= line[0]);
        std::hint::black_box(touched);
    }

    /// [`Self::touch`] by a caller that can ask for a line of memory without waiting for it, which
    /// this crate cannot: reading a byte keeps a place in the processor until it is there.
    #[inline]
    pub fn touch_with(&self, probes: &mut [Probe], mut load: impl FnMut(&[u8; LINE])) {
        let bytes = self.bytes();
        let filter = self.sites.of(bytes);
        for probe in &mut *probes {
            // No branch: whether a site is known cannot be predicted.
            let known = probe.to < 2 || may_hold_site(filter, probe.suffixes[1].0);
            probe.to = if known { probe.to } else { 1 };
        }
        let (lines, table) = (self.header.lines, self.table.of(bytes));
        for probe in &*probes {
            for (hash, _) in probe.worth_a_look() {
                let primary = hash.primary(lines);
                let other = Slot::new(*hash, 0).other_line(primary, lines);
                [primary, other]
                    .into_iter()
                    .filter_map(|number| line(table, number))
                    .for_each(&mut load);
            }
        }
    }

    /// The last step of a walk.
    #[must_use]
    #[inline]
    pub fn walk_probed(&self, probe: &Probe) -> Walk {
        let (lines, table) = (self.header.lines, self.table.of(self.bytes()));
        let mut walk = Walk::default();
        for (hash, start) in probe.worth_a_look().iter().rev() {
            walk.offer(*start, self.find(table, lines, *hash));
        }
        walk
    }

    /// The row of exactly this name, if it is listed.
    #[must_use]
    pub fn row_of(&self, name: &Name) -> Option<u32> {
        let hash = self.hasher.hash(name);
        self.find(self.table.of(self.bytes()), self.header.lines, hash)
    }

    #[inline]
    fn find(&self, table: &[u8], lines: u64, hash: NameHash) -> Option<u32> {
        let primary = hash.primary(lines);
        let line = line(table, primary)?;
        let slot = likely(line, hash);
        match slot.entry() {
            Some(Entry::Row(row)) if slot.matches(hash) => Some(row),
            None if !LineFilter::may_hold(u64_at(line, hash.filter_bit() * 8)) => None,
            None => self.find_displaced(table, lines, hash),
            Some(_) => self.find_thoroughly(table, lines, hash),
        }
    }

    /// The row of a name that does not stand in its primary line: in its other one, or nowhere.
    fn find_displaced(&self, table: &[u8], lines: u64, hash: NameHash) -> Option<u32> {
        let other = Slot::new(hash, 0).other_line(hash.primary(lines), lines);
        let slot = likely(line(table, other)?, hash);
        match slot.entry() {
            Some(Entry::Row(row)) if slot.matches(hash) => Some(row),
            None => None,
            Some(_) => self.find_thoroughly(table, lines, hash),
        }
    }

    /// The rare ways of finding a name: behind a slot that agrees in half of the bits, or with its
    /// row in the overflow.
    #[cold]
    fn find_thoroughly(&self, table: &[u8], lines: u64, hash: NameHash) -> Option<u32> {
        let primary = hash.primary(lines);
        let other = Slot::new(hash, 0).other_line(primary, lines);
        [primary, other].into_iter().find_map(|number| {
            let slots = line(table, number)?.chunks_exact(8);
            let mut slots = slots.map(|raw| Slot(u64_at(raw, 0))).zip(0..);
            let (slot, place) = slots.find(|(slot, _)| slot.matches(hash) && !slot.is_empty())?;
            match slot.entry()? {
                Entry::Row(row) => Some(row),
                Entry::Overflow => self.overflow_row(number * SLOTS as u64 + place),
            }
        })
    }

    /// The row of a slot that had no room for its number.
    fn overflow_row(&self, slot: u64) -> Option<u32> {
        let pairs = self.overflow.of(self.bytes());
        let slot = u32::try_from(slot).ok()?;
        let index = search(pairs.len() / 8, |index| u32_at(pairs, index * 8).cmp(&slot))?;
        Some(u32_at(pairs, index * 8 + 4))
    }
}

/// Whether the filter may hold a site. A ruleset without names has no filter; then there is nothing
/// to find either.
#[inline]
fn may_hold_site(filter: &[u8], site: NameHash) -> bool {
    let (word, bits) = SiteFilter::place(site, (filter.len() / 8) as u64);
    let at = usize::try_from(word).unwrap_or(0) * 8;
    filter
        .get(at..at + 8)
        .is_some_and(|word| u64_at(word, 0) & bits == bits)
}

/// One line of the table.
#[inline]
fn line(table: &[u8], number: u64) -> Option<&[u8; LINE]> {
    let at = usize::try_from(number).ok()?.checked_mul(LINE)?;
    table.get(at..at + LINE)?.try_into().ok()
}

/// The slot of a line whose upper half is the hash's, or an empty one; the caller compares the rest.
/// Masks instead of choices: which slot it is cannot be predicted. Halves, because a comparison with
/// memory is then one instruction.
#[inline]
fn likely(line: &[u8; LINE], hash: NameHash) -> Slot {
    let mut found = 0u32;
    for index in 0..SLOTS {
        found |= u32::from(u32_at(line, index * 8 + 4) == hash.upper_tag()) << index;
    }
    let slot = u64_at(line, found.trailing_zeros() as usize % SLOTS * 8);
    Slot(slot & u64::from(found != 0).wrapping_neg())
}
