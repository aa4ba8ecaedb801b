//! What a school asks its department for: open a site, a wrong block. The name of the site, the tier it concerns and a reason
//! out of a closed set; who asked stays at the school.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::{Id, SiteName};

/// Answers of one look.
pub const MOST_ANSWERS: usize = 50;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AskWhat {
    /// Open a site that a lock of the department closes.
    Open,
    /// A list closes a site wrongly.
    WrongBlock,
    /// Close a site that is open.
    Close,
}

impl AskWhat {
    /// The id used on the wire and in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::WrongBlock => "wrong-block",
            Self::Close => "close",
        }
    }
}

/// Why, out of a closed set: free text would carry names of people sooner or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AskReason {
    /// A lesson needs it.
    Lesson,
    /// An exam or a contest needs it.
    Exam,
    /// The school's work needs it.
    SchoolWork,
    /// It is of another kind than the list says.
    WrongKind,
    /// It was harmful once and is not any more.
    Changed,
    /// It harms pupils.
    Harmful,
}

impl AskReason {
    /// The id used on the wire and in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Exam => "exam",
            Self::SchoolWork => "school-work",
            Self::WrongKind => "wrong-kind",
            Self::Changed => "changed",
            Self::Harmful => "harmful",
        }
    }
}

/// For which pupils.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AskTier {
    /// Nursery and kindergarten.
    MamNon,
    /// Primary school.
    TieuHoc,
    /// Lower secondary.
    Thcs,
    /// Upper secondary.
    Thpt,
    /// Teachers and staff.
    Staff,
}

impl AskTier {
    /// The id used on the wire and in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::MamNon => "mam-non",
            Self::TieuHoc => "tieu-hoc",
            Self::Thcs => "thcs",
            Self::Thpt => "thpt",
            Self::Staff => "staff",
        }
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ask {
    /// The version of these types: 1.
    pub v: u32,
    /// What is asked for.
    pub what: AskWhat,
    /// The site.
    pub name: SiteName,
    /// For which pupils.
    pub tier: AskTier,
    /// Why.
    pub reason: AskReason,
}

/// That a question was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Asked {
    /// The id under which its answer comes.
    pub id: Id,
}

/// A look for answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswersWanted {
    /// The version of these types: 1.
    pub v: u32,
    /// Only answers given after this: `next` of the look before, 0 at first.
    pub after: i64,
}

/// What the department decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// As asked: it comes with the next list.
    Done,
    /// No.
    Declined,
    /// The school may decide this itself.
    YourOwn,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Done, Self::Declined, Self::YourOwn];

    /// The id used on the wire and in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Declined => "declined",
            Self::YourOwn => "your-own",
        }
    }

    /// The decision of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.id() == id)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Answer {
    /// Of which question.
    pub id: Id,
    /// What was decided.
    pub decision: Decision,
    /// What the officer wrote to the teacher; may be empty.
    pub note: String,
    /// Unix milliseconds.
    pub at: i64,
}

/// Answers, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Answers {
    /// At most 50.
    pub items: Vec<Answer>,
    /// What `after` is for the next look.
    pub next: i64,
}
