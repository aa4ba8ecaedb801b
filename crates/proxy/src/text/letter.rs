//! Letters as they are compared: each one byte, apart from its tone.
//!
//! A Vietnamese syllable has one tone, and people (and input methods) write its mark on different
//! vowels: "hoà" and "hòa" are the same word and differ even in NFD. So a letter is taken apart into
//! its base, which the syllable keeps in order, and its tone, which the syllable keeps once. The
//! composed and the decomposed form of a letter then give the same by themselves, and no other
//! normalisation has to run first.

/// Tones, as the last byte of a key. None of them is a letter.
pub(crate) const GRAVE: u8 = 1;
pub(crate) const ACUTE: u8 = 2;
pub(crate) const HOOK: u8 = 3;
pub(crate) const TILDE: u8 = 4;
pub(crate) const DOT: u8 = 5;

/// Letters of the alphabet beyond ASCII: bytes that UTF-8 never has.
pub(crate) const A_BREVE: u8 = 0xF8;
pub(crate) const A_CIRCUMFLEX: u8 = 0xF9;
pub(crate) const D_STROKE: u8 = 0xFA;
pub(crate) const E_CIRCUMFLEX: u8 = 0xFB;
pub(crate) const O_CIRCUMFLEX: u8 = 0xFC;
pub(crate) const O_HORN: u8 = 0xFD;
pub(crate) const U_HORN: u8 = 0xFE;

/// A letter's base and tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter {
    /// ASCII, or one of the constants above.
    pub(crate) base: u8,
    /// 0 for none.
    pub(crate) tone: u8,
}

/// What a character is to the reader of syllables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter of the Vietnamese alphabet, or a digit.
    Letter(Letter),
    /// A combining mark on the letter before.
    Mark(Mark),
    /// Not there: soft hyphens, zero-width characters, variation selectors, directions.
    Nothing,
    /// A letter or digit of another alphabet.
    Other,
    /// Between words; whether letters written apart may be joined over it.
    Break {
        /// A dot, a dash, a star, …
        joins: bool,
    },
}

/// A combining mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// One of the five tones.
    Tone(u8),
    /// U+0302.
    Circumflex,
    /// U+0306.
    Breve,
    /// U+031B.
    Horn,
}

impl Mark {
    /// The letter that a base with this mark is, if it is another.
    pub(crate) const fn on(self, base: u8) -> Option<u8> {
        Some(match (self, base) {
            (Self::Circumflex, b'a') => A_CIRCUMFLEX,
            (Self::Circumflex, b'e') => E_CIRCUMFLEX,
            (Self::Circumflex, b'o') => O_CIRCUMFLEX,
            (Self::Breve, b'a') => A_BREVE,
            (Self::Horn, b'o') => O_HORN,
            (Self::Horn, b'u') => U_HORN,
            _ => return None,
        })
    }
}

/// The letter of a base without its diacritics.
pub(crate) const fn folded(base: u8) -> u8 {
    match base {
        A_BREVE | A_CIRCUMFLEX => b'a',
        D_STROKE => b'd',
        E_CIRCUMFLEX => b'e',
        O_CIRCUMFLEX | O_HORN => b'o',
        U_HORN => b'u',
        other => other,
    }
}

/// How a base is written.
pub(crate) const fn spelled(base: u8) -> char {
    match base {
        A_BREVE => 'ă',
        A_CIRCUMFLEX => 'â',
        D_STROKE => 'đ',
        E_CIRCUMFLEX => 'ê',
        O_CIRCUMFLEX => 'ô',
        O_HORN => 'ơ',
        U_HORN => 'ư',
        other => other as char,
    }
}

/// Every letter with a tone: the base, then the five tones in their order.
const TONED: [(u8, [char; 5]); 12] = [
    (b'a', ['à', 'á', 'ả', 'ã', 'ạ']),
    (A_BREVE, ['ằ', 'ắ', 'ẳ', 'ẵ', 'ặ']),
    (A_CIRCUMFLEX, ['ầ', 'ấ', 'ẩ', 'ẫ', 'ậ']),
    (b'e', ['è', 'é', 'ẻ', 'ẽ', 'ẹ']),
    (E_CIRCUMFLEX, ['ề', 'ế', 'ể', 'ễ', 'ệ']),
    (b'i', ['ì', 'í', 'ỉ', 'ĩ', 'ị']),
    (b'o', ['ò', 'ó', 'ỏ', 'õ', 'ọ']),
    (O_CIRCUMFLEX, ['ồ', 'ố', 'ổ', 'ỗ', 'ộ']),
    (O_HORN, ['ờ', 'ớ', 'ở', 'ỡ', 'ợ']),
    (b'u', ['ù', 'ú', 'ủ', 'ũ', 'ụ']),
    (U_HORN, ['ừ', 'ứ', 'ử', 'ữ', 'ự']),
    (b'y', ['ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ']),
];

/// Letters without a tone beyond ASCII, small and capital: the stroke of U+00D0 and U+0189 is
/// drawn as that of U+0110, and text in all three is about.
const PLAIN: [(char, u8); 18] = [
    ('ă', A_BREVE),
    ('Ă', A_BREVE),
    ('â', A_CIRCUMFLEX),
    ('Â', A_CIRCUMFLEX),
    ('đ', D_STROKE),
    ('Đ', D_STROKE),
    ('\u{D0}', D_STROKE),
    ('\u{F0}', D_STROKE),
    ('\u{189}', D_STROKE),
    ('\u{256}', D_STROKE),
    ('ê', E_CIRCUMFLEX),
    ('Ê', E_CIRCUMFLEX),
    ('ô', O_CIRCUMFLEX),
    ('Ô', O_CIRCUMFLEX),
    ('ơ', O_HORN),
    ('Ơ', O_HORN),
    ('ư', U_HORN),
    ('Ư', U_HORN),
];

const LATIN_FROM: usize = 0xC0;
const LATIN: usize = 0x260 - LATIN_FROM;
const EXTENDED_FROM: usize = 0x1EA0;
const EXTENDED: usize = 0x1EFA - EXTENDED_FROM;

const NONE: Letter = Letter { base: 0, tone: 0 };

struct Tables {
    latin: [Letter; LATIN],
    extended: [Letter; EXTENDED],
}

static TABLES: Tables = tables();

#[expect(
    clippy::cast_possible_truncation,
    reason = "tones are 1 to 5; `try_from` is not const"
)]
const fn tables() -> Tables {
    let mut tables = Tables {
        latin: [NONE; LATIN],
        extended: [NONE; EXTENDED],
    };
    let mut row = 0;
    while row < TONED.len() {
        let (base, letters) = TONED[row];
        let mut tone = 0;
        while tone < 5 {
            let letter = Letter {
                base,
                tone: tone as u8 + 1,
            };
            place(&mut tables, letters[tone] as usize, letter);
            place(&mut tables, capital(letters[tone]), letter);
            tone += 1;
        }
        row += 1;
    }
    let mut row = 0;
    while row < PLAIN.len() {
        let (letter, base) = PLAIN[row];
        place(&mut tables, letter as usize, Letter { base, tone: 0 });
        row += 1;
    }
    tables
}

const fn place(tables: &mut Tables, at: usize, letter: Letter) {
    if at >= EXTENDED_FROM {
        tables.extended[at - EXTENDED_FROM] = letter;
    } else {
        tables.latin[at - LATIN_FROM] = letter;
    }
}

/// The capital's code point: 32 before in Latin-1, one before in the later blocks.
const fn capital(small: char) -> usize {
    let code = small as usize;
    if code < 0x100 { code - 32 } else { code - 1 }
}

/// The Vietnamese letter of a character beyond ASCII.
#[inline]
pub(crate) fn vietnamese(code: u32) -> Option<Letter> {
    let code = code as usize;
    let letter = if code < LATIN_FROM + LATIN {
        TABLES.latin.get(code.wrapping_sub(LATIN_FROM))
    } else {
        TABLES.extended.get(code.wrapping_sub(EXTENDED_FROM))
    };
    letter.copied().filter(|letter| letter.base != 0)
}

/// What any character beyond ASCII is.
pub(crate) fn kind(character: char) -> Kind {
    let code = u32::from(character);
    if let Some(letter) = vietnamese(code) {
        return Kind::Letter(letter);
    }
    match code {
        0x300 => Kind::Mark(Mark::Tone(GRAVE)),
        0x301 => Kind::Mark(Mark::Tone(ACUTE)),
        0x309 => Kind::Mark(Mark::Tone(HOOK)),
        0x303 => Kind::Mark(Mark::Tone(TILDE)),
        0x323 => Kind::Mark(Mark::Tone(DOT)),
        // Deprecated doubles of grave and acute that NFC turns into these.
        0x340 => Kind::Mark(Mark::Tone(GRAVE)),
        0x341 => Kind::Mark(Mark::Tone(ACUTE)),
        0x302 => Kind::Mark(Mark::Circumflex),
        0x306 => Kind::Mark(Mark::Breve),
        0x31B => Kind::Mark(Mark::Horn),
        // Other marks decorate; what is decorated stays.
        0x304..=0x36F => Kind::Nothing,
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF => {
            Kind::Nothing
        }
        0xFE00..=0xFE0F | 0xE0100..=0xE01EF => Kind::Nothing,
        0xB7 | 0x2010..=0x2015 | 0x2018 | 0x2019 | 0x2022 | 0x2027 | 0x2212 => {
            Kind::Break { joins: true }
        }
        _ => match ascii_like(code) {
            Some(byte) => ascii(byte),
            None if character.is_alphanumeric() => Kind::Other,
            None => Kind::Break { joins: false },
        },
    }
}

/// What an ASCII character is.
pub(crate) fn ascii(byte: u8) -> Kind {
    if byte.is_ascii_alphanumeric() {
        let base = byte.to_ascii_lowercase();
        Kind::Letter(Letter { base, tone: 0 })
    } else {
        Kind::Break {
            joins: is_joint(byte),
        }
    }
}

/// Characters over which "c.á" is one syllable.
pub(crate) const fn is_joint(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'-' | b'_' | b'*' | b'~' | b'|' | b'+' | b'=' | b'^' | b'\'' | b'`' | b'/'
    )
}

/// What looks like ASCII in other clothes: fullwidth forms and the alphabets of mathematics (NFKC
/// of these blocks, and of no others).
fn ascii_like(code: u32) -> Option<u8> {
    let byte = match code {
        0xFF01..=0xFF5E => code - 0xFF01 + 0x21,
        // Thirteen alphabets of 52 letters, capitals first; their holes are letters of other blocks.
        0x1D400..=0x1D6A3 => match (code - 0x1D400) % 52 {
            at @ 0..=25 => at + 0x41,
            at => at - 26 + 0x61,
        },
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10 + 0x30,
        0x24B6..=0x24CF => code - 0x24B6 + 0x41,
        0x24D0..=0x24E9 => code - 0x24D0 + 0x61,
        0x210E => 0x68,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// The character of a base with a tone.
pub(crate) fn compose(base: u8, tone: u8) -> char {
    let toned = TONED.iter().find(|(letter, _)| *letter == base);
    match (toned, usize::from(tone).checked_sub(1)) {
        (Some((_, letters)), Some(index)) => {
            letters.get(index).copied().unwrap_or_else(|| spelled(base))
        }
        _ => spelled(base),
    }
}

/// Whether a base is a vowel, which may carry a tone.
pub(crate) const fn is_vowel(base: u8) -> bool {
    matches!(
        base,
        b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | A_BREVE | A_CIRCUMFLEX | E_CIRCUMFLEX
    ) || matches!(base, O_CIRCUMFLEX | O_HORN | U_HORN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_alphabet_is_known_small_and_capital() {
        let mut count = 0;
        for (base, letters) in TONED {
            for (index, small) in letters.into_iter().enumerate() {
                let tone = u8::try_from(index).unwrap() + 1;
                let expected = Kind::Letter(Letter { base, tone });
                for letter in std::iter::once(small).chain(small.to_uppercase()) {
                    assert_eq!(kind(letter), expected, "{letter}");
                    count += 1;
                }
                assert_eq!(compose(base, tone), small);
            }
        }
        for letter in "ăâđêôơưĂÂĐÊÔƠƯ".chars() {
            assert!(matches!(kind(letter), Kind::Letter(_)), "{letter}");
            count += 1;
        }
        assert_eq!(count, 134);
    }

    #[test]
    fn characters_in_other_clothes_are_ascii() {
        for (clothed, plain) in [
            ('Ａ', b'a'),
            ('ｚ', b'z'),
            ('９', b'9'),
            ('𝐩', b'p'),
            ('ⓧ', b'x'),
        ] {
            let expected = Kind::Letter(Letter {
                base: plain,
                tone: 0,
            });
            assert_eq!(kind(clothed), expected, "{clothed}");
        }
        assert_eq!(kind('я'), Kind::Other);
        assert_eq!(kind('\u{200B}'), Kind::Nothing);
        assert_eq!(kind('…'), Kind::Break { joins: false });
    }
}
