//! How a closed name is answered: response code, records, and the Extended DNS Error with a short
//! Vietnamese reason.
//!
//! The reason names the category and the tier, never more: no list, no author, no words a person
//! wrote. Of a sealed entry it names nothing at all.

use lachan_policy::book::Book;
use lachan_policy::{Level, Mode, Rule, Verdict};

use crate::settings::BlockAnswer;
use crate::wire::query::{Query, Transport};
use crate::wire::write::{Answer, Owner, soa_data};
use crate::wire::{Ede, Rcode, rtype};

/// The Extended DNS Error of a closed name (RFC 8914 §4.16 to §4.18): 16 where an authority
/// decided, 17 where people at the school or the department did, 15 where the table did.
pub(crate) fn ede(verdict: &Verdict, book: &Book) -> Ede {
    let text = match verdict.rule {
        Rule::Sealed => String::new(),
        _ => format!(
            "Lá Chắn: {} ({})",
            subject(verdict, book),
            verdict.tier.id()
        ),
    };
    Ede {
        code: code(verdict.level),
        text,
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
fn subject<'b>(verdict: &Verdict, book: &'b Book) -> &'b str {
    match verdict.rule {
        Rule::Mode(Mode::Exam) => return "đang kiểm tra",
        Rule::Mode(Mode::AllowlistOnly) => return "chỉ mở trang học tập",
        Rule::Mode(Mode::OnlineClass) => return "đang học trực tuyến",
        Rule::Period(_) => return "đóng theo thời khóa biểu",
        Rule::Exception(_) if verdict.level == Level::DepartmentException => {
            return "sở giáo dục đã đóng";
        }
        Rule::Exception(_) => return "nhà trường đã đóng",
        Rule::None
        | Rule::Entry { .. }
        | Rule::Sealed
        | Rule::Cell
        | Rule::Address
        | Rule::Mode(Mode::Normal) => {}
    }
    let info = verdict
        .category
        .and_then(|category| book.category(category));
    info.map_or("không mở ở đây", |info| &info.name.vi)
}

/// The answer to a query for a closed name. It can be cached for `ttl` seconds, in its negative
/// forms too (RFC 2308).
pub(crate) fn blocked(
    query: &Query<'_>,
    transport: Transport,
    how: BlockAnswer,
    ttl: u32,
    ede: &Ede,
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
    answer.finish(transport, Some(ede));
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
    use crate::wire::query::tests::{query, with_edns};
    use hickory_proto::op::{Message, ResponseCode};
    use lachan_policy::{Action, Tier};

    fn check(how: BlockAnswer, qtype: u16, expected: &str) {
        let asked = with_edns(query("bad.vn", qtype), 1232, 0, false);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let ede = Ede::new(15, "x");
        blocked(&query, Transport::Udp, how, 30, &ede, &mut bytes);
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
        let book = lachan_lists::testing::shipped_rules().book.clone();
        let book = Book::new(book).unwrap();
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
            let verdict = Verdict {
                action: Action::Block,
                level,
                category: Some(gambling),
                list: None,
                rule,
                tier: Tier::Thpt,
                alert: false,
                no_name: false,
                no_log: false,
                safe_form: None,
            };
            assert_eq!(ede(&verdict, &book).text, expected, "{level:?}");
        }
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
