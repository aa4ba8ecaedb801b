//! Short lessons of digital skills, a file of `rules/lessons` for each level: read here, shown here. The quiz
//! needs no script: each answer waits behind its question.

use std::fmt::Write as _;

use lachan_policy::Tier;
use serde::Deserialize;

use crate::around::{Around, part, path};
use crate::escape::Escaped;
use crate::html::element;
use crate::reply::Reply;
use crate::words::{Language, Words};

/// Fewest lessons of a level.
pub const MIN_LESSONS: usize = 6;
/// Questions of a lesson, and choices of a question.
const THREE: usize = 3;

/// What a lesson is about: the four headings of the schools' programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heading {
    /// The Internet and social networks.
    Internet,
    /// Safety and personal data.
    Safety,
    /// Knowing abuse, and where help is.
    Harm,
    /// Conduct.
    Conduct,
}

impl Heading {
    /// All, in the programme's order.
    pub const ALL: [Self; 4] = [Self::Internet, Self::Safety, Self::Harm, Self::Conduct];

    /// What people call it.
    #[must_use]
    pub const fn words(self) -> Words<'static> {
        match self {
            Self::Internet => Words::new(
                "Internet và mạng xã hội",
                "The Internet and social networks",
            ),
            Self::Safety => Words::new("An toàn và thông tin cá nhân", "Safety and personal data"),
            Self::Harm => Words::new(
                "Nhận biết nguy hiểm, nơi cần báo",
                "Knowing danger, and whom to tell",
            ),
            Self::Conduct => Words::new("Văn hóa ứng xử", "Conduct"),
        }
    }
}

/// One lesson.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lesson {
    /// Its id, which stands in its address.
    pub id: String,
    /// What it is about.
    pub heading: Heading,
    /// Ids of the categories whose block page links it.
    pub categories: Vec<String>,
    /// The title.
    pub title: String,
    /// The title in English.
    pub title_en: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// What to remember.
    pub remember: String,
    /// What to remember, in English.
    pub remember_en: String,
    /// The quiz.
    pub question: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// What to choose from.
    pub choices: Vec<String>,
    /// Which is right, from 1.
    pub right: usize,
    /// Why.
    pub why: String,
}

/// A file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    version: u32,
    level: Tier,
    lesson: Vec<Lesson>,
}

/// Why a file of lessons cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// Not of the format.
    #[error("the file is not of the format of lessons")]
    Format(#[from] toml::de::Error),
    /// Of another version.
    #[error("the file has version {0}; this program knows version 1")]
    Version(u32),
    /// A lesson that cannot be shown.
    #[error("the lesson {id:?} {what}")]
    Lesson {
        /// Which.
        id: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Too few, or not under every heading.
    #[error("a level has at least {MIN_LESSONS} lessons, and some under each heading")]
    Few,
}

/// The lessons of all levels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lessons(Vec<(Tier, Vec<Lesson>)>);

impl Lessons {
    /// Takes in a file; one of a level that is there already takes its place.
    ///
    /// # Errors
    /// [`LessonError`]; then nothing changed.
    pub fn add(&mut self, text: &str) -> Result<(), LessonError> {
        let file: File = toml::from_str(text)?;
        if file.version != 1 {
            return Err(LessonError::Version(file.version));
        }
        let mut seen: Vec<&str> = Vec::new();
        for lesson in &file.lesson {
            check(lesson, &seen)?;
            seen.push(&lesson.id);
        }
        let has = |heading| file.lesson.iter().any(|lesson| lesson.heading == heading);
        if file.lesson.len() < MIN_LESSONS || !Heading::ALL.into_iter().all(has) {
            return Err(LessonError::Few);
        }
        self.0.retain(|(level, _)| *level != file.level);
        self.0.push((file.level, file.lesson));
        self.0.sort_by_key(|(level, _)| *level);
        Ok(())
    }

    /// The lessons of a tier: the youngest read those of primary school, staff those of the oldest.
    #[must_use]
    pub fn of(&self, tier: Tier) -> &[Lesson] {
        let level = match tier {
            Tier::MamNon | Tier::TieuHoc => Tier::TieuHoc,
            Tier::Thcs => Tier::Thcs,
            Tier::Thpt | Tier::Staff => Tier::Thpt,
        };
        let found = self.0.iter().find(|(known, _)| *known == level);
        found.map_or(&[], |(_, lessons)| lessons.as_slice())
    }

    /// The lesson that fits a category.
    #[must_use]
    pub fn for_category(&self, tier: Tier, category: &str) -> Option<&Lesson> {
        let mut lessons = self.of(tier).iter();
        lessons.find(|lesson| lesson.categories.iter().any(|known| known == category))
    }

    /// The lesson of an id.
    #[must_use]
    pub fn named(&self, tier: Tier, id: &str) -> Option<&Lesson> {
        self.of(tier).iter().find(|lesson| lesson.id == id)
    }
}

fn check(lesson: &Lesson, seen: &[&str]) -> Result<(), LessonError> {
    let wrong = |what| {
        Err(LessonError::Lesson {
            id: lesson.id.clone(),
            what,
        })
    };
    let is_id = |id: &str| {
        (1..=40).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let texts = [
        &lesson.title,
        &lesson.title_en,
        &lesson.remember,
        &lesson.remember_en,
    ];
    if !is_id(&lesson.id) {
        return wrong("has an id that cannot stand in an address");
    }
    if seen.contains(&lesson.id.as_str()) {
        return wrong("stands twice");
    }
    if texts.iter().any(|text| text.is_empty()) || lesson.text.is_empty() {
        return wrong("has nothing to read");
    }
    let is_whole = |question: &Question| {
        question.choices.len() == THREE
            && (1..=THREE).contains(&question.right)
            && !question.why.is_empty()
    };
    if lesson.question.len() != THREE || !lesson.question.iter().all(is_whole) {
        return wrong(
            "has a quiz that is not three questions of three choices, one right and with its reason",
        );
    }
    Ok(())
}

/// The list of a level's lessons.
#[derive(Debug, Clone, Copy)]
pub struct LessonList<'l> {
    /// What it stands in.
    pub around: Around<'l>,
    /// The lessons.
    pub lessons: &'l [Lesson],
}

impl LessonList<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let first = self.around.first();
        let title = Words::new("Bài học ngắn", "Short lessons");
        self.around.page(title, None, |out| {
            for heading in Heading::ALL {
                let mut lessons = self
                    .lessons
                    .iter()
                    .filter(|lesson| lesson.heading == heading)
                    .peekable();
                if lessons.peek().is_none() {
                    continue;
                }
                part(out, "", heading.words(), first);
                out.push_str("<ul class=\"list\">");
                for lesson in lessons {
                    let _ = write!(
                        out,
                        "<li><a href=\"{}/{}\">{}</a></li>",
                        path::LESSONS,
                        Escaped(&lesson.id),
                        Escaped(title_of(lesson, first))
                    );
                }
                out.push_str("</ul>");
            }
        })
    }
}

/// One lesson with its quiz.
#[derive(Debug, Clone, Copy)]
pub struct LessonPage<'l> {
    /// What it stands in.
    pub around: Around<'l>,
    /// The lesson.
    pub lesson: &'l Lesson,
}

impl LessonPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let (first, lesson) = (self.around.first(), self.lesson);
        let title = Words::new(&lesson.title, &lesson.title_en);
        self.around.page(title, None, |out| {
            for text in &lesson.text {
                element(out, "p", "read", text);
            }
            let remember = Words::new(&lesson.remember, &lesson.remember_en);
            out.push_str("<div class=\"keep\">");
            crate::html::both(out, "p", "", remember, first);
            out.push_str("</div>");
            part(
                out,
                "",
                Words::new("Thử xem em nhớ được gì", "What do you remember?"),
                first,
            );
            for question in &lesson.question {
                quiz(out, question, first);
            }
            if lesson.heading == Heading::Harm {
                self.around.help(out);
            }
        })
    }
}

fn quiz(out: &mut String, question: &Question, first: Language) {
    let _ = write!(
        out,
        "<div class=\"quiz\"><p><b>{}</b></p><ol>",
        Escaped(&question.ask)
    );
    for choice in &question.choices {
        element(out, "li", "", choice);
    }
    let right = question
        .right
        .checked_sub(1)
        .and_then(|index| question.choices.get(index));
    let _ = write!(
        out,
        "</ol><details><summary>{}</summary><p><b>{}. {}</b> {}</p></details></div>",
        Words::new("Xem đáp án", "Show the answer").of(first),
        question.right,
        Escaped(right.map_or("", String::as_str)),
        Escaped(&question.why)
    );
}

/// The title in the first language.
pub(crate) fn title_of(lesson: &Lesson, first: Language) -> &str {
    Words::new(&lesson.title, &lesson.title_en).of(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Site;

    fn shipped() -> Lessons {
        let mut lessons = Lessons::default();
        for text in [
            include_str!("../../../rules/lessons/tieu-hoc.toml"),
            include_str!("../../../rules/lessons/thcs.toml"),
            include_str!("../../../rules/lessons/thpt.toml"),
        ] {
            lessons.add(text).unwrap();
        }
        lessons
    }

    fn around(tier: Tier) -> Around<'static> {
        Around {
            site: Site {
                language: Language::Vietnamese,
                school: "",
            },
            tier,
            help: &[],
        }
    }

    #[test]
    fn every_tier_has_six_lessons_each_a_small_page_with_its_quiz() {
        let lessons = shipped();
        for tier in Tier::ALL {
            assert!(lessons.of(tier).len() >= MIN_LESSONS, "{tier:?}");
            let list = LessonList {
                around: around(tier),
                lessons: lessons.of(tier),
            };
            let list = String::from_utf8(list.reply().body).unwrap();
            for lesson in lessons.of(tier) {
                assert!(list.contains(&format!("/bai-hoc/{}\"", lesson.id)));
                let page = LessonPage {
                    around: around(tier),
                    lesson,
                };
                let page = String::from_utf8(page.reply().body).unwrap();
                assert!(page.len() < 60_000 && page.matches("<details>").count() == 3);
                assert_eq!(lessons.named(tier, &lesson.id), Some(lesson));
            }
        }
    }

    #[test]
    fn right_answers_stand_at_every_place() {
        for tier in [Tier::TieuHoc, Tier::Thcs, Tier::Thpt] {
            let lessons = shipped();
            let mut rights = [0; 3];
            for question in lessons.of(tier).iter().flat_map(|lesson| &lesson.question) {
                rights[question.right - 1] += 1;
            }
            assert!(
                rights.iter().filter(|count| **count > 0).count() >= 2,
                "{tier:?}: {rights:?}"
            );
        }
    }

    #[test]
    fn a_category_leads_to_its_lesson() {
        let lessons = shipped();
        for (tier, category, id) in [
            (Tier::TieuHoc, "scam", "qua-la-tren-mang"),
            (Tier::Thcs, "social", "ai-giu-chan-em"),
            (Tier::Thpt, "gambling", "toan-hoc-nha-cai"),
        ] {
            assert_eq!(lessons.for_category(tier, category).unwrap().id, id);
        }
        assert_eq!(lessons.for_category(Tier::Thcs, "x"), None);
    }

    #[test]
    fn a_lesson_that_is_not_whole_is_refused() {
        let text = include_str!("../../../rules/lessons/thcs.toml");
        for (from, to) in [
            ("version = 1", "version = 2"),
            ("right = 2", "right = 4"),
            ("id = \"dau-chan-so\"", "id = \"Dấu chân\""),
            ("id = \"dau-chan-so\"", "id = \"ai-giu-chan-em\""),
            ("heading = \"conduct\"", "heading = \"harm\""),
            ("remember-en = ", "colour = "),
        ] {
            let mut lessons = shipped();
            let before = lessons.clone();
            let changed = text.replace(from, to);
            assert_ne!(changed, text, "{from}");
            assert!(lessons.add(&changed).is_err(), "{to}");
            assert_eq!(lessons, before);
        }
    }
}
