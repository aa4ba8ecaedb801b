//! The walk over a name's suffixes: the one look-up a decision makes.

use super::header::MAX_DEPTH;
use super::numbers::{u32_at, u64_at};
use super::reader::{Ruleset, search};
use super::slot::{Entry, LINE, LineFilter, NameHash, SLOTS, SiteFilter, Slot, name_hash};
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

impl Ruleset {
    /// Finds every listed suffix of a name.
    #[must_use]
    #[inline]
    pub fn walk(&self, name: &Name) -> Walk {
        let bytes = self.bytes();
        let wire = name.as_wire();
        let mut starts = [0; MAX_LABELS];
        let starts = name.starts(&mut starts);
        let seed = self.header.seed;
        let site_start = starts.len().checked_sub(2).map_or(0, |index| starts[index]);
        let site = name_hash(seed, &wire[usize::from(site_start)..]);
        let starts = self.worth_asking(bytes, starts, site);
        let (lines, table) = (self.header.lines, self.table.of(bytes));

        // First every hash, and a byte of both its lines: the loads do not wait for one another, so
        // the processor has their cache and TLB misses under way together. One name in nine stands
        // in its second line; asked for only then, that would be a second miss after the first.
        let mut hashes = [site; MAX_DEPTH];
        let mut touched = 0;
        for (hash, start) in hashes.iter_mut().zip(starts) {
            if *start != site_start {
                *hash = name_hash(seed, &wire[usize::from(*start)..]);
            }
            let primary = hash.primary(lines);
            touched ^= first_byte(table, primary);
            touched ^= first_byte(table, Slot::new(*hash, 0).other_line(primary, lines));
        }
        std::hint::black_box(touched);
        let mut walk = Walk::default();
        for (hash, start) in hashes.iter().zip(starts) {
            walk.offer(*start, self.find(table, lines, *hash));
        }
        walk
    }

    /// Those suffixes that may be listed: none deeper or shallower than any listed name, and
    /// beyond the top-level domain none when no listed name ends in the same two labels.
    #[inline]
    fn worth_asking<'s>(&self, bytes: &[u8], starts: &'s [u8], site: NameHash) -> &'s [u8] {
        let count = starts.len();
        let from = if count < 2 || self.may_hold_site(bytes, site) {
            count.saturating_sub(self.header.depth as usize)
        } else {
            count - 1
        };
        let to = (count + 1).saturating_sub(self.header.shallowest.max(1) as usize);
        starts.get(from..to).unwrap_or_default()
    }

    #[inline]
    fn may_hold_site(&self, bytes: &[u8], site: NameHash) -> bool {
        let filter = self.sites.of(bytes);
        let (word, bits) = SiteFilter::place(site, (filter.len() / 8) as u64);
        let at = usize::try_from(word).unwrap_or(0) * 8;
        // A ruleset without names has no filter; then there is nothing to find either.
        filter
            .get(at..at + 8)
            .is_some_and(|word| u64_at(word, 0) & bits == bits)
    }

    /// The row of exactly this name, if it is listed.
    #[must_use]
    pub fn row_of(&self, name: &Name) -> Option<u32> {
        let hash = name_hash(self.header.seed, name.as_wire());
        self.find(self.table.of(self.bytes()), self.header.lines, hash)
    }

    #[inline]
    fn find(&self, table: &[u8], lines: u64, hash: NameHash) -> Option<u32> {
        let number = hash.primary(lines);
        let at = usize::try_from(number).ok()?.checked_mul(LINE)?;
        let line: &[u8; LINE] = table.get(at..at + LINE)?.try_into().ok()?;
        let slot = likely(line, hash);
        match slot.entry() {
            Some(Entry::Row(row)) if slot.matches(hash) => Some(row),
            None if !LineFilter::may_hold(u64_at(line, hash.filter_bit() * 8)) => None,
            _ => self.find_beyond(table, lines, hash),
        }
    }

    /// The rare ways of finding a name: in its other line, or with its row in the overflow.
    #[cold]
    fn find_beyond(&self, table: &[u8], lines: u64, hash: NameHash) -> Option<u32> {
        let primary = hash.primary(lines);
        let other = Slot::new(hash, 0).other_line(primary, lines);
        [primary, other].into_iter().find_map(|number| {
            let line = line(table, number)?;
            let place = line
                .iter()
                .position(|slot| Slot(*slot).matches(hash) && !Slot(*slot).is_empty())?;
            match Slot(line[place]).entry()? {
                Entry::Row(row) => Some(row),
                Entry::Overflow => self.overflow_row(number * SLOTS as u64 + place as u64),
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

/// The first byte of a line, to have the line fetched.
#[inline]
fn first_byte(table: &[u8], number: u64) -> u8 {
    let at = usize::try_from(number).unwrap_or(0).wrapping_mul(LINE);
    table.get(at).copied().unwrap_or_default()
}

/// One line of the table.
#[inline]
fn line(table: &[u8], number: u64) -> Option<[u64; SLOTS]> {
    let at = usize::try_from(number).ok()?.checked_mul(LINE)?;
    let raw = table.get(at..at + LINE)?;
    let mut line = [0; SLOTS];
    for (slot, raw) in line.iter_mut().zip(raw.chunks_exact(8)) {
        *slot = u64_at(raw, 0);
    }
    Some(line)
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
