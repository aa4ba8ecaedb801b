//! What must hold for all texts: one normal form, and no difference by how a body is cut.

use std::sync::Arc;

use lachan_policy::phrases::PhrasesData;
use lachan_proxy::phrases::{Outcome, Page, PageHead, PhraseSet, search_query};
use lachan_proxy::text::{Limits, TextKind, normalise};
use proptest::prelude::*;

use crate::support::{HTML, SHIPPED};

fn in_pieces(head: &PageHead<'_>, body: &[u8], cuts: &[usize]) -> Outcome {
    let mut page = Page::new(Arc::clone(&SHIPPED), head, Limits::default());
    let mut rest = body;
    for cut in cuts {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        page.push(piece);
        rest = after;
    }
    page.push(rest);
    page.finish()
}

/// Pieces of pages: words, markup, references, broken bytes.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let fixed = prop_oneof![
        Just("nổ hũ đổi thưởng "),
        Just("nhà cái"),
        Just("<p>"),
        Just("</p>"),
        Just("<b>"),
        Just("<script>"),
        Just("</script>"),
        Just("<style"),
        Just(">"),
        Just("<!--"),
        Just("-->"),
        Just("&#7893;"),
        Just("&agrave;"),
        Just("&"),
        Just("\\u1ed5"),
        Just("\\ud835\\udc29"),
        Just("p.h.i.m s.e.x"),
        Just("tie\u{302}\u{301}ng"),
        Just("<meta charset=viscii>"),
        Just("<font face='.VnTime'>"),
        Just("<a title=\""),
        Just("\" x='"),
        Just("'"),
        Just(" "),
        Just("="),
        Just("<"),
        Just("кириллица"),
        Just("<blockquote>"),
        Just("kèo nhà cái hôm nay"),
    ];
    prop_oneof![
        4 => fixed.prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
        1 => "\\PC{0,8}".prop_map(String::into_bytes),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(fragment(), 0..40).prop_map(|parts| parts.concat())
}

/// A Vietnamese syllable in pieces: what stands before the vowel, the vowel, its tone, what follows.
fn syllable() -> impl Strategy<Value = (String, String)> {
    let onset = prop::sample::select(vec!["", "b", "th", "ngh", "qu", "gi", "đ", "tr", "h", "kh"]);
    let rime = prop::sample::select(vec![
        "a", "oa", "uy", "ia", "uya", "iê", "uô", "ươ", "oe", "ai", "uôi", "ươi", "e", "y", "â",
        "ă", "ô", "ơ", "ư", "êu",
    ]);
    let tone = prop::sample::select(vec![
        "", "\u{300}", "\u{301}", "\u{309}", "\u{303}", "\u{323}",
    ]);
    let coda = prop::sample::select(vec!["", "n", "ng", "t", "ch"]);
    (
        onset,
        rime,
        tone,
        coda,
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(onset, rime, tone, coda, slot, upper)| {
            let letters: Vec<char> = rime.chars().collect();
            let place = |at: usize| {
                let mut text = onset.to_owned();
                for (index, letter) in letters.iter().enumerate() {
                    text.push(*letter);
                    if index == at {
                        text.push_str(tone);
                    }
                }
                text + coda
            };
            let (one, other) = (place(0), place(slot.index(letters.len())));
            let decomposed = decompose(&other);
            (
                one,
                if upper {
                    decomposed.to_uppercase()
                } else {
                    decomposed
                },
            )
        })
}

/// The marked letters taken apart, as NFD does.
fn decompose(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            'ă' => out.push_str("a\u{306}"),
            'â' => out.push_str("a\u{302}"),
            'ê' => out.push_str("e\u{302}"),
            'ô' => out.push_str("o\u{302}"),
            'ơ' => out.push_str("o\u{31B}"),
            'ư' => out.push_str("u\u{31B}"),
            other => out.push(other),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_cutting_of_a_body_gives_the_same(
        body in body(),
        cuts in proptest::collection::vec(0usize..40, 0..30),
    ) {
        prop_assert_eq!(in_pieces(&HTML, &body, &cuts), in_pieces(&HTML, &body, &[]));
        let ones = vec![1; body.len()];
        prop_assert_eq!(in_pieces(&HTML, &body, &ones), in_pieces(&HTML, &body, &[]));
    }

    #[test]
    fn what_is_normal_stays_so(text in "\\PC{0,60}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }

    #[test]
    fn any_bytes_are_read_as_any_kind(bytes in proptest::collection::vec(any::<u8>(), 0..300), coding in 0usize..6) {
        let content_encoding = ["", "gzip", "br", "zstd", "deflate", "gzip, br"][coding];
        for kind in [TextKind::Html, TextKind::Plain, TextKind::Json] {
            let head = PageHead { content_encoding, kind, ..HTML };
            let _ = in_pieces(&head, &bytes, &[3, 5]);
        }
    }

    #[test]
    fn one_syllable_has_one_form((one, other) in syllable()) {
        prop_assert_eq!(normalise(&one), normalise(&other), "{:?} {:?}", one, other);
    }

    #[test]
    fn any_target_is_read_as_a_query_or_not(host in "\\PC{0,20}", target in "\\PC{0,40}") {
        let _ = search_query(&host, &target);
        let _ = search_query("www.google.com", &format!("/search?q={target}"));
    }
}

#[test]
fn lists_survive_their_stored_form() {
    let json = serde_json::to_vec(&crate::support::RULES.phrases).unwrap();
    let data: PhrasesData = serde_json::from_slice(&json).unwrap();
    assert_eq!(PhraseSet::compile(&data).unwrap().len(), SHIPPED.len());
}
