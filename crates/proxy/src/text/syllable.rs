//! Syllables: the words of a text as numbers, gathered character by character.
//!
//! A [`Key`] holds up to fifteen letters and a tone in the bytes of a `u128`, so that a word is
//! compared in one instruction and nothing is allocated. Single letters with one joint between
//! ("c.á đ.ộ") are put together before they are given on.
//!
//! Tried and lost (`scripts/bench page`): keeping the key without marks only from the first mark on
//! spares a shift a letter and costs 20 % in branches that are guessed wrongly.

use super::letter::{Kind, Letter, Mark, folded};

/// A syllable: its letters from high to low, then its tone. 0 is a word too long to be in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) u128);

/// Most bytes of letters in a key; the tone needs one more.
pub(crate) const LONGEST: u32 = 15;

impl Key {
    /// A word that no list has.
    pub(crate) const UNKNOWN: Self = Self(0);

    /// Its bytes, the first letter first.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        self.0
            .to_be_bytes()
            .into_iter()
            .skip_while(|byte| *byte == 0)
    }
}

/// Told each syllable, as written and without diacritics.
pub(crate) trait Sink {
    /// The next syllable.
    fn syllable(&mut self, exact: Key, plain: Key);
}

/// What a text has of letters, for the gate of folded phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Letters {
    /// All letters and digits.
    pub(crate) all: u64,
    /// Those that only Vietnamese text has: with a mark, or đ.
    pub(crate) marked: u64,
}

/// A word under way.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    exact: u128,
    /// The same letters without their marks.
    plain: u128,
    /// Bytes in the keys; past [`LONGEST`] the word is unknown.
    length: u32,
    tone: u8,
    /// A letter or its tone had a mark: the two keys differ.
    marked: bool,
    /// How many letters: a letter of another alphabet takes several bytes.
    letters: u32,
    /// Its last letter counts among the marked ones already.
    last_counted: bool,
    /// It has a digit: numbers are not joined.
    digit: bool,
}

/// The reader of syllables. It keeps the word under way from call to call.
#[derive(Debug, Default)]
pub(crate) struct Words {
    word: Word,
    /// Single letters that were joined so far.
    run: Word,
    letters: Letters,
    count: u64,
}

impl Word {
    const fn is_empty(&self) -> bool {
        self.letters == 0
    }

    fn push(&mut self, base: u8, plain: u8) {
        self.exact = self.exact << 8 | u128::from(base);
        self.plain = self.plain << 8 | u128::from(plain);
        self.length += 1;
    }

    fn tone(&mut self, tone: u8) {
        if self.tone == 0 {
            self.tone = tone;
        }
        self.marked = true;
    }

    /// Appends another word's letters.
    fn append(&mut self, other: &Self) {
        let bits = 8 * other.length.min(LONGEST);
        self.exact = self.exact << bits | other.exact;
        self.plain = self.plain << bits | other.plain;
        self.length = self.length.saturating_add(other.length);
        self.letters += other.letters;
        self.marked |= other.marked;
        if self.tone == 0 {
            self.tone = other.tone;
        }
    }

    fn give(&self, sink: &mut impl Sink) {
        if self.length > LONGEST {
            sink.syllable(Key::UNKNOWN, Key::UNKNOWN);
            return;
        }
        let exact = match self.tone {
            0 => self.exact,
            tone => self.exact << 8 | u128::from(tone),
        };
        sink.syllable(Key(exact), Key(self.plain));
    }
}

impl Words {
    /// How many syllables were given.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// What letters there were.
    pub(crate) const fn letters(&self) -> Letters {
        self.letters
    }

    /// Whole ASCII letters and digits at the start of `bytes` go into the word; tells how many.
    #[inline]
    pub(crate) fn ascii(&mut self, bytes: &[u8]) -> usize {
        let mut word = self.word;
        let mut taken = 0;
        for byte in bytes {
            let lower = LOWER[usize::from(*byte)];
            if lower == 0 {
                break;
            }
            word.push(lower, lower);
            word.digit |= lower <= b'9';
            taken += 1;
        }
        word.letters = word
            .letters
            .saturating_add(u32::try_from(taken).unwrap_or(u32::MAX));
        word.last_counted &= taken == 0;
        self.letters.all += taken as u64;
        self.word = word;
        taken
    }

    /// A Vietnamese letter beyond ASCII.
    #[inline]
    pub(crate) fn letter(&mut self, letter: Letter) {
        self.word.push(letter.base, folded(letter.base));
        self.word.letters += 1;
        self.word.last_counted = letter.base >= 0x80 || letter.tone != 0;
        self.word.digit |= letter.base.is_ascii_digit();
        self.letters.all += 1;
        if self.word.last_counted {
            self.letters.marked += 1;
            self.word.marked = true;
        }
        if letter.tone != 0 {
            self.word.tone(letter.tone);
        }
    }

    /// Any character.
    pub(crate) fn character(&mut self, character: char, sink: &mut impl Sink) {
        let kind = match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => super::letter::ascii(byte),
            _ => super::letter::kind(character),
        };
        match kind {
            Kind::Letter(letter) => self.letter(letter),
            Kind::Mark(mark) => self.mark(mark),
            Kind::Nothing => {}
            Kind::Other => self.other(character),
            Kind::Break { joins } => self.gap(joins, sink),
        }
    }

    /// A mark changes the letter before it; without one it is nothing.
    fn mark(&mut self, mark: Mark) {
        let word = &mut self.word;
        if word.is_empty() {
            return;
        }
        match mark {
            Mark::Tone(tone) => word.tone(tone),
            shape => {
                let last = word.exact.to_le_bytes()[0];
                let Some(base) = shape.on(last) else { return };
                word.exact = word.exact & !0xFF | u128::from(base);
                word.marked = true;
            }
        }
        if !word.last_counted {
            word.last_counted = true;
            self.letters.marked += 1;
        }
    }

    /// A letter of another alphabet, by its bytes.
    fn other(&mut self, character: char) {
        let mut buffer = [0; 4];
        for lower in character.to_lowercase() {
            // Small letters of some capitals are ASCII, or bring a mark that decorates.
            if !lower.is_ascii_alphanumeric() && super::letter::kind(lower) != Kind::Other {
                continue;
            }
            for byte in lower.encode_utf8(&mut buffer).bytes() {
                self.word.push(byte, byte);
            }
        }
        self.word.letters += 1;
        self.word.last_counted = true;
        self.letters.all += 1;
    }

    /// A character between words.
    #[inline]
    pub(crate) fn gap(&mut self, joins: bool, sink: &mut impl Sink) {
        let word = std::mem::take(&mut self.word);
        if word.letters > 1 || (word.letters == 1 && word.digit) {
            if !self.run.is_empty() {
                self.end_run(sink);
            }
            self.count += 1;
            word.give(sink);
        } else if word.letters == 1 {
            self.run.append(&word);
            if !joins {
                self.end_run(sink);
            }
        } else if !self.run.is_empty() {
            // Two characters between: what was joined ends.
            self.end_run(sink);
        }
    }

    fn end_run(&mut self, sink: &mut impl Sink) {
        let run = std::mem::take(&mut self.run);
        self.count += 1;
        run.give(sink);
    }

    /// The text is over.
    pub(crate) fn end(&mut self, sink: &mut impl Sink) {
        self.gap(false, sink);
        self.gap(false, sink);
    }
}

/// ASCII letters in lower case and digits; 0 for all else.
static LOWER: [u8; 256] = lower();

#[expect(
    clippy::cast_possible_truncation,
    reason = "the index stays below 256; `try_from` is not const"
)]
const fn lower() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        if (at as u8).is_ascii_alphanumeric() {
            table[at] = (at as u8).to_ascii_lowercase();
        }
        at += 1;
    }
    table
}
