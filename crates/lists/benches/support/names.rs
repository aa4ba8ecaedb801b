//! Names as real lists have them: made, not copied, and the same in every run.
//!
//! Fitted to the 6.8 million real list names of `reference/peer-measurements.md`, A1: 2.5 labels
//! and 19 characters on average, a fifth below another listed name, words from a few languages,
//! digits, a long tail of top-level domains. A label is words of a Zipf-like vocabulary made of
//! syllables, so that neighbours share beginnings as real names do.

use std::fmt::Write as _;

/// splitmix64: the same numbers on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    /// Small numbers far more often than large ones, as words are used.
    fn zipf(&mut self, limit: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (((limit as f64).powf(uniform) - 1.0) as usize).min(limit - 1)
    }
}

const ONSETS: [&str; 24] = [
    "b", "c", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "th", "tr", "ch",
    "ph", "kh", "st", "br", "", "sh",
];
const RIMES: [&str; 26] = [
    "a", "e", "i", "o", "u", "an", "en", "in", "on", "ang", "ong", "er", "ar", "or", "et", "ex",
    "ick", "oo", "ai", "ay", "ia", "at", "it", "ell", "al", "ine",
];
/// Endings with their weights in a thousand.
const ENDINGS: [(&str, usize); 26] = [
    ("com", 500),
    ("net", 70),
    ("org", 40),
    ("info", 30),
    ("xyz", 30),
    ("top", 25),
    ("de", 25),
    ("ru", 25),
    ("cc", 20),
    ("vip", 20),
    ("club", 20),
    ("site", 20),
    ("online", 20),
    ("vn", 15),
    ("com.vn", 10),
    ("co.uk", 15),
    ("fr", 15),
    ("nl", 10),
    ("tk", 15),
    ("biz", 10),
    ("live", 15),
    ("pro", 10),
    ("com.br", 10),
    ("in", 10),
    ("me", 10),
    ("win", 10),
];

/// A maker of names.
pub(crate) struct Names {
    random: Random,
    words: Vec<String>,
    parents: Vec<String>,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut words = Vec::new();
        while words.len() < 12_000 {
            let syllables = 1 + random.below(3);
            let word = (0..syllables)
                .map(|_| {
                    let onset = ONSETS[random.below(ONSETS.len())];
                    format!("{onset}{}", RIMES[random.below(RIMES.len())])
                })
                .collect::<String>();
            words.push(word);
        }
        Self {
            random,
            words,
            parents: Vec::new(),
        }
    }

    fn label(&mut self) -> String {
        let mut label = String::new();
        for index in 0..1 + self.random.zipf(3) + usize::from(self.random.below(3) > 0) {
            if index > 0 && self.random.below(6) == 0 {
                label.push('-');
            }
            label.push_str(&self.words[self.random.zipf(self.words.len())]);
        }
        if self.random.below(4) == 0 {
            let _ = write!(label, "{}", self.random.below(1000));
        }
        label.truncate(40);
        label
    }

    fn ending(&mut self) -> &'static str {
        let mut at = self.random.below(1000);
        for (ending, weight) in ENDINGS {
            if at < weight {
                return ending;
            }
            at -= weight;
        }
        "com"
    }

    /// The next name; may repeat one.
    pub(crate) fn next(&mut self) -> String {
        if self.random.below(100) < 30 && !self.parents.is_empty() {
            let parent = self.parents[self.random.below(self.parents.len())].clone();
            let host = if self.random.below(3) == 0 {
                "www".to_owned()
            } else {
                self.label()
            };
            return format!("{host}.{parent}");
        }
        let name = format!("{}.{}", self.label(), self.ending());
        if self.parents.len() < 200_000 {
            self.parents.push(name.clone());
        } else {
            let at = self.random.below(self.parents.len());
            self.parents[at].clone_from(&name);
        }
        name
    }

    /// A four-label name that no list has: its last label but one is not made of the words.
    pub(crate) fn miss(&mut self) -> String {
        let (a, b, ending) = (self.label(), self.label(), self.ending());
        let number = self.random.next();
        let tld = ending.rsplit('.').next().unwrap_or("com");
        format!("{a}.{b}.q{number:016x}z.{tld}")
    }
}
