//! What the web servers of Lá Chắn share: first the page that says why something is closed.
//!
//! Pure: texts in, bytes out. Who asks, what was decided and how it is sent is the affair of whoever
//! serves: the proxy now, the box's own web later.
//!
//! ```text
//!  verdict, words of the book ─► BlockPage ─► html │ text │ problem+json ─► Reply { type, fields, body }
//! ```

mod accept;
mod around;
mod ask;
mod block;
mod block_html;
mod certificate;
mod escape;
mod fields;
mod fixed;
mod html;
mod learning;
mod lesson;
mod notice;
mod picto;
mod reply;
mod report;
mod token;
mod tries;
mod words;

pub use accept::Form;
pub use around::{Around, Help, HelpPlace, path};
pub use ask::{AskPage, Asking, LOOK_AGAIN, Unlocking, Wanted, field};
pub use block::{BlockPage, Opener, Own, Site, Why};
pub use certificate::{CertificateFault, CertificatePage};
pub use escape::Escaped;
pub use fields::{FORM_TYPE, Fields, FieldsError, MAX_FIELDS, encoded};
pub use fixed::{Blocked, FixedPage};
pub use learning::{Learning, LearningError, LearningPage, LearningSite, Subject};
pub use lesson::{
    Heading, Lesson, LessonError, LessonList, LessonPage, Lessons, MIN_LESSONS, Question,
};
pub use notice::{Notice, NoticePage};
pub use reply::{Reply, STYLE};
pub use report::{MAX_CONTACT, MAX_STORY, ReportPage, Telling, WrongReport, report_field};
pub use token::{TOKEN_LIFE, Tokens};
pub use tries::Tries;
pub use words::{Language, Words};
