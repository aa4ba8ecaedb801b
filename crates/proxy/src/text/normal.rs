//! The normal form of a text as text: for tests, for showing where a phrase fired, for search
//! queries. Scoring never makes it.

use super::letter::{self, is_vowel};
use super::markup::{Markup, TextKind};
use super::syllable::{Key, Sink, Words};

/// The syllables of a plain text, in lower case with one space between, each tone on the vowel where
/// schoolbooks put it. Words of more than fifteen letters, which
/// no list has, are left out. What was normalised once stays as it is.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut all = Spelled(String::with_capacity(text.len()));
    let (mut markup, mut words) = (Markup::new(TextKind::Plain), Words::default());
    markup.feed(text.as_bytes(), &mut words, &mut all);
    markup.end(&mut words, &mut all);
    all.0
}

struct Spelled(String);

impl Sink for Spelled {
    fn syllable(&mut self, exact: Key, _: Key) {
        if exact == Key::UNKNOWN {
            return;
        }
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(&spell(exact));
    }
}

/// How a syllable is written.
pub(crate) fn spell(key: Key) -> String {
    if key == Key::UNKNOWN {
        return "…".to_owned();
    }
    let mut bytes: Vec<u8> = key.bytes().collect();
    let tone = match bytes.last() {
        Some(tone @ 1..=5) => *tone,
        _ => 0,
    };
    if tone != 0 {
        bytes.pop();
    }
    let slot = slot(&bytes).filter(|_| tone != 0);
    let mut text = String::with_capacity(bytes.len() + 4);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        // Letters of other alphabets stand as their UTF-8 bytes.
        if (0x80..letter::A_BREVE).contains(byte) {
            let end = bytes[at..]
                .iter()
                .position(|byte| !(0x80..letter::A_BREVE).contains(byte));
            let end = end.map_or(bytes.len(), |length| at + length);
            text.push_str(&String::from_utf8_lossy(&bytes[at..end]));
            at = end;
            continue;
        }
        match slot {
            Some(slot) if slot == at => text.push(letter::compose(*byte, tone)),
            _ => text.push(letter::spelled(*byte)),
        }
        at += 1;
    }
    // A tone that no vowel of the word can carry keeps its place as a mark.
    if tone != 0 && slot.is_none() {
        text.push(['\u{300}', '\u{301}', '\u{309}', '\u{303}', '\u{323}'][usize::from(tone) - 1]);
    }
    text
}

/// The letter that carries the tone: a marked vowel, else the last vowel before a final consonant,
/// else the first of two and the middle of three. The u of "qu" and the i of "gi" are no vowels.
fn slot(letters: &[u8]) -> Option<usize> {
    let first = letters.iter().position(|letter| is_vowel(*letter))?;
    let glide = matches!(letters.get(..=first), Some([.., b'q', b'u'] | [b'g', b'i']));
    let is_vowel_at = |at: usize| letters.get(at).is_some_and(|letter| is_vowel(*letter));
    let from = first + usize::from(glide && is_vowel_at(first + 1));
    let length = letters[from..]
        .iter()
        .take_while(|letter| is_vowel(**letter))
        .count();
    let cluster = &letters[from..from + length];
    if let Some(marked) = cluster.iter().rposition(|letter| !letter.is_ascii()) {
        return Some(from + marked);
    }
    Some(match length {
        1 => from,
        _ if from + length < letters.len() => from + length - 1,
        2 => from,
        _ => from + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(normalise(text), expected, "{text:?}");
        assert_eq!(normalise(expected), expected, "once is enough");
    }

    #[test]
    fn spellings_of_one_word_are_one() {
        check("Hoà hòa HÒA", "hòa hòa hòa");
        check(
            "thuý thúy khoẻ khỏe quý giá già",
            "thúy thúy khỏe khỏe quý giá già",
        );
        // NFD, and the dot below before the circumflex.
        check("tie\u{302}\u{301}ng vie\u{323}\u{302}t", "tiếng việt");
        check("ĐÁNH BẠC \u{D0}ánh \u{189}ánh", "đánh bạc đánh đánh");
        check(
            "nghiêng ngoằn ngoèo khuỷu tay",
            "nghiêng ngoằn ngoèo khuỷu tay",
        );
    }

    #[test]
    fn what_is_written_apart_or_in_disguise_is_joined() {
        check("c.á đ.ộ", "cá độ");
        check("n-ổ h_ũ", "nổ hũ");
        check("s.e.x", "sex");
        check("nổ\u{200B} h\u{AD}ũ", "nổ hũ");
        check("ｐｏｒｎ 𝐩𝐨𝐫𝐧", "porn porn");
        check("c&aacute; &#273;ộ \\u0111\\u1ed9", "cá độ độ");
        check("a, b, c", "a b c");
        check("1.2.3", "1 2 3");
        check("don't stop", "don t stop");
    }

    #[test]
    fn other_alphabets_and_long_words_do_no_harm() {
        check("Привет мир", "привет мир");
        check("日本語", "日本語");
        check(&"a".repeat(16), "");
        check(&"b".repeat(15), &"b".repeat(15));
    }
}
