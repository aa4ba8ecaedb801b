//! "Why?", asked over DNS: `dig TXT tiktok.com.why.lachan.lan` from any device of the school gives
//! the verdict for that device in the school's language.
//!
//! Two forms, neither of which hides a name of anybody else's:
//! - `NAME.why.lachan.DOMAIN`, below each domain of the school's own and below `home.arpa`, which
//!   are answered here in any case;
//! - `why.NAME` for a name that is closed to the device: every record of it is withheld anyway, so
//!   the explanation takes the place of none.
//!
//! The answer is for the net of the school only, is not kept by anybody on the way, and is told to
//! nobody: a question about a name is no visit to it. Sealed entries are passed over, as in every
//! explanation, and no person's name or words appear.

use std::net::IpAddr;

use lachan_policy::book::Book;
use lachan_policy::{
    Action, Ask, CategorySet, Level, Moment, Name, Policy, Role, Rule, Step, Verdict,
};

use crate::language::Language;
use crate::reason::subject;

/// Most lists that are named: more say nothing more.
const MAX_LISTS: usize = 4;
/// The label that the box's own names stand below, and the one that asks why.
const SUFFIX: &[u8] = b"\x03why\x06lachan";
/// The first label of the short form.
const FIRST: &[u8] = b"\x03why";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// About this name.
    About(Name),
    /// Nothing yet: how to ask.
    Usage(Name),
}

/// Knows the names that ask why.
#[derive(Debug)]
pub(crate) struct Why {
    suffixes: Vec<Name>,
}

impl Why {
    /// Below these domains of the school's own, and below `home.arpa`.
    pub(crate) fn new(domains: &[Name]) -> Self {
        let home = Name::from_text("home.arpa").ok();
        let all = domains.iter().copied().chain(home);
        let mut suffixes: Vec<Name> = all
            .filter_map(|domain| Name::from_normal(&[SUFFIX, domain.as_wire()].concat()).ok())
            .collect();
        // The longest first: of two domains one may lie in the other.
        suffixes.sort_by_key(|suffix| std::cmp::Reverse(suffix.as_wire().len()));
        suffixes.dedup();
        Self { suffixes }
    }

    /// What a name asks, if it lies where such questions are asked.
    pub(crate) fn asked(&self, name: &Name) -> Option<Question> {
        let is_above = |suffix: &&Name| name.is_within(suffix);
        let suffix = self.suffixes.iter().find(is_above)?;
        let length = name.as_wire().len() - suffix.as_wire().len();
        if length == 0 {
            return Some(Question::Usage(*suffix));
        }
        let about = Name::from_normal(&name.as_wire()[..length]);
        about.ok().map(Question::About)
    }
}

/// The name a query of the short form is about.
pub(crate) fn short_form(name: &Name) -> Option<Name> {
    if !name.as_wire().starts_with(FIRST) {
        return None;
    }
    name.parent().filter(|about| about.label_count() > 1)
}

/// Whether an address is one of the school's net by its kind: private, of this link or machine
/// (RFC 6890), or one that an operator gives out inside its net (RFC 6598).
pub(crate) fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && b & 0xC0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Who asks, and what it is decided by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) policy: &'a Policy,
    /// Position of the device's group.
    pub(crate) group: usize,
    pub(crate) at: Option<Moment>,
    /// The language of the answer.
    pub(crate) language: Language,
}

/// The lines of the answer.
pub(crate) fn explain(question: &Question, asked: &Asked<'_>) -> Vec<String> {
    let Asked {
        policy,
        group,
        at,
        language,
    } = *asked;
    let name = match question {
        Question::About(name) => name,
        Question::Usage(suffix) => {
            return vec![match language {
                Language::Vietnamese => {
                    format!("Lá Chắn: hỏi TXT TÊN.{suffix}, ví dụ vidu.vn.{suffix}")
                }
                Language::English => {
                    format!("Lá Chắn: ask for TXT NAME.{suffix}, such as example.com.{suffix}")
                }
            }];
        }
    };
    let ask = Ask {
        name,
        group,
        at,
        found: CategorySet::EMPTY,
    };
    let mut steps = Vec::new();
    let verdict = policy.decide_traced(&ask, &mut steps);
    let page = Page {
        policy,
        book: policy.ruleset().book(),
        name,
        group,
        verdict,
        language,
    };
    let lines = [
        Some(page.outcome()),
        page.category(),
        page.because(),
        page.lists(&steps),
        page.who_opens(),
    ];
    lines.into_iter().flatten().collect()
}

struct Page<'p> {
    policy: &'p Policy,
    book: &'p Book,
    name: &'p Name,
    group: usize,
    verdict: Verdict,
    language: Language,
}

impl Page<'_> {
    /// `CHẶN: fb88.com (Trung học cơ sở)`.
    fn outcome(&self) -> String {
        let outcome = match self.verdict.action {
            Action::Block => self.of("CHẶN", "BLOCKED"),
            Action::Restrict => self.of(
                "HẠN CHẾ, chỉ mở ở dạng an toàn",
                "RESTRICTED, open in its safe form only",
            ),
            Action::Allow => self.of("MỞ", "OPEN"),
        };
        let tier = self.verdict.tier;
        let tier = self
            .book
            .tier(tier)
            .map_or_else(|| tier.id(), |info| self.language.of_book(&info.name));
        format!("{outcome}: {} ({tier})", self.name.to_unicode())
    }

    fn category(&self) -> Option<String> {
        let info = self.book.category(self.verdict.category?)?;
        let title = self.of("Thể loại", "Category");
        Some(format!("{title}: {}", self.language.of_book(&info.name)))
    }

    /// The occasion, where it is not the category that decided.
    fn because(&self) -> Option<String> {
        let verdict = &self.verdict;
        let reason = match (verdict.action, verdict.level) {
            (_, Level::Help) => self.of("đường dây trợ giúp, luôn mở", "a help line, always open"),
            (_, Level::AlwaysOpen) => self.of(
                "luôn mở cho việc học và an toàn của máy",
                "always open, for learning and the safety of devices",
            ),
            (_, Level::Statutory) => self.of(
                "theo quyết định của cơ quan có thẩm quyền",
                "a decision of the authorities",
            ),
            (Action::Block, _) if is_by_people(verdict.rule) => {
                subject(verdict, self.book, self.language)
            }
            (Action::Allow | Action::Restrict, Level::LessonPass) => self.of(
                "giáo viên mở cho tiết học",
                "opened by a teacher for the lesson",
            ),
            (Action::Allow | Action::Restrict, Level::LocalException) => {
                self.of("nhà trường đã mở", "opened by the school")
            }
            (Action::Allow | Action::Restrict, Level::DepartmentException) => {
                self.of("sở giáo dục đã mở", "opened by the education department")
            }
            (Action::Allow | Action::Restrict, Level::Exam) => {
                self.of("được mở khi kiểm tra", "open in exams")
            }
            _ => return None,
        };
        Some(format!("{}: {reason}", self.of("Vì", "Because")))
    }

    fn lists(&self, steps: &[Step]) -> Option<String> {
        let ruleset = self.policy.ruleset();
        let mut ids: Vec<&str> = Vec::new();
        for step in steps {
            let Step::Listed { list, .. } = step else {
                continue;
            };
            let id = ruleset.list(*list).map(|list| list.id.as_str());
            ids.extend(id.filter(|id| !ids.contains(id) && ids.len() < MAX_LISTS));
        }
        if ids.is_empty() {
            let none = self.of("Không danh sách nào có tên này", "No list has this name");
            return Some(none.to_owned());
        }
        let title = self.of("Danh sách", "Lists");
        Some(format!("{title}: {}", ids.join(", ")))
    }

    /// Who may open a closed name.
    fn who_opens(&self) -> Option<String> {
        if !self.verdict.is_block() {
            return None;
        }
        let who = match self.verdict.level {
            Level::Statutory => self.of("không ai ở trường", "nobody at the school"),
            Level::DepartmentLock | Level::DepartmentException => self.department(),
            Level::LessonPass => self.of("giáo viên, nhà trường", "a teacher, the school"),
            Level::Exam | Level::LocalException | Level::Mode | Level::Timetable => self.school(),
            Level::Help | Level::AlwaysOpen | Level::Tier | Level::Default => self.by_lock(),
        };
        let title = self.of("Ai mở được", "Who may open it");
        Some(format!("{title}: {who}"))
    }

    fn of(&self, vi: &'static str, en: &'static str) -> &'static str {
        self.language.of(vi, en)
    }

    fn department(&self) -> &'static str {
        self.of("sở giáo dục", "the education department")
    }

    fn school(&self) -> &'static str {
        self.of("nhà trường", "the school")
    }

    fn by_lock(&self) -> &'static str {
        let admits = |role| {
            let category = self.verdict.category;
            category.is_none_or(|category| self.policy.admits(self.group, category, role))
        };
        if admits(Role::Teacher) {
            self.of(
                "giáo viên (cho tiết học), nhà trường",
                "a teacher (for the lesson), the school",
            )
        } else if admits(Role::School) {
            self.school()
        } else {
            self.department()
        }
    }
}

/// Whether a person or an occasion closed the name, and not what it is.
fn is_by_people(rule: Rule) -> bool {
    matches!(rule, Rule::Exception(_) | Rule::Mode(_) | Rule::Period(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing::name;

    fn asked(text: &str) -> Option<String> {
        let why = Why::new(&[
            name("lan"),
            name("truong.vn"),
            name("lachan.lan"),
            name("lan"),
        ]);
        why.asked(&name(text)).map(|question| match question {
            Question::About(name) => name.to_string(),
            Question::Usage(suffix) => format!("? {suffix}"),
        })
    }

    #[test]
    fn questions_lie_below_the_schools_own_domains() {
        for (text, expected) in [
            ("tiktok.com.why.lachan.lan", Some("tiktok.com")),
            ("a.b.c.vn.why.lachan.truong.vn", Some("a.b.c.vn")),
            ("x.vn.why.lachan.home.arpa", Some("x.vn")),
            ("x.vn.why.lachan.lachan.lan", Some("x.vn")),
            ("why.lachan.lan", Some("? why.lachan.lan")),
            ("why.tiktok.com", None),
            ("lachan.lan", None),
            ("xwhy.lachan.lan", None),
            ("tiktok.com.why.lachan.vn", None),
        ] {
            assert_eq!(asked(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_short_form_is_about_a_name_below_a_top_level_domain() {
        for (text, expected) in [
            ("why.tiktok.com", Some("tiktok.com")),
            ("why.a.b.vn", Some("a.b.vn")),
            ("why.com", None),
            ("whyy.com.vn", None),
            ("www.why.com", None),
        ] {
            let about = short_form(&name(text)).map(|name| name.to_string());
            assert_eq!(about.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_schools_net_is_told_from_the_world() {
        for (address, near) in [
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("127.0.0.1", true),
            ("169.254.1.1", true),
            ("203.113.131.1", false),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("::ffff:10.0.0.1", true),
            ("2001:ee0::1", false),
        ] {
            assert_eq!(is_near(address.parse().unwrap()), near, "{address}");
        }
    }
}
