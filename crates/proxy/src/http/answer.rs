//! Answers of our own: block pages, notices, the proxy configuration.

use std::io::Write as _;

use lachan_policy::{Level, Mode, Name, Policy, Role, Rule, Verdict};
use lachan_web::{
    BlockPage, Form, Help, HelpPlace, Notice, NoticePage, Opener, Own, Reply, Site, Why, Words,
};

use zeroize::Zeroize as _;

use super::settings::Settings;
use super::write::{Said, put, put_connection};
use crate::pac;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Page(Reply),
    Pac(String),
    Nothing,
}

impl Answer {
    /// A short page.
    pub(crate) fn notice(settings: &Settings, status: u16, notice: Notice, form: Form) -> Self {
        let page = NoticePage {
            language: settings.language,
            notice,
            status,
        };
        Self::page(status, page.reply(form))
    }

    pub(crate) const fn page(status: u16, reply: Reply) -> Self {
        Self {
            status,
            content: Content::Page(reply),
        }
    }

    /// The proxy configuration.
    pub(crate) fn pac(settings: &Settings) -> Self {
        Self {
            status: 200,
            content: Content::Pac(settings.pac.render()),
        }
    }

    /// No content.
    pub(crate) const fn nothing(status: u16) -> Self {
        Self {
            status,
            content: Content::Nothing,
        }
    }

    /// Wipes the page: it may hold what a child wrote.
    pub(crate) fn wipe(&mut self) {
        if let Content::Page(reply) = &mut self.content {
            reply.body.zeroize();
        }
    }

    /// Writes it, head and body in one go.
    pub(crate) fn write(&self, out: &mut Vec<u8>, said: Said, with_body: bool) {
        // A `Vec` takes whatever is written.
        let _ = write!(out, "HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let body: &[u8] = match &self.content {
            Content::Page(reply) => {
                for (name, value) in reply.fields() {
                    put(out, name, value.as_bytes());
                }
                &reply.body
            }
            Content::Pac(text) => {
                put(out, "Content-Type", pac::CONTENT_TYPE.as_bytes());
                put(out, "Cache-Control", b"max-age=300");
                text.as_bytes()
            }
            Content::Nothing => b"",
        };
        if self.status == 405 {
            put(
                out,
                "Allow",
                b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, CONNECT",
            );
        }
        if self.status != 204 {
            let _ = write!(out, "Content-Length: {}\r\n", body.len());
        }
        put_connection(out, said);
        out.extend_from_slice(b"\r\n");
        if with_body {
            out.extend_from_slice(body);
        }
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        303 => "See Other",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        508 => "Loop Detected",
        _ => "Answer",
    }
}

/// What a block page says of a verdict.
pub(crate) struct Closed<'c> {
    pub(crate) policy: &'c Policy,
    pub(crate) verdict: &'c Verdict,
    /// Position of the group.
    pub(crate) group: usize,
    /// The host as people write it.
    pub(crate) shown: Option<&'c str>,
    pub(crate) code: Option<&'c str>,
    /// Whether the host is a bare address that its tier may not ask for.
    pub(crate) is_number: bool,
}

impl Closed<'_> {
    /// The block page.
    pub(crate) fn answer(&self, settings: &Settings, form: Form) -> Answer {
        let sealed = self.verdict.rule == Rule::Sealed;
        let gentle = self.verdict.alert && self.verdict.no_name && !sealed;
        let help: Vec<Help<'_>> = settings.help.iter().map(HelpPlace::as_help).collect();
        let page = BlockPage {
            site: Site {
                language: settings.language,
                school: &settings.school,
            },
            help: &help,
            tier: self.verdict.tier,
            name: self.shown.filter(|_| !sealed && !gentle),
            why: self.why(),
            opener: self.opener(),
            code: self.code.filter(|_| !sealed),
            gentle,
            own: (!settings.home.is_empty()).then(|| Own {
                home: &settings.home,
                lesson: self.lesson(settings),
            }),
        };
        Answer::page(403, page.reply(form))
    }

    /// The short lesson that fits the category.
    fn lesson<'s>(&self, settings: &'s Settings) -> Option<(&'s str, Words<'s>)> {
        let book = self.policy.ruleset().book();
        let category = book.category(self.verdict.category?)?;
        let lesson = settings
            .lessons
            .for_category(self.verdict.tier, &category.id)?;
        Some((&lesson.id, Words::new(&lesson.title, &lesson.title_en)))
    }

    /// The occasion where one closed it, else the category.
    fn why(&self) -> Why<'_> {
        let verdict = self.verdict;
        match (verdict.level, verdict.rule) {
            _ if self.is_number => Why::Number,
            (_, Rule::Sealed) => Why::Untold,
            (Level::Statutory, _) => Why::Statute,
            (_, Rule::Mode(Mode::Exam)) => Why::Exam,
            (_, Rule::Mode(Mode::AllowlistOnly)) => Why::AllowlistOnly,
            (_, Rule::Mode(Mode::OnlineClass)) => Why::OnlineClass,
            (_, Rule::Period(_)) => Why::Timetable,
            (Level::DepartmentException, _) => Why::Department,
            (_, Rule::Exception(_)) => Why::School,
            _ => self.category(),
        }
    }

    fn category(&self) -> Why<'_> {
        let book = self.policy.ruleset().book();
        let category = self
            .verdict
            .category
            .and_then(|category| book.category(category));
        category.map_or(Why::Untold, |info| Why::Category {
            name: (&info.name).into(),
            reason: (&info.reason).into(),
        })
    }

    /// Who may open it.
    fn opener(&self) -> Opener {
        let verdict = self.verdict;
        match (verdict.level, verdict.rule) {
            _ if self.is_number => Opener::School,
            (Level::Exam | Level::Mode | Level::Timetable, _) => Opener::Nobody,
            (Level::Statutory | Level::DepartmentLock | Level::DepartmentException, _) => {
                Opener::Department
            }
            (Level::LessonPass, _) => Opener::Teacher,
            (Level::LocalException, _) | (_, Rule::Heuristic(_)) => Opener::School,
            _ => self.lock(),
        }
    }

    fn lock(&self) -> Opener {
        let Some(category) = self.verdict.category else {
            return Opener::School;
        };
        let admits = |role| self.policy.admits(self.group, category, role);
        if admits(Role::Teacher) {
            Opener::Teacher
        } else if admits(Role::School) {
            Opener::School
        } else {
            Opener::Department
        }
    }
}

/// The name as people read it.
pub(crate) fn shown(name: &Name) -> String {
    name.to_unicode()
}
