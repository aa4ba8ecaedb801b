//! Filling the hash table of a ruleset (layout: `lachan_policy::ruleset`).
//!
//! Bucketised cuckoo hashing with eight slots a line. A name goes into its primary line while
//! there is room, else into its other line, else it moves somebody. At [`LOAD`] about one name in
//! nine stands in its other line, and the lines' filters spare most misses the second look.

use lachan_policy::ruleset::{LineFilter, NameHash, SLOTS, Slot};

/// Share of slots that are filled. Higher saves memory and costs displaced names: 0.96 is
/// 8.3 bytes a name; above 0.97 the filters fill up and filling slows down.
pub(super) const LOAD: f64 = 0.96;
/// Fewest lines: keeps at least 64 effective bits of the hash for small rulesets.
const FEWEST_LINES: u64 = (1 << 17) / SLOTS as u64;
/// Moves before giving up on a table; a table at [`LOAD`] needs a few dozen at worst.
const MOST_MOVES: u32 = 5_000;

/// Why a name could not be put in: start again with another key or more lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another name has the same tag in the same lines; a new key parts them.
    Collision,
    /// No room was found.
    Full,
}

/// A table being filled.
pub(super) struct Table {
    lines: u64,
    slots: Vec<Slot>,
    /// One bit a slot: stands in its other line.
    displaced: Vec<u64>,
    /// Hash and row of slots whose row does not fit them.
    escaped: Vec<(NameHash, u32)>,
    random: u64,
}

impl Table {
    /// An empty table for so many names.
    pub(super) fn new(names: u64, seed: u64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a table of 2^52 names does not exist, and the result is rounded up"
        )]
        let wanted = (names as f64 / LOAD / SLOTS as f64).ceil() as u64;
        let lines = wanted.max(FEWEST_LINES);
        let count = usize::try_from(lines)
            .unwrap_or(usize::MAX)
            .saturating_mul(SLOTS);
        Self {
            lines,
            slots: vec![Slot::default(); count],
            displaced: vec![0; count.div_ceil(64)],
            escaped: Vec::new(),
            random: seed | 1,
        }
    }

    /// How many lines it has.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Puts a name in.
    pub(super) fn insert(&mut self, hash: NameHash, row: u32) -> Result<(), Refused> {
        let slot = Slot::new(hash, row);
        let primary = hash.primary(self.lines);
        let other = slot.other_line(primary, self.lines);
        if self
            .find(primary, hash)
            .or_else(|| self.find(other, hash))
            .is_some()
        {
            return Err(Refused::Collision);
        }
        if row >= Slot::DIRECT_ROWS {
            self.escaped.push((hash, row));
        }
        if self.put(primary, slot, false) || self.put(other, slot, true) {
            return Ok(());
        }
        self.make_room(primary, slot)
    }

    /// Random walk: takes the place of somebody in the line, who goes to the other one, and so on.
    fn make_room(&mut self, primary: u64, slot: Slot) -> Result<(), Refused> {
        let (mut line, mut slot, mut displaced) = (primary, slot, false);
        for _ in 0..MOST_MOVES {
            let at = self.first(line) + self.random_slot();
            let victim = std::mem::replace(&mut self.slots[at], slot);
            let victim_displaced = self.is_displaced(at);
            self.mark(at, displaced);
            line = victim.other_line(line, self.lines);
            (slot, displaced) = (victim, !victim_displaced);
            if self.put(line, slot, displaced) {
                return Ok(());
            }
        }
        Err(Refused::Full)
    }

    fn put(&mut self, line: u64, slot: Slot, displaced: bool) -> bool {
        let first = self.first(line);
        let Some(free) = self.slots[first..first + SLOTS]
            .iter()
            .position(|slot| slot.is_empty())
        else {
            return false;
        };
        self.slots[first + free] = slot;
        self.mark(first + free, displaced);
        true
    }

    fn find(&self, line: u64, hash: NameHash) -> Option<usize> {
        let first = self.first(line);
        let line = &self.slots[first..first + SLOTS];
        line.iter()
            .position(|slot| slot.matches(hash))
            .map(|slot| first + slot)
    }

    fn first(&self, line: u64) -> usize {
        // `line` is below `self.lines`, whose slots all fit the vector.
        usize::try_from(line).unwrap_or(0) * SLOTS
    }

    fn is_displaced(&self, at: usize) -> bool {
        self.displaced[at / 64] >> (at % 64) & 1 == 1
    }

    fn mark(&mut self, at: usize, displaced: bool) {
        let bit = 1 << (at % 64);
        let word = &mut self.displaced[at / 64];
        *word = if displaced { *word | bit } else { *word & !bit };
    }

    /// xorshift64: which victim does not matter, only that walks do not run in circles.
    fn random_slot(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 40) as usize % SLOTS
    }

    /// Sets the filters; gives the slots in order and, sorted, the rows of those that escaped.
    pub(super) fn finish(mut self) -> (Vec<u64>, Vec<(u32, u32)>) {
        let mut overflow = Vec::with_capacity(self.escaped.len());
        for (hash, row) in std::mem::take(&mut self.escaped) {
            let primary = hash.primary(self.lines);
            let other = Slot::new(hash, row).other_line(primary, self.lines);
            let at = self.find(primary, hash).or_else(|| self.find(other, hash));
            overflow.extend(at.and_then(|at| Some((u32::try_from(at).ok()?, row))));
        }
        overflow.sort_unstable();
        let mut words = self.slots.iter().map(|slot| slot.0).collect::<Vec<_>>();
        for at in (0..self.slots.len()).filter(|at| self.is_displaced(*at)) {
            let slot = self.slots[at];
            let primary = self.first(slot.other_line((at / SLOTS) as u64, self.lines));
            if let Ok(line) = words[primary..primary + SLOTS].as_mut().try_into() {
                let line: &mut [u64; SLOTS] = line;
                LineFilter::note(line, slot);
            }
        }
        (words, overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::Name;
    use lachan_policy::ruleset::NameHasher;

    fn hash(number: u64) -> NameHash {
        NameHasher::new(42).hash(&Name::from_text(&format!("w{number}.vn")).unwrap())
    }

    #[test]
    fn every_name_is_found_with_its_row_at_full_load() {
        let names = 200_000;
        let mut table = Table::new(names, 7);
        for number in 0..names {
            table
                .insert(hash(number), u32::try_from(number % 5_000).unwrap())
                .unwrap();
        }
        for number in 0..names {
            let hash = hash(number);
            let primary = hash.primary(table.lines);
            let other = Slot::new(hash, 0).other_line(primary, table.lines);
            assert!(
                table
                    .find(primary, hash)
                    .or_else(|| table.find(other, hash))
                    .is_some()
            );
        }
        let escaped = (0..names).filter(|number| number % 5_000 >= u64::from(Slot::DIRECT_ROWS));
        let (words, overflow) = table.finish();
        assert_eq!(overflow.len(), escaped.count());
        assert!(overflow.is_sorted());
        assert!(words.len() as f64 * LOAD < names as f64 + 16.0);
    }

    #[test]
    fn the_same_hash_twice_is_a_collision() {
        let mut table = Table::new(10, 7);
        assert_eq!(table.insert(hash(1), 0), Ok(()));
        assert_eq!(table.insert(hash(1), 1), Err(Refused::Collision));
    }

    #[test]
    fn a_small_table_keeps_its_effective_bits() {
        assert_eq!(Table::new(1, 7).lines(), FEWEST_LINES);
    }
}
