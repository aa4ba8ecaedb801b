//! What the web servers of Lá Chắn share: the page that says why something is closed, and what lets
//! people in: roles, passwords, one-time codes, how often somebody may try, problems as they are told.
//!
//! Pure: texts in, bytes out; time and randomness are passed in. Who asks, what was decided and how it
//! is sent is the affair of whoever serves: the proxy, the box's own web.
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
mod page_script;
pub mod password;
mod picto;
mod problem;
mod reply;
mod report;
mod role;
mod secret;
#[cfg(feature = "serve")]
pub mod serve;
pub mod throttle;
mod token;
mod totp;
mod tries;
mod words;

pub use accept::Form;
pub use around::{Around, Help, HelpPlace, path};
pub use ask::{AskPage, Asking, LOOK_AGAIN, Stale, Unlocking, Wanted, field};
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
pub use page_script::{MAX_FROM_PAGE, PageScript, from_page};
pub use problem::{Code, FieldFault, PROBLEM_JSON, Problem};
pub use reply::{Reply, STYLE};
pub use report::{
    MAX_CONTACT, MAX_STORY, ReportPage, Sealing, Telling, Written, WrongReport, report_field,
};
pub use role::{Right, Role, Side};
pub use secret::{SessionId, TypedCode};
pub use token::{TOKEN_LIFE, Tokens};
pub use totp::{SECRET_BYTES, STEP, TotpSecret};
pub use tries::Tries;
pub use words::{Language, Words};
