//! How a closed name is answered: response code, records, and the Extended DNS Error with a short
//! reason in the school's language, or with one for programs where the client reads those.
//!
//! The reason names the category, the tier and a request code (`code.rs`), never more: no list, no
//! author, no words a person wrote. Of a sealed entry it names nothing at all.

use std::fmt::Write as _;

use lachan_policy::book::Book;
use lachan_policy::{GroupId, Level, Mode, Moment, Name, Rule, Verdict};

use crate::code::{Codes, RequestCode};
use crate::language::Language;
use crate::settings::{BlockAnswer, School, Settings};
use crate::wire::query::{Query, Transport};
use crate::wire::write::{Answer, Owner, soa_data};
use crate::wire::{Ede, EdeRef, Json, Rcode, Text, rtype};

/// A closed name, with what its reason is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed<'c> {
    pub(crate) verdict: &'c Verdict,
    pub(crate) book: &'c Book,
    pub(crate) group: GroupId,
    pub(crate) at: Option<Moment>,
    /// The name asked for; `None` where the log keeps none.
    pub(crate) name: Option<&'c Name>,
    /// Whether the client reads errors for programs.
    pub(crate) structured: bool,
}

/// Makes the reasons of blocked answers.
pub(crate) struct Reasons {
    language: Language,
    codes: Option<Codes>,
    /// `"c":["tel:…"],` of a reason for programs, or nothing.
    contacts: String,
    /// `"o":"…",`, the school.
    organization: String,
}

impl Reasons {
    pub(crate) fn new(settings: &Settings) -> Self {
        let School {
            name,
            contacts,
            language,
        } = &settings.school;
        Self {
            language: *language,
            codes: settings.request_key.clone().map(Codes::new),
            contacts: json_list("c", contacts),
            organization: match name.as_str() {
                "" => String::new(),
                name => format!("\"o\":\"{}\",", Json(name)),
            },
        }
    }

    /// The Extended DNS Error of a closed name (RFC 8914 §4.16 to §4.18): 16 where an authority
    /// decided, 17 where people at the school or the department did, 15 where the table did.
    ///
    /// The text goes where the caller has room for it: every blocked answer has one, so nothing is
    /// carried about, and people's words are put together without the machinery of formats.
    pub(crate) fn tell<'t>(&self, closed: &Closed<'_>, text: &'t mut Text) -> EdeRef<'t> {
        let code = code(closed.verdict.level);
        text.clear();
        if closed.verdict.rule != Rule::Sealed {
            let request = self.request_code(closed);
            let structured = closed.structured && self.structured(code, closed, request, text);
            if !structured {
                text.clear();
                text.push("Lá Chắn: ");
                self.put_reason(closed, request, text);
                text.shorten();
            }
        }
        EdeRef {
            code,
            text: text.as_bytes(),
        }
    }

    /// `Cờ bạc (thcs), mã K7QX3M`.
    fn put_reason(&self, closed: &Closed<'_>, request: Option<RequestCode>, text: &mut Text) {
        let (verdict, language) = (closed.verdict, self.language);
        let subject = subject(verdict, closed.book, language);
        for part in [subject, " (", verdict.tier.id(), ")"] {
            text.push(part);
        }
        if let Some(code) = request {
            text.push(language.of(", mã ", ", code "));
            text.push(str::from_utf8(&code.text()).unwrap_or_default());
        }
    }

    /// The language clients are told in.
    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// Without a clock the log does not know the day either, so there is no code.
    pub(crate) fn request_code(&self, closed: &Closed<'_>) -> Option<RequestCode> {
        let (codes, at) = (self.codes.as_ref()?, closed.at?);
        let verdict = closed.verdict;
        Some(codes.of(
            at,
            closed.group,
            verdict.tier,
            verdict.category,
            closed.name,
        ))
    }

    /// Writes the reason for programs (draft-ietf-dnsop-structured-dns-error §4), without the
    /// school's name where that makes it too long. Says whether it could be written.
    fn structured(
        &self,
        code: u16,
        closed: &Closed<'_>,
        request: Option<RequestCode>,
        text: &mut Text,
    ) -> bool {
        let mut reason = Text::default();
        self.put_reason(closed, request, &mut reason);
        let sub_error = sub_error(code, closed).map_or_else(String::new, |number| {
            // A rare answer, so that it may allocate.
            format!("\"s\":{number},")
        });
        [self.organization.as_str(), ""]
            .into_iter()
            .any(|organization| {
                text.clear();
                write!(
                    text,
                    "{{{}\"j\":\"{}\",{sub_error}{organization}\"l\":\"{}\"}}",
                    self.contacts,
                    Json(&reason),
                    self.language.tag(),
                )
                .is_ok()
            })
    }
}

/// `"key":["a","b"],`; nothing for no texts.
fn json_list(key: &str, texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let all: Vec<String> = texts
        .iter()
        .map(|text| format!("\"{}\"", Json(text)))
        .collect();
    format!("\"{key}\":[{}],", all.join(","))
}

/// The sub-error (draft-ietf-dnsop-structured-dns-error §10.5): malware and phishing where that is
/// the category, else, of a block by the table, that the network's operator decided so. None of
/// them may stand beside *Censored*.
fn sub_error(code: u16, closed: &Closed<'_>) -> Option<u8> {
    const MALWARE: u8 = 1;
    const PHISHING: u8 = 2;
    const NETWORK_OPERATOR: u8 = 5;
    if code == Ede::CENSORED {
        return None;
    }
    let category = closed.verdict.category;
    let info = category.and_then(|category| closed.book.category(category));
    match info.map(|info| info.id.as_str()) {
        Some("malware") => Some(MALWARE),
        Some("scam") => Some(PHISHING),
        _ => (code == Ede::BLOCKED).then_some(NETWORK_OPERATOR),
    }
}

/// The Extended DNS Error of an answer past its lifetime (RFC 8914 §4.4 and §4.20).
pub(crate) fn stale(rcode: u16, language: Language) -> EdeRef<'static> {
    let code = if rcode == Rcode::NxDomain.low() {
        Ede::STALE_NXDOMAIN
    } else {
        Ede::STALE
    };
    let text = language.of(
        "Lá Chắn: câu trả lời cũ, vì máy chủ DNS phía trên không trả lời",
        "Lá Chắn: an old answer, because no upstream answers",
    );
    EdeRef {
        code,
        text: text.as_bytes(),
    }
}

const fn code(level: Level) -> u16 {
    match level {
        Level::Statutory => Ede::CENSORED,
        Level::Exam
        | Level::LessonPass
        | Level::LocalException
        | Level::DepartmentException
        | Level::Mode
        | Level::Timetable => Ede::FILTERED,
        Level::Help | Level::AlwaysOpen | Level::DepartmentLock | Level::Tier | Level::Default => {
            Ede::BLOCKED
        }
    }
}

/// What a person is told: the occasion where one closed the name, else the category.
pub(crate) fn subject<'b>(verdict: &Verdict, book: &'b Book, language: Language) -> &'b str {
    match verdict.rule {
        Rule::Mode(Mode::Exam) => return language.of("đang kiểm tra", "an exam is on"),
        Rule::Mode(Mode::AllowlistOnly) => {
            return language.of("chỉ mở trang học tập", "only learning sites are open");
        }
        Rule::Mode(Mode::OnlineClass) => {
            return language.of("đang học trực tuyến", "an online lesson is on");
        }
        Rule::Period(_) => {
            return language.of("đóng theo thời khóa biểu", "closed by the timetable");
        }
        Rule::Exception(_) if verdict.level == Level::DepartmentException => {
            return language.of("sở giáo dục đã đóng", "closed by the education department");
        }
        Rule::Exception(_) => return language.of("nhà trường đã đóng", "closed by the school"),
        Rule::None
        | Rule::Entry { .. }
        | Rule::Sealed
        | Rule::Cell
        | Rule::Address
        | Rule::Url
        | Rule::Heuristic(_)
        | Rule::Mode(Mode::Normal) => {}
    }
    let info = verdict
        .category
        .and_then(|category| book.category(category));
    info.map_or_else(
        || language.of("không mở ở đây", "not open here"),
        |info| language.of_book(&info.name),
    )
}

/// The answer to a query for a closed name. It can be cached for `ttl` seconds, in its negative
/// forms too (RFC 2308).
pub(crate) fn blocked(
    query: &Query<'_>,
    transport: Transport,
    how: BlockAnswer,
    ttl: u32,
    ede: Option<EdeRef<'_>>,
    out: &mut Vec<u8>,
) {
    let data = page_address(how, query.question.qtype);
    let rcode = if how == BlockAnswer::NxDomain {
        Rcode::NxDomain
    } else {
        Rcode::NoError
    };
    let mut answer = Answer::new(query, rcode, out);
    if let Some(data) = data {
        answer.answer(Owner::Question, query.question.qtype, ttl, &data);
    } else {
        answer.authority(Owner::Question, rtype::SOA, ttl, &soa_data(ttl));
    }
    answer.finish_told(transport, ede);
}

/// The block page's address of the family asked for.
fn page_address(how: BlockAnswer, qtype: u16) -> Option<Vec<u8>> {
    let BlockAnswer::Address { v4, v6 } = how else {
        return None;
    };
    match qtype {
        rtype::A => v4.map(|v4| v4.octets().to_vec()),
        rtype::AAAA => v6.map(|v6| v6.octets().to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{LoggedBlock, RequestKey};
    use crate::wire::query::tests::{query, with_edns};
    use hickory_proto::op::{Message, ResponseCode};
    use lachan_policy::{Action, Category, Tier};
    use std::sync::LazyLock;

    /// The text of the error, with codes and contacts.
    fn ede(verdict: &Verdict, book: &Book, structured: bool) -> String {
        let settings = Settings {
            school: School {
                name: "Trường \"Lê Lợi\"".into(),
                contacts: vec!["tel:+84-28-111".into(), "mailto:it@le-loi.edu.vn".into()],
                ..School::default()
            },
            ..Settings::default()
        };
        ede_of(&settings, verdict, book, structured)
    }

    fn ede_of(settings: &Settings, verdict: &Verdict, book: &Book, structured: bool) -> String {
        let closed = Closed {
            verdict,
            book,
            group: GroupId(3),
            at: Some(Moment::from_unix(1_795_342_140, 7 * 3600)),
            name: Some(&NAME),
            structured,
        };
        let mut text = Text::default();
        Reasons::new(settings).tell(&closed, &mut text);
        text.to_string()
    }

    static NAME: LazyLock<Name> = LazyLock::new(|| Name::from_text("www.nha-cai.vn").unwrap());

    fn verdict(level: Level, category: Category, rule: Rule) -> Verdict {
        Verdict {
            action: Action::Block,
            level,
            category: Some(category),
            list: None,
            rule,
            tier: Tier::Thpt,
            alert: false,
            no_name: false,
            no_log: false,
            safe_form: None,
        }
    }

    fn book() -> Book {
        Book::new(lachan_lists::testing::shipped_rules().book.clone()).unwrap()
    }

    fn check(how: BlockAnswer, qtype: u16, expected: &str) {
        let asked = with_edns(query("bad.vn", qtype), 1232, 0, false);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let ede = Ede::new(15, "x");
        let ede = Some(EdeRef::from(&ede));
        blocked(&query, Transport::Udp, how, 30, ede, &mut bytes);
        let message = Message::from_vec(&bytes).unwrap();
        let data: Vec<String> = message
            .answers
            .iter()
            .map(|record| format!("{} {}", record.ttl, record.data))
            .collect();
        let got = match (message.metadata.response_code, data.is_empty()) {
            (ResponseCode::NXDomain, true) => "NXDOMAIN".to_owned(),
            (ResponseCode::NoError, true) => "NODATA".to_owned(),
            _ => data.join(","),
        };
        assert_eq!(got, expected, "{how:?} {qtype}");
        assert_eq!(
            message.authorities.len(),
            usize::from(data.is_empty()),
            "SOA where negative"
        );
        assert!(message.authorities.iter().all(|soa| soa.ttl == 30));
    }

    #[test]
    fn each_way_of_blocking_answers_each_type() {
        let page = BlockAnswer::Address {
            v4: Some([10, 0, 0, 1].into()),
            v6: Some("fd00::1".parse().unwrap()),
        };
        let v4_only = BlockAnswer::Address {
            v4: Some([10, 0, 0, 1].into()),
            v6: None,
        };
        for (how, qtype, expected) in [
            (BlockAnswer::NxDomain, 1, "NXDOMAIN"),
            (BlockAnswer::NxDomain, 65, "NXDOMAIN"),
            (BlockAnswer::NoData, 1, "NODATA"),
            (BlockAnswer::NoData, 28, "NODATA"),
            (page, 1, "30 10.0.0.1"),
            (page, 28, "30 fd00::1"),
            (page, 65, "NODATA"),
            (page, 16, "NODATA"),
            (v4_only, 28, "NODATA"),
        ] {
            check(how, qtype, expected);
        }
    }

    #[test]
    fn the_reason_is_the_category_or_the_occasion_and_nothing_else() {
        let book = book();
        let gambling = book.category_named("gambling").unwrap();
        let name = &book.category(gambling).unwrap().name.vi;
        for (level, rule, expected) in [
            (
                Level::Tier,
                Rule::Entry { start: 0 },
                format!("Lá Chắn: {name} (thpt)"),
            ),
            (Level::Statutory, Rule::Sealed, String::new()),
            (
                Level::Exam,
                Rule::Mode(Mode::Exam),
                "Lá Chắn: đang kiểm tra (thpt)".into(),
            ),
            (
                Level::Timetable,
                Rule::Period(3),
                "Lá Chắn: đóng theo thời khóa biểu (thpt)".into(),
            ),
            (
                Level::LocalException,
                Rule::Exception(0),
                "Lá Chắn: nhà trường đã đóng (thpt)".into(),
            ),
        ] {
            let verdict = verdict(level, gambling, rule);
            assert_eq!(*ede(&verdict, &book, false), *expected, "{level:?}");
        }
    }

    #[test]
    fn the_reason_is_told_in_the_schools_language() {
        let book = book();
        let gambling = book.category_named("gambling").unwrap();
        let settings = Settings {
            school: School {
                language: Language::English,
                ..School::default()
            },
            request_key: Some(RequestKey::new([9; 16])),
            ..Settings::default()
        };
        let name = &book.category(gambling).unwrap().name.en;
        let exam = verdict(Level::Exam, gambling, Rule::Mode(Mode::Exam));
        let table = verdict(Level::Tier, gambling, Rule::Entry { start: 0 });
        for (verdict, expected) in [
            (&table, format!("Lá Chắn: {name} (thpt), code ")),
            (&exam, "Lá Chắn: an exam is on (thpt), code ".to_owned()),
        ] {
            let text = ede_of(&settings, verdict, &book, false);
            assert!(text.starts_with(&expected), "{text}");
        }
        let text = ede_of(&settings, &table, &book, true);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["l"], "en");
        assert_eq!(
            stale(0, Language::English).text,
            b"L\xc3\xa1 Ch\xe1\xba\xafn: an old answer, because no upstream answers"
        );
    }

    #[test]
    fn the_reason_carries_the_code_of_what_the_log_keeps() {
        let book = book();
        let gambling = book.category_named("gambling").unwrap();
        let key = RequestKey::new([9; 16]);
        let settings = Settings {
            request_key: Some(key.clone()),
            ..Settings::default()
        };
        let verdict = verdict(Level::Tier, gambling, Rule::Entry { start: 0 });
        let logged = LoggedBlock {
            day: 20_779,
            group: GroupId(3),
            tier: Tier::Thpt,
            category: Some(gambling),
            name: Some(&NAME.registrable()),
        };
        let code = RequestCode::of(&key, &logged);
        let text = ede_of(&settings, &verdict, &book, false);
        assert!(text.ends_with(&format!("(thpt), mã {code}")), "{text}");
        let text = ede_of(&settings, &verdict, &book, true);
        assert!(text.contains(&format!("(thpt), mã {code}\"")), "{text}");
    }

    /// The reason for programs, as a program reads it.
    fn read(level: Level, category: &str, rule: Rule) -> serde_json::Value {
        let book = book();
        let category = book.category_named(category).unwrap();
        let text = ede(&verdict(level, category, rule), &book, true);
        if text.is_empty() {
            return serde_json::Value::Null;
        }
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_program_is_told_whom_to_ask_and_why() {
        let value = read(Level::Tier, "malware", Rule::Entry { start: 0 });
        let book = book();
        let malware = book.category_named("malware").unwrap();
        let expected = serde_json::json!({
            "c": ["tel:+84-28-111", "mailto:it@le-loi.edu.vn"],
            "j": format!("{} (thpt)", book.category(malware).unwrap().name.vi),
            "s": 1,
            "o": "Trường \"Lê Lợi\"",
            "l": "vi",
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn sub_errors_stand_only_beside_the_codes_they_are_made_for() {
        for (level, category, expected) in [
            (Level::Tier, "gambling", Some(5)),
            (Level::Tier, "scam", Some(2)),
            (Level::DepartmentLock, "malware", Some(1)),
            (Level::LocalException, "gambling", None),
            (Level::LocalException, "malware", Some(1)),
            (Level::Statutory, "malware", None),
        ] {
            let value = read(level, category, Rule::Entry { start: 0 });
            assert_eq!(value["s"].as_u64(), expected, "{level:?} {category}");
        }
    }

    #[test]
    fn of_a_sealed_entry_a_program_learns_nothing_either() {
        let value = read(Level::Statutory, "child-abuse", Rule::Sealed);
        assert!(value.is_null());
    }

    #[test]
    fn a_school_with_a_long_name_goes_unnamed_rather_than_unread() {
        let book = book();
        let gambling = book.category_named("gambling").unwrap();
        let verdict = verdict(Level::Tier, gambling, Rule::Entry { start: 0 });
        let settings = |name: &str, contacts: usize| Settings {
            school: School {
                name: name.into(),
                contacts: vec![format!("mailto:{}@vidu.vn", "x".repeat(80)); contacts],
                ..School::default()
            },
            ..Settings::default()
        };
        let long = "Trường ".repeat(60);
        let text = ede_of(&settings(&long, 1), &verdict, &book, true);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value.get("o").is_none() && value.get("c").is_some());
        // With nothing left to leave out, people's words are better than none.
        let text = ede_of(&settings("", 9), &verdict, &book, true);
        assert!(text.starts_with("Lá Chắn: "), "{text}");
    }

    #[test]
    fn the_code_says_who_closed_the_name() {
        for (level, expected) in [
            (Level::Statutory, 16),
            (Level::DepartmentLock, 15),
            (Level::Tier, 15),
            (Level::Exam, 17),
            (Level::LocalException, 17),
            (Level::DepartmentException, 17),
            (Level::LessonPass, 17),
            (Level::Mode, 17),
            (Level::Timetable, 17),
        ] {
            assert_eq!(code(level), expected, "{level:?}");
        }
    }
}
