//! The learning home, `/hoc`: Vietnamese learning sites by level, from `rules/learning.toml`.

use std::fmt::Write as _;

use lachan_policy::{Name, Tier};
use serde::Deserialize;

use crate::around::{Around, paragraph, part};
use crate::escape::Escaped;
use crate::reply::Reply;
use crate::words::Words;

/// What a site is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Textbooks.
    Books,
    /// Exercises.
    Exercises,
    /// Reading for pleasure.
    Reading,
    /// Science.
    Science,
    /// History and the country.
    History,
    /// Skills.
    Skills,
    /// Exams.
    Exams,
}

impl Subject {
    const ALL: [Self; 7] = [
        Self::Books,
        Self::Exercises,
        Self::Reading,
        Self::Science,
        Self::History,
        Self::Skills,
        Self::Exams,
    ];

    const fn words(self) -> Words<'static> {
        match self {
            Self::Books => Words::new("Sách giáo khoa", "Textbooks"),
            Self::Exercises => Words::new("Luyện tập", "Exercises"),
            Self::Reading => Words::new("Đọc sách", "Reading"),
            Self::Science => Words::new("Khám phá khoa học", "Science"),
            Self::History => Words::new("Lịch sử, đất nước", "History and the country"),
            Self::Skills => Words::new("Kỹ năng", "Skills"),
            Self::Exams => Words::new("Thi cử", "Exams"),
        }
    }
}

/// A site.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LearningSite {
    /// Its host.
    pub host: String,
    /// What people call it.
    pub name: String,
    /// For whom it is.
    pub levels: Vec<Tier>,
    /// What it is good for.
    pub subject: Subject,
    /// One sentence.
    pub vi: String,
    /// The same in English.
    pub en: String,
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    site: Vec<LearningSite>,
}

/// Why a file of learning sites cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    /// Not of the format.
    #[error("the file is not of the format of learning sites")]
    Format(#[from] toml::de::Error),
    /// Of another version.
    #[error("the file has version {0}; this program knows version 1")]
    Version(u32),
    /// A host that is none.
    #[error("{0:?} is no host name")]
    Host(String),
}

/// The sites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learning(Vec<LearningSite>);

impl Learning {
    /// Reads a file.
    ///
    /// # Errors
    /// [`LearningError`].
    pub fn read(text: &str) -> Result<Self, LearningError> {
        let file: File = toml::from_str(text)?;
        if file.version != 1 {
            return Err(LearningError::Version(file.version));
        }
        for site in &file.site {
            let name = Name::from_text(&site.host);
            if !name.is_ok_and(|name| name.label_count() >= 2 && name.to_string() == site.host) {
                return Err(LearningError::Host(site.host.clone()));
            }
        }
        Ok(Self(file.site))
    }

    /// All sites, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[LearningSite] {
        &self.0
    }

    /// The sites of a tier: the youngest have those of primary school, staff sees all.
    pub fn of(&self, tier: Tier) -> impl Iterator<Item = &LearningSite> {
        let level = if tier == Tier::MamNon {
            Tier::TieuHoc
        } else {
            tier
        };
        let fits = move |site: &&LearningSite| tier == Tier::Staff || site.levels.contains(&level);
        self.0.iter().filter(fits)
    }
}

/// The page.
#[derive(Debug, Clone, Copy)]
pub struct LearningPage<'l> {
    /// What it stands in.
    pub around: Around<'l>,
    /// The sites.
    pub learning: &'l Learning,
}

impl LearningPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let first = self.around.first();
        let title = self.around.choose(
            Words::new("Góc học tập của em", "Your learning corner"),
            Words::new("Góc học tập", "Learning corner"),
        );
        self.around.page(title, None, |out| {
            for subject in Subject::ALL {
                let of_subject = |site: &&LearningSite| site.subject == subject;
                let mut sites = self.learning.of(self.around.tier).filter(of_subject).peekable();
                if sites.peek().is_none() {
                    continue;
                }
                part(out, "", subject.words(), first);
                out.push_str("<ul class=\"list\">");
                for site in sites {
                    let about = Words::new(&site.vi, &site.en);
                    let _ = write!(
                        out,
                        "<li><a href=\"https://{0}/\"><b>{1}</b></a> <span class=\"tr\">{0} · {2}</span></li>",
                        Escaped(&site.host),
                        Escaped(&site.name),
                        Escaped(about.of(first))
                    );
                }
                out.push_str("</ul>");
            }
            let note = Words::new(
                "Các trang này mở bằng Internet; trang bạn đang đọc thì mở được cả khi mất mạng.",
                "These sites need the Internet; this page opens without it.",
            );
            paragraph(out, "soft small", note, first);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Site;
    use crate::words::Language;

    const SHIPPED: &str = include_str!("../../../rules/learning.toml");

    #[test]
    fn every_level_has_sites_to_begin_with() {
        let learning = Learning::read(SHIPPED).unwrap();
        for tier in Tier::ALL {
            assert!(learning.of(tier).count() >= 10, "{tier:?}");
            let page = LearningPage {
                around: Around {
                    site: Site {
                        language: Language::Vietnamese,
                        school: "",
                    },
                    tier,
                    help: &[],
                },
                learning: &learning,
            };
            let page = String::from_utf8(page.reply().body).unwrap();
            assert!(page.len() < 60_000 && page.contains("https://hoclieu.vn/"));
        }
    }

    #[test]
    fn a_host_is_written_as_names_are() {
        for bad in ["HOCLIEU.vn", "vn", "học.vn", "a b.vn", "https://a.vn"] {
            let text = SHIPPED.replacen("hoclieu.vn", bad, 1);
            assert!(Learning::read(&text).is_err(), "{bad}");
        }
    }
}
