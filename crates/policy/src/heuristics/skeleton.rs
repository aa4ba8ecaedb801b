//! Skeletons: one form for all labels that look alike, after Unicode TR 39 §4.
//!
//! TR 39 maps every character to a prototype; here only what can stand in for an ASCII letter in a
//! host name matters: Cyrillic and Greek letters, Latin letters with marks (Vietnamese above all),
//! and within ASCII `0`/`o`, `1`/`i`/`l`, `rn`/`m` and `vv`/`w`. A label with any other character
//! (Chinese, Thai, Arabic) resembles no ASCII name and has no skeleton. Nothing allocates.

use super::punycode;

/// The folded form of a label.
#[derive(Debug, Clone, Copy)]
pub struct Skeleton {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Skeleton {
    /// A label's length is the most a skeleton can have: folding only shortens.
    const LONGEST: usize = crate::name::MAX_LABEL;

    /// The skeleton of a label as it stands in a name, `xn--` decoded; `None` when it has a
    /// character that resembles no letter, digit or hyphen of ASCII, or is no valid punycode.
    #[must_use]
    #[inline]
    pub fn of(label: &[u8]) -> Option<Self> {
        let mut skeleton = Self {
            bytes: [0; Self::LONGEST],
            length: 0,
        };
        if let Some(coded) = label.strip_prefix(punycode::PREFIX) {
            let mut characters = [0; punycode::LONGEST];
            for character in punycode::decode(coded, &mut characters)? {
                match folded(*character)? {
                    MARK => {}
                    byte => skeleton.push(byte)?,
                }
            }
            return Some(skeleton);
        }
        for byte in label {
            skeleton.push(fold_ascii(*byte)?)?;
        }
        Some(skeleton)
    }

    /// Its bytes: lower-case ASCII letters, digits, hyphens.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Takes the next letter; `rn` and `vv` become the letter they look like.
    #[inline]
    fn push(&mut self, byte: u8) -> Option<()> {
        let last = self.length.checked_sub(1).map(|last| self.bytes[last]);
        let (pair, at) = match (last, byte) {
            (Some(b'r'), b'n') => (b'm', self.length - 1),
            (Some(b'v'), b'v') => (b'w', self.length - 1),
            _ => (byte, self.length),
        };
        *self.bytes.get_mut(at)? = pair;
        self.length = at + 1;
        Some(())
    }
}

/// Stands for a character that is not seen: a combining mark, a joiner.
const MARK: u8 = 0;

#[inline]
fn fold_ascii(byte: u8) -> Option<u8> {
    const FOLDED: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte: u8 = 0;
        while byte < 128 {
            table[byte as usize] = match byte.to_ascii_lowercase() {
                b'0' => b'o',
                b'1' | b'i' => b'l',
                byte @ (b'a'..=b'z' | b'2'..=b'9' | b'-' | b'_') => byte,
                _ => 0,
            };
            byte += 1;
        }
        table
    };
    let folded = FOLDED[usize::from(byte)];
    (folded != 0).then_some(folded)
}

/// The ASCII letter that a character looks like, folded; [`MARK`] for what is not seen.
fn folded(character: u32) -> Option<u8> {
    if let Ok(byte) = u8::try_from(character)
        && byte.is_ascii()
    {
        return fold_ascii(byte);
    }
    let letter = match character {
        0xC0..=0x24F => LATIN
            .get(usize::try_from(character - 0xC0).ok()?)
            .copied()?,
        0x1E00..=0x1EFF => LATIN_ADDITIONAL
            .get(usize::try_from(character - 0x1E00).ok()?)
            .copied()?,
        // Soft hyphen, combining marks, joiners and variation selectors.
        0xAD | 0x300..=0x36F | 0x200B..=0x200D | 0x2060 | 0xFE00..=0xFE0F | 0xFEFF => {
            return Some(MARK);
        }
        // Fullwidth forms of ASCII.
        0xFF01..=0xFF5E => u8::try_from(character - 0xFF01 + 0x21).ok()?,
        _ => OTHER_SCRIPTS
            .binary_search_by_key(&character, |(from, _)| u32::from(*from))
            .ok()
            .map(|index| OTHER_SCRIPTS[index].1)?,
    };
    fold_ascii(letter)
}

/// U+00C0 to U+024F without their marks; `?` where there is no such letter.
const LATIN: &[u8; 400] = b"\
    aaaaaa?ceeeeiiiidnooooo?ouuuuypbaaaaaa?ceeeeiiiidnooooo?ouuuuypy\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkklllllll\
    lllnnnnnnn??oooooo??rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs\
    bbbb???ccdddd????ffg???ikkl??nn?oo??pp?????ttttuu?vyyzz????????p\
    ?????????????aaiioouuuuuuuuuu?aaaa??ggggkkoooo??j???gg?pnnaa??oo\
    aaaaeeeeiiiioooorrrruuuusstt??hhn???zzaaeeooooooooyylntj??accl??\
    ???b????????????";

/// U+1E00 to U+1EFF, where most Vietnamese letters stand.
const LATIN_ADDITIONAL: &[u8; 256] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm\
    mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv\
    wwwwwwwwwwxxxxyyzzzzzzhtwy?s??b?aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
    eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy??????";

/// Letters of other scripts and phonetic letters that pass for a Latin one (confusables.txt of
/// TR 39, those valid in names, both cases), by code point.
const OTHER_SCRIPTS: &[(char, u8)] = &[
    ('ɑ', b'a'),
    ('ɡ', b'g'),
    ('ɩ', b'i'),
    ('ɪ', b'i'),
    ('ɯ', b'w'),
    ('ɴ', b'n'),
    ('ʏ', b'y'),
    ('Α', b'a'),
    ('Β', b'b'),
    ('Ε', b'e'),
    ('Ζ', b'z'),
    ('Η', b'h'),
    ('Ι', b'i'),
    ('Κ', b'k'),
    ('Μ', b'm'),
    ('Ν', b'n'),
    ('Ο', b'o'),
    ('Ρ', b'p'),
    ('Τ', b't'),
    ('Υ', b'y'),
    ('Χ', b'x'),
    ('ά', b'a'),
    ('έ', b'e'),
    ('ή', b'n'),
    ('ί', b'i'),
    ('α', b'a'),
    ('β', b'b'),
    ('γ', b'y'),
    ('ε', b'e'),
    ('η', b'n'),
    ('ι', b'i'),
    ('κ', b'k'),
    ('μ', b'u'),
    ('ν', b'v'),
    ('ο', b'o'),
    ('ρ', b'p'),
    ('ς', b'c'),
    ('σ', b'o'),
    ('τ', b't'),
    ('υ', b'u'),
    ('χ', b'x'),
    ('ω', b'w'),
    ('ϊ', b'i'),
    ('ό', b'o'),
    ('ύ', b'u'),
    ('ώ', b'w'),
    ('ϲ', b'c'),
    ('ϳ', b'j'),
    ('Ѕ', b's'),
    ('І', b'i'),
    ('Ј', b'j'),
    ('А', b'a'),
    ('В', b'b'),
    ('Е', b'e'),
    ('К', b'k'),
    ('М', b'm'),
    ('Н', b'h'),
    ('О', b'o'),
    ('Р', b'p'),
    ('С', b'c'),
    ('Т', b't'),
    ('У', b'y'),
    ('Х', b'x'),
    ('а', b'a'),
    ('в', b'b'),
    ('г', b'r'),
    ('е', b'e'),
    ('к', b'k'),
    ('м', b'm'),
    ('н', b'h'),
    ('о', b'o'),
    ('п', b'n'),
    ('р', b'p'),
    ('с', b'c'),
    ('т', b't'),
    ('у', b'y'),
    ('х', b'x'),
    ('ѐ', b'e'),
    ('ё', b'e'),
    ('ѕ', b's'),
    ('і', b'i'),
    ('ї', b'i'),
    ('ј', b'j'),
    ('ѡ', b'w'),
    ('ѵ', b'v'),
    ('ғ', b'f'),
    ('ү', b'y'),
    ('ұ', b'y'),
    ('һ', b'h'),
    ('ҽ', b'e'),
    ('Ӏ', b'l'),
    ('ӏ', b'l'),
    ('ԁ', b'd'),
    ('ԍ', b'g'),
    ('ԛ', b'q'),
    ('ԝ', b'w'),
    ('ա', b'w'),
    ('գ', b'q'),
    ('զ', b'q'),
    ('հ', b'h'),
    ('ո', b'n'),
    ('ռ', b'n'),
    ('ս', b'u'),
    ('ց', b'g'),
    ('օ', b'o'),
    ('ᴀ', b'a'),
    ('ᴄ', b'c'),
    ('ᴅ', b'd'),
    ('ᴇ', b'e'),
    ('ᴊ', b'j'),
    ('ᴋ', b'k'),
    ('ᴍ', b'm'),
    ('ᴏ', b'o'),
    ('ᴘ', b'p'),
    ('ᴛ', b't'),
    ('ᴜ', b'u'),
    ('ᴠ', b'v'),
    ('ᴡ', b'w'),
    ('ᴢ', b'z'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use proptest::prelude::*;

    fn skeleton(label: &str) -> Option<String> {
        let name = Name::from_text(&format!("{label}.vn")).unwrap();
        let skeleton = Skeleton::of(name.labels().next().unwrap())?;
        Some(String::from_utf8(skeleton.as_bytes().to_vec()).unwrap())
    }

    #[track_caller]
    fn check(label: &str, looks_like: &str) {
        assert_eq!(skeleton(label), skeleton(looks_like), "{label}");
        assert!(skeleton(label).is_some(), "{label}");
    }

    #[test]
    fn labels_that_look_alike_have_one_skeleton() {
        for (label, looks_like) in [
            ("g00gle", "google"),
            ("paypa1", "paypal"),
            ("paypai", "paypal"),
            ("vietcornbank", "vietcombank"),
            ("vvikipedia", "wikipedia"),
            ("việtcombạnk", "vietcombank"),
            ("đientử", "dientu"),
            ("аррӏе", "apple"),
            ("gοοgle", "google"),
            ("ѕсоре", "scope"),
            ("facebооk", "facebook"),
            ("ẓalo", "zalo"),
            ("zaⅼo", "zalo"),
        ] {
            check(label, looks_like);
        }
    }

    #[test]
    fn other_scripts_look_like_no_ascii_name() {
        for label in ["中文", "ไทย", "日本", "مثال"] {
            assert_eq!(skeleton(label), None, "{label}");
        }
    }

    #[test]
    fn the_table_of_other_scripts_is_sorted() {
        assert!(OTHER_SCRIPTS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn letters_without_their_marks_are_the_letters_unicode_gives() {
        // UTS 46 composes (NFC), so a letter and its mark must give the one the table has.
        for (marked, plain) in "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
            .chars()
            .zip("aaaaeeeiioooouuyadiuouaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy".chars())
        {
            assert_eq!(
                folded(marked.into()),
                fold_ascii(u8::try_from(plain).unwrap()),
                "{marked}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_label_upsets_it_and_a_skeleton_is_its_own(label in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(skeleton) = Skeleton::of(&label) {
                prop_assert!(skeleton.as_bytes().len() <= label.len());
                let plain = !skeleton.as_bytes().starts_with(punycode::PREFIX);
                if plain && let Some(again) = Skeleton::of(skeleton.as_bytes()) {
                    // Folding can make a new pair (rrnn), so only what it keeps is compared.
                    prop_assert!(again.as_bytes().len() <= skeleton.as_bytes().len());
                }
            }
        }

        #[test]
        fn any_letters_with_marks_fold_to_the_letters(word in "[a-z]{4,20}", mark in 0u32..5) {
            let combining = ['\u{300}', '\u{301}', '\u{309}', '\u{303}', '\u{323}'][mark as usize];
            let marked = word.chars().flat_map(|letter| [letter, combining]).collect::<String>();
            if Name::from_text(&format!("{marked}.vn")).is_ok() {
                prop_assert_eq!(skeleton(&marked), skeleton(&word));
            }
        }
    }
}
