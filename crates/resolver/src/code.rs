//! Request codes: six characters that a blocked answer carries and a pupil can tell the teacher.
//!
//! A code is nothing that is stored. It is a keyed hash of what the log of blocked attempts keeps of
//! the attempt anyway (day, group, tier, category, registrable name), so that whoever may read the
//! log can find the attempt by making the code of each row, and nobody else can make anything of
//! it: the key never leaves the box, and where the log keeps no name the code is made without one,
//! so it cannot be used to try names either. A day later the same block has another code.
//!
//! Within one group and day a code names the block, not the device: what two pupils of a class see
//! for one site is the same, and tells nothing of who asked.
//!
//! 25 bits are hash, 5 are for typing errors: one wrong or two swapped characters are always
//! noticed. Of a day's few thousand distinct blocks two share a code about once in ten days of the
//! largest school; then both are shown.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::{Category, GroupId, MAX_WIRE, Moment, Name, Tier};
use siphasher::sip::SipHasher13;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Characters of a code.
const LENGTH: usize = 6;
/// Crockford's base 32: no I, L, O and U, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Codes remembered, so that a page that asks again and again costs one hash.
const REMEMBERED: usize = 1024;
/// Bytes of what a code is made of besides the name: day, group, tier, category, whether there is a name.
const ABOUT: usize = 15;
/// Bits of a code.
const BITS: u32 = 30;

/// The secret of a box from which its codes are made.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestKey([u8; 16]);

impl RequestKey {
    /// The key of these random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestKey(…)")
    }
}

/// A block as the log keeps it.
#[derive(Debug, Clone, Copy)]
pub struct LoggedBlock<'l> {
    /// The local day, since 1970-01-01.
    pub day: i64,
    /// The group.
    pub group: GroupId,
    /// The tier.
    pub tier: Tier,
    /// The category that closed.
    pub category: Option<Category>,
    /// The registrable name; `None` where none is kept.
    pub name: Option<&'l Name>,
}

/// A request code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestCode(u32);

/// A text that is no request code: too short or too long, or mistyped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no request code; one has six letters and digits, and a mistyped one is noticed")]
pub struct BadCode(pub String);

impl RequestCode {
    /// The code of a block on this box.
    #[must_use]
    pub fn of(key: &RequestKey, block: &LoggedBlock<'_>) -> Self {
        Self::with(key, block, block.name.map(Name::as_wire))
    }

    /// The same, of a block whose registrable name is given in wire form instead.
    fn with(key: &RequestKey, block: &LoggedBlock<'_>, registrable: Option<&[u8]>) -> Self {
        // One string of bytes, so that it is hashed in one go: an answer waits for it.
        let mut bytes = [0; ABOUT + MAX_WIRE];
        let registrable_length = registrable.map_or(0, <[u8]>::len);
        let (about, name) = bytes.split_at_mut(ABOUT);
        about[..8].copy_from_slice(&block.day.to_be_bytes());
        about[8..12].copy_from_slice(&block.group.0.to_be_bytes());
        let tier = u8::try_from(block.tier.index()).unwrap_or(u8::MAX);
        let category = block.category.map_or(u8::MAX, Category::bit);
        // No name is another thing than the root.
        about[12..].copy_from_slice(&[tier, category, u8::from(registrable.is_some())]);
        name[..registrable_length].copy_from_slice(registrable.unwrap_or_default());
        let hasher = SipHasher13::new_with_key(&key.0);
        let hash = hasher.hash(&bytes[..ABOUT + registrable_length]) >> 39;
        let hash = u32::try_from(hash).unwrap_or_default();
        Self(hash << 5 | check(hash))
    }

    /// The code as ASCII.
    pub(crate) fn text(self) -> [u8; LENGTH] {
        let mut text = [0; LENGTH];
        for (to, digit) in text.iter_mut().zip(self.digits()) {
            *to = ALPHABET[digit];
        }
        text
    }

    fn digits(self) -> impl Iterator<Item = usize> {
        (0..LENGTH)
            .rev()
            .map(move |place| (self.0 >> (5 * place) & 31) as usize)
    }
}

/// The last digit: over the field of 32 elements the digits of a code, each times a power of 2,
/// sum to 0.
fn check(hash: u32) -> u32 {
    let sum = (0..LENGTH - 1)
        .rev()
        .fold(0, |sum, place| doubled(sum) ^ (hash >> (5 * place) & 31));
    doubled(sum)
}

/// Times 2 in the field of 32 elements, by the polynomial x⁵ + x² + 1.
const fn doubled(element: u32) -> u32 {
    let shifted = element << 1;
    if shifted & 32 == 0 {
        shifted
    } else {
        shifted ^ 0b10_0101
    }
}

impl fmt::Display for RequestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl FromStr for RequestCode {
    type Err = BadCode;
    /// Either case, spaces and hyphens passed over, and what is misread read right: O as 0, I and
    /// L as 1.
    fn from_str(text: &str) -> Result<Self, BadCode> {
        let bad = || BadCode(text.chars().take(40).collect());
        let (mut bits, mut length) = (0u32, 0);
        for character in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let read = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|known| char::from(*known) == read);
            let digit = digit.and_then(|digit| u32::try_from(digit).ok());
            length += 1;
            if length > LENGTH {
                return Err(bad());
            }
            bits = bits << 5 | digit.ok_or_else(bad)?;
        }
        if length == LENGTH && check(bits >> 5) == bits & 31 {
            Ok(Self(bits))
        } else {
            Err(bad())
        }
    }
}

/// Makes the codes of blocked answers, and remembers those it made lately.
pub(crate) struct Codes {
    key: RequestKey,
    /// Makes the places of `lately` others in every run.
    seed: u64,
    /// Each holds a code in its lower bits and what it belongs to, hashed, in the upper ones.
    lately: Box<[AtomicU64]>,
}

impl Codes {
    pub(crate) fn new(key: RequestKey) -> Self {
        Self {
            key,
            seed: RandomState::new().hash_one(()),
            lately: (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// What a block is remembered by. XXH3 keeps no secret; one who found two blocks of one hash
    /// would see the code of the one beside the other.
    fn place(
        &self,
        day: i64,
        group: GroupId,
        tier: Tier,
        category: Option<Category>,
        name: Option<&Name>,
    ) -> u64 {
        let category = category.map_or(u8::MAX, Category::bit);
        let kind = tier.index() << 16 | usize::from(category) << 1 | usize::from(name.is_some());
        let about = [day.cast_unsigned(), u64::from(group.0), kind as u64];
        let seed = about.iter().fold(self.seed, |seed, part| {
            (seed ^ part)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        });
        xxh3_64_with_seed(name.map(Name::as_wire).unwrap_or_default(), seed)
    }

    /// The code of a block of a name, of which the log will keep the registrable part.
    pub(crate) fn of(
        &self,
        at: Moment,
        group: GroupId,
        tier: Tier,
        category: Option<Category>,
        name: Option<&Name>,
    ) -> RequestCode {
        let day = at.local_day();
        let hash = self.place(day, group, tier, category, name);
        // 34 bits of the hash beside 10 that choose the slot: a wrong code would need 2^44 names.
        let belongs = hash >> BITS << BITS;
        let slot = usize::try_from(hash % REMEMBERED as u64).unwrap_or_default();
        let slot = &self.lately[slot];
        let held = slot.load(Ordering::Relaxed);
        if held >> BITS << BITS == belongs && held != 0 {
            return RequestCode((held & ((1 << BITS) - 1)) as u32);
        }
        let block = LoggedBlock {
            day,
            group,
            tier,
            category,
            name: None,
        };
        let registrable = name.and_then(|name| name.as_wire().get(name.registrable_start()..));
        let code = RequestCode::with(&self.key, &block, registrable);
        slot.store(belongs | u64::from(code.0), Ordering::Relaxed);
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: RequestKey = RequestKey([7; 16]);

    fn block(name: Option<&Name>) -> LoggedBlock<'_> {
        LoggedBlock {
            day: 20_000,
            group: GroupId(3),
            tier: Tier::Thcs,
            category: Category::new(3),
            name,
        }
    }

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    #[test]
    fn a_code_is_six_characters_that_nobody_misreads() {
        let code = RequestCode::of(&KEY, &block(Some(&name("nha-cai.vn")))).to_string();
        assert_eq!(code.len(), LENGTH);
        assert!(!code.contains(['I', 'L', 'O', 'U']));
    }

    #[test]
    fn everything_that_is_logged_counts_and_the_key_too() {
        let named = name("nha-cai.vn");
        let first = block(Some(&named));
        let code = RequestCode::of(&KEY, &first);
        let other = name("khac.vn");
        for different in [
            LoggedBlock {
                day: 20_001,
                ..first
            },
            LoggedBlock {
                group: GroupId(4),
                ..first
            },
            LoggedBlock {
                tier: Tier::Thpt,
                ..first
            },
            LoggedBlock {
                category: None,
                ..first
            },
            LoggedBlock {
                name: Some(&other),
                ..first
            },
            LoggedBlock {
                name: Some(&Name::ROOT),
                ..first
            },
            LoggedBlock {
                name: None,
                ..first
            },
        ] {
            assert_ne!(RequestCode::of(&KEY, &different), code, "{different:?}");
        }
        assert_ne!(RequestCode::of(&RequestKey([8; 16]), &first), code);
        assert_eq!(RequestCode::of(&KEY, &first), code);
    }

    #[test]
    fn the_registrable_part_is_what_counts_and_codes_are_remembered_right() {
        let codes = Codes::new(KEY);
        let at = Moment::from_unix(20_000 * 86_400, 0);
        let of = |text: &str| {
            codes.of(
                at,
                GroupId(3),
                Tier::Thcs,
                Category::new(3),
                Some(&name(text)),
            )
        };
        for _ in 0..2 {
            for index in 0..3000 {
                let registrable = name(&format!("n{index}.vn"));
                let expected = RequestCode::of(&KEY, &block(Some(&registrable)));
                assert_eq!(of(&format!("a.b.n{index}.vn")), expected);
            }
        }
    }

    #[test]
    fn a_key_is_not_shown_by_accident() {
        assert_eq!(format!("{KEY:?}"), "RequestKey(…)");
    }

    #[test]
    fn few_of_a_days_blocks_share_a_code() {
        let codes: std::collections::HashSet<u32> = (0..5000)
            .map(|index| RequestCode::of(&KEY, &block(Some(&name(&format!("n{index}.vn"))))).0)
            .collect();
        assert!(codes.len() >= 4995, "{}", codes.len());
    }

    fn some_code() -> impl Strategy<Value = RequestCode> {
        (0u32..1 << 25).prop_map(|hash| RequestCode(hash << 5 | check(hash)))
    }

    proptest! {
        #[test]
        fn codes_read_back_however_they_are_written(code in some_code()) {
            let text = code.to_string();
            let misread = text.replace('0', "o").replace('1', "l").to_lowercase();
            let spaced = format!(" {}-{} ", &text[..3], &text[3..]);
            for text in [text, misread, spaced] {
                prop_assert_eq!(text.parse::<RequestCode>(), Ok(code), "{}", text);
            }
        }

        #[test]
        fn one_wrong_character_is_noticed(code in some_code(), at in 0usize..6, other in 0usize..32) {
            let mut text = code.to_string().into_bytes();
            prop_assume!(text[at] != ALPHABET[other]);
            text[at] = ALPHABET[other];
            prop_assert!(String::from_utf8(text).unwrap().parse::<RequestCode>().is_err());
        }

        #[test]
        fn two_swapped_characters_are_noticed(code in some_code(), at in 0usize..5) {
            let mut text = code.to_string().into_bytes();
            prop_assume!(text[at] != text[at + 1]);
            text.swap(at, at + 1);
            prop_assert!(String::from_utf8(text).unwrap().parse::<RequestCode>().is_err());
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,20}") {
            let _ = text.parse::<RequestCode>();
        }
    }
}
