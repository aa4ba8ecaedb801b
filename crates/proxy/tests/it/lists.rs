//! The shipped lists: what they must find, and what they must leave alone.

use std::fmt::Write as _;

use lachan_policy::Tier;
use lachan_policy::phrases::PhraseSide;
use lachan_proxy::phrases::{Outcome, PhraseSet, Strength};
use lachan_proxy::text::normalise;

use crate::support::{RULES, SHIPPED, TEXT, names, read, texts};

/// The lists of the block side, with the category that each must lead to.
const LISTS: [(&str, &str); 7] = [
    ("gambling", "gambling"),
    ("adult", "adult"),
    ("self-harm", "self-harm"),
    ("violence", "violence"),
    ("drugs", "drugs"),
    ("grooming", "dating"),
    ("bullying", "bullying-hate"),
];

/// What fired, for whoever has to mend a list.
fn told(set: &PhraseSet, outcome: &Outcome) -> String {
    let mut text = String::new();
    for (list, score) in set.lists().iter().zip(&outcome.scores) {
        if score.sum > 0 {
            let _ = write!(text, " {}={}({})", list.id, score.score, score.distinct);
        }
    }
    for fired in &outcome.fired {
        let phrase = set.phrase(fired.phrase).unwrap_or_default();
        let _ = write!(text, " [{phrase}×{}]", fired.count);
    }
    text
}

#[test]
fn what_each_list_is_about_is_found() {
    let mut missed = Vec::new();
    for (list, category) in LISTS {
        let texts = texts(&format!("caught-{list}.txt"));
        assert!(texts.len() >= 12, "{list}: only {} texts", texts.len());
        for (name, text) in texts {
            let outcome = read(&SHIPPED, &TEXT, text.as_bytes());
            for tier in [Tier::TieuHoc, Tier::Thcs] {
                let found = names(outcome.found(&SHIPPED, tier));
                if !found.iter().any(|id| id == category) {
                    missed.push(format!(
                        "{list}/{name} {tier}: {found:?}{}",
                        told(&SHIPPED, &outcome)
                    ));
                }
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

#[test]
fn lessons_medicine_news_law_and_daily_life_stay_open() {
    let mut wrong = Vec::new();
    for (list, _) in LISTS {
        let texts = texts(&format!("clean-{list}.txt"));
        assert!(texts.len() >= 12, "{list}: only {} texts", texts.len());
        for (name, text) in texts {
            let outcome = read(&SHIPPED, &TEXT, text.as_bytes());
            for tier in Tier::ALL {
                let found = names(outcome.found(&SHIPPED, tier));
                if !found.is_empty() {
                    wrong.push(format!(
                        "{list}/{name} {tier}: {found:?}{}",
                        told(&SHIPPED, &outcome)
                    ));
                    break;
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The texts one sentence each, as comments under a page would be: fewer may fire a phrase of the bullying list's
/// graver half than the 1.85 % that reference/vietnamese-text.md measured of clean comments.
#[test]
fn sentences_of_clean_texts_seldom_fire_and_are_never_found() {
    let (mut all, mut hit) = (0u32, 0u32);
    let bullying = SHIPPED
        .lists()
        .iter()
        .position(|list| list.id == "bullying")
        .unwrap();
    for (list, _) in LISTS {
        // What is clean of bullying quotes it on purpose.
        for (_, text) in texts(&format!("clean-{list}.txt"))
            .iter()
            .filter(|_| list != "bullying")
        {
            for sentence in text
                .split(['.', '?', '!', '\n'])
                .filter(|s| s.trim().len() > 8)
            {
                let outcome = read(&SHIPPED, &TEXT, sentence.as_bytes());
                all += 1;
                hit += u32::from(outcome.scores[bullying].sum > 14);
                for tier in Tier::ALL {
                    let found = names(outcome.found(&SHIPPED, tier));
                    let told = told(&SHIPPED, &outcome);
                    assert!(
                        !found.contains(&"bullying-hate".to_owned()),
                        "{sentence}: {told}"
                    );
                }
            }
        }
    }
    assert!(all > 200, "only {all} sentences");
    assert!(
        f64::from(hit) / f64::from(all) <= 0.0185,
        "{hit} of {all} sentences"
    );
}

#[test]
fn lists_are_written_as_they_are_read() {
    for list in &RULES.phrases.lists {
        for group in &list.groups {
            for phrase in &group.phrases {
                // "đồ tộc" is not "đồ  tộc": what is compared has the same syllables as what is written.
                let read = normalise(phrase);
                assert!(!read.is_empty(), "{}: {phrase:?}", list.id);
            }
        }
    }
    let block = RULES
        .phrases
        .lists
        .iter()
        .filter(|list| list.side == PhraseSide::Block);
    assert_eq!(block.count(), LISTS.len());
    assert!(SHIPPED.len() > 2000, "{} phrases", SHIPPED.len());
}

#[test]
fn a_search_is_judged_by_one_phrase_and_opened_by_a_lesson() {
    let found = |query: &str| names(SHIPPED.score_query(query).found(&SHIPPED, Tier::Thcs));
    assert_eq!(found("xem phim sex"), ["adult"]);
    assert_eq!(found("kèo nhà cái hôm nay"), ["gambling"]);
    assert_eq!(found("keo nha cai hom nay"), ["gambling"]);
    assert_eq!(found("cách tự tử không đau"), ["self-harm"]);
    assert_eq!(found("em muốn chết"), ["self-harm"]);
    assert_eq!(found("how to make a bomb"), ["violence"]);
    for open in [
        "tác hại của ma túy",
        "phòng chống ma túy đập đá là gì",
        "phòng chống tự tử",
        "tổng đài 111",
        "giáo dục giới tính lớp 5",
        "cờ vua cho trẻ em",
        "điểm chuẩn lớp 10",
        "cờ bạc là gì",
        "sex education",
        "phân tích nhân vật chí phèo",
        "quan hệ từ là gì",
    ] {
        assert_eq!(found(open), Vec::<String>::new(), "{open}");
    }
}

#[test]
fn repeating_one_phrase_or_adding_lessons_changes_what_it_should() {
    let strength = |text: &str, id: &str| {
        let outcome = read(&SHIPPED, &TEXT, text.as_bytes());
        let list = SHIPPED
            .lists()
            .iter()
            .position(|list| list.id == id)
            .unwrap();
        outcome.strength(&SHIPPED, list, Tier::Thcs)
    };
    // One phrase, however often, is capped and is one phrase.
    assert_eq!(
        strength(&"nhà cái uy tín số mấy. ".repeat(50), "gambling"),
        Strength::No
    );
    let shop = "Bán cần sa, ship cần sa, kẹo ke ship, bán thuốc lắc, giao hàng kín đáo. ";
    assert_eq!(strength(shop, "drugs"), Strength::Found);
    let lesson = "Phòng chống ma túy: tác hại của ma túy, luật phòng chống ma túy, giáo viên chủ nhiệm, \
                  phòng chống tệ nạn xã hội, tư vấn học đường, quy định của pháp luật, gọi 111. ";
    assert_eq!(
        strength(&format!("{lesson}{shop}"), "drugs"),
        Strength::Grey
    );
}
