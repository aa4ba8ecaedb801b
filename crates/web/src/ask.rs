//! Asking for a site, and what became of it; and the place for a code of the teacher's. No script, no account:
//! who knows the request code of a block sees the answer.

use std::fmt::Write as _;

use lachan_policy::Tier;

use crate::around::{Around, alert, paragraph, part, path};
use crate::block::Opener;
use crate::escape::Escaped;
use crate::fields::encoded;
use crate::fixed::code_form;
use crate::html::{element, translation};
use crate::reply::Reply;
use crate::words::{Language, Words};

/// After how many seconds a page that waits for an answer is looked at again.
pub const LOOK_AGAIN: u32 = 20;

/// Name of the fields of the forms.
pub mod field {
    /// Why the site is wanted.
    pub const WHY: &str = "vi-sao";
    /// The teacher's code.
    pub const UNLOCK: &str = "ma-mo";
    /// The form token.
    pub const TOKEN: &str = "the";
}

/// What was blocked, as the page tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// The request code.
    pub code: &'w str,
    /// The site; `None` where none is kept, and then nobody can be asked.
    pub name: Option<&'w str>,
    /// What it is blocked as.
    pub category: Option<Words<'w>>,
    /// Who could open it now.
    pub opener: Opener,
}

/// Where asking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking<'a> {
    /// The code is of no block of this group, today or yesterday.
    UnknownCode {
        /// What was typed.
        typed: &'a str,
    },
    /// Nobody was asked.
    Not,
    /// Nobody answered yet.
    Waiting {
        /// Whether it was given on to the administrator.
        forwarded: bool,
    },
    /// It is open.
    Open {
        /// The local minute of the day at which it closes; `None` for no end, or another day.
        until: Option<u16>,
        /// What the answer says besides.
        note: &'a str,
    },
    /// It stays closed.
    Refused {
        /// What the answer says besides.
        note: &'a str,
    },
    /// Too many ask.
    TooMany,
    /// The box does not know the time yet, or cannot write.
    NotNow,
}

/// What became of a teacher's code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocking {
    /// None was typed.
    Not,
    /// It is no code that waits for this group.
    Wrong,
    /// Too many were tried.
    TooMany,
    /// The form was too old, or not ours.
    Stale,
}

/// What stood in a form that was too old to be heeded; it stands in the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale<'s> {
    /// Of asking: the id of the reason that was chosen.
    Why(&'s str),
    /// Of a teacher's code: its digits.
    Code(&'s str),
}

/// The page.
#[derive(Debug, Clone, Copy)]
pub struct AskPage<'p> {
    /// What it stands in.
    pub around: Around<'p>,
    /// What was blocked; `None` for an unknown code.
    pub wanted: Option<Wanted<'p>>,
    /// Where asking stands.
    pub asking: Asking<'p>,
    /// What became of a code.
    pub unlocking: Unlocking,
    /// What stood in a form that lay open too long.
    pub stale: Option<Stale<'p>>,
    /// Token of the forms.
    pub token: &'p str,
    /// Reasons to choose from, each with its id.
    pub reasons: &'p [(&'static str, Words<'static>)],
}

impl AskPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let first = self.around.first();
        // A page with a form half filled in is not taken away under somebody's fingers.
        let waits = matches!(self.asking, Asking::Waiting { .. });
        let again = waits && self.unlocking == Unlocking::Not;
        let code = self.wanted.map_or("", |wanted| wanted.code);
        let asked = format!("{}?{}={}", path::ASK, path::CODE, encoded(code));
        let again = again.then_some((LOOK_AGAIN, asked.as_str()));
        let title = self.title();
        self.around.page(title, again, |out| {
            if let Some(name) = self.wanted.and_then(|wanted| wanted.name) {
                element(out, "p", "name", name);
            }
            self.state(out, first);
            if let Some(wanted) = &self.wanted {
                self.forms(out, wanted, first);
            }
            self.around.help(out);
        })
    }

    const fn title(&self) -> Words<'static> {
        match self.asking {
            Asking::Waiting { .. } => {
                Words::new("Đã gửi lời xin mở trang", "Your request was sent")
            }
            Asking::Open { .. } => Words::new("Trang đã được mở", "The page is open"),
            Asking::Refused { .. } => Words::new("Trang này chưa được mở", "The page stays shut"),
            _ => Words::new("Xin mở trang", "Ask to open a page"),
        }
    }

    fn state(&self, out: &mut String, first: Language) {
        match self.asking {
            Asking::UnknownCode { typed } => {
                let words = Words::new(
                    "Không tìm thấy mã này. Mã có sáu ký tự, chỉ dùng được ở lớp của máy này, trong hôm nay và hôm qua.",
                    "This code was not found. It has six characters and holds for this device's class, today and yesterday.",
                );
                paragraph(out, "why", words, first);
                code_form(out, typed, first);
            }
            Asking::Not => {}
            Asking::Waiting { forwarded: false } => {
                let words = Words::new(
                    "Thầy cô sẽ thấy lời xin này trên máy của mình. Trang này tự tải lại sau mỗi 20 giây; em có thể nhắc thầy cô.",
                    "Your teacher sees the request. This page loads again every 20 seconds; you may tell your teacher.",
                );
                paragraph(out, "why", words, first);
                look_again(out, self.wanted.map_or("", |wanted| wanted.code), first);
            }
            Asking::Waiting { forwarded: true } => {
                let words = Words::new(
                    "Thầy cô đã chuyển lời xin cho người quản trị mạng của trường.",
                    "Your teacher has given the request on to the school's administrator.",
                );
                paragraph(out, "why", words, first);
                look_again(out, self.wanted.map_or("", |wanted| wanted.code), first);
            }
            Asking::Open { until, note } => self.open(out, until, note, first),
            Asking::Refused { note } => {
                let words = Words::new(
                    "Lần này thầy cô để trang đóng. Em có thể hỏi trực tiếp để biết lý do.",
                    "This time the page stays shut. You may ask in person why.",
                );
                paragraph(out, "why", words, first);
                quoted(out, note);
            }
            Asking::TooMany => {
                let words = Words::new(
                    "Lớp đã gửi nhiều lời xin và thầy cô chưa kịp xem. Em hãy hỏi trực tiếp thầy cô.",
                    "Your class has sent many requests that nobody could look at yet. Please ask your teacher in person.",
                );
                paragraph(out, "why", words, first);
            }
            Asking::NotNow => {
                let words = Words::new(
                    "Lúc này máy của trường chưa nhận được. Em hãy thử lại sau ít phút hoặc hỏi trực tiếp thầy cô.",
                    "The box cannot take it just now. Try again in some minutes, or ask your teacher in person.",
                );
                paragraph(out, "why", words, first);
            }
        }
    }

    fn open(&self, out: &mut String, until: Option<u16>, note: &str, first: Language) {
        if let Some(until) = until {
            let (hour, minute) = (until / 60, until % 60);
            let vi = format!("Trang mở cho cả lớp đến {hour:02}:{minute:02}.");
            let en = format!("It is open for your class until {hour:02}:{minute:02}.");
            paragraph(out, "why", Words::new(&vi, &en), first);
        }
        quoted(out, note);
        if let Some(name) = self.wanted.and_then(|wanted| wanted.name) {
            let go = Words::new("Vào trang", "Go there");
            // The browser takes what is encrypted where the site has it.
            let _ = write!(
                out,
                "<p><a class=\"go large\" href=\"http://{0}/\">{1} {0}</a></p>",
                Escaped(name),
                go.of(first)
            );
        }
        let old = Words::new(
            "Nếu trang vẫn báo chặn: đợi một phút rồi tải lại.",
            "If it still says blocked: wait a minute, then load it again.",
        );
        paragraph(out, "soft small", old, first);
    }

    /// What can be done now.
    fn forms(&self, out: &mut String, wanted: &Wanted<'_>, first: Language) {
        if matches!(self.asking, Asking::Open { .. }) {
            return;
        }
        if self.asking == Asking::Not {
            let told = |out: &mut String| {
                if let Some(category) = wanted.category {
                    let vi = format!("Trang này thuộc loại: {}.", category.vi);
                    let en = format!("This page is of the kind: {}.", category.en);
                    paragraph(out, "why", Words::new(&vi, &en), first);
                }
            };
            told(out);
            match (wanted.name, wanted.opener) {
                (Some(_), Opener::Teacher | Opener::School) => self.ask_form(out, wanted, first),
                _ => paragraph(out, "do", SHUT, first),
            }
        }
        if wanted.name.is_some() && wanted.opener == Opener::Teacher {
            self.unlock_form(out, wanted, first);
        }
    }

    fn ask_form(&self, out: &mut String, wanted: &Wanted<'_>, first: Language) {
        let is_staff = self.around.tier == Tier::Staff;
        let who = match wanted.opener {
            _ if is_staff => Words::new(
                "Người quản trị của trường có thể mở trang này.",
                "The school's administrator can open this page.",
            ),
            Opener::School => Words::new(
                "Nhà trường có thể mở trang này. Thầy cô sẽ xem lời xin trước.",
                "The school can open this page. A teacher looks at the request first.",
            ),
            _ => Words::new(
                "Thầy cô đang dạy có thể mở trang này cho lớp.",
                "Your teacher can open this page for the class.",
            ),
        };
        paragraph(out, "", who, first);
        if matches!(self.stale, Some(Stale::Why(_))) {
            alert(
                out,
                Words::new(
                    "Trang này mở lâu quá nên lời xin chưa gửi được. Em bấm gửi lần nữa nhé.",
                    "This page was open too long, so nothing was sent. Please send it again.",
                ),
                first,
            );
        }
        let _ = write!(out, "<form action=\"{}\" method=\"post\">", path::ASK);
        self.hidden(out, wanted);
        out.push_str("<fieldset><legend>");
        let vi = if is_staff {
            "Thầy cô cần để làm gì?"
        } else {
            "Em cần để làm gì?"
        };
        out.push_str(Words::new(vi, "What do you need it for?").of(first));
        out.push_str("</legend>");
        let chosen = match self.stale {
            Some(Stale::Why(id)) if self.reasons.iter().any(|(known, _)| *known == id) => id,
            _ => self.reasons.first().map_or("", |(id, _)| *id),
        };
        for (id, words) in self.reasons {
            let checked = if *id == chosen { " checked" } else { "" };
            let _ = write!(
                out,
                "<label class=\"pick\"><input type=\"radio\" name=\"{}\" value=\"{id}\"{checked}> {}",
                field::WHY,
                Escaped(words.of(first))
            );
            translation(out, words.of(first.other()), first.other());
            out.push_str("</label>");
        }
        let send = Words::new("Gửi lời xin", "Send the request");
        let _ = write!(out, "</fieldset><button>{}</button></form>", send.of(first));
        let privacy = if is_staff {
            Words::new(
                "Người quản trị thấy: nhóm, tên trang, lý do; không thấy máy nào.",
                "The administrator sees the group, the site and the reason; no device.",
            )
        } else {
            Words::new(
                "Thầy cô thấy: lớp, tên trang, lý do. Không ai thấy em là ai.",
                "Your teacher sees the class, the site and the reason. Nobody sees who you are.",
            )
        };
        paragraph(out, "soft small", privacy, first);
    }

    fn unlock_form(&self, out: &mut String, wanted: &Wanted<'_>, first: Language) {
        let title = Words::new(
            "Thầy cô đã đọc mã cho em chưa?",
            "Did your teacher give you a code?",
        );
        part(out, "nhap-ma", title, first);
        let wrong = match self.unlocking {
            Unlocking::Not => None,
            Unlocking::Wrong => Some(Words::new(
                "Mã này không đúng, đã dùng rồi hoặc đã hết giờ.",
                "This code is wrong, was used, or is over.",
            )),
            Unlocking::TooMany => Some(Words::new(
                "Đã thử nhiều lần quá. Em hãy đợi mười phút hoặc nhờ thầy cô mở giúp.",
                "Too many tries. Wait ten minutes, or ask your teacher to open it.",
            )),
            Unlocking::Stale => Some(Words::new(
                "Trang này mở lâu quá nên mã chưa được dùng. Em bấm mở lần nữa nhé.",
                "This page was open too long, so the code was not used. Please press open again.",
            )),
        };
        if let Some(words) = wrong {
            alert(out, words, first);
        }
        let typed = match self.stale {
            Some(Stale::Code(digits)) => digits,
            _ => "",
        };
        let _ = write!(out, "<form action=\"{}\" method=\"post\">", path::UNLOCK);
        self.hidden(out, wanted);
        let label = Words::new("Sáu chữ số", "Six digits");
        let open = Words::new("Mở trang", "Open");
        let _ = write!(
            out,
            "<label for=\"ma-mo\">{}</label><input id=\"ma-mo\" name=\"{}\" inputmode=\"numeric\" \
             maxlength=\"12\" autocomplete=\"off\" value=\"{}\" required><button>{}</button></form>",
            label.of(first),
            field::UNLOCK,
            Escaped(typed),
            open.of(first)
        );
    }

    fn hidden(&self, out: &mut String, wanted: &Wanted<'_>) {
        for (name, value) in [(path::CODE, wanted.code), (field::TOKEN, self.token)] {
            let _ = write!(
                out,
                "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                Escaped(value)
            );
        }
    }
}

/// What nobody at the school opens just now: locked by the department, or an exam.
const SHUT: Words<'static> = Words::new(
    "Lúc này trang không mở được ở trường, thầy cô cũng không mở được. Nếu em thấy chặn nhầm, hãy báo thầy cô.",
    "This page cannot be opened at school just now, by teachers neither. If you think it is a mistake, tell a teacher.",
);

fn look_again(out: &mut String, code: &str, first: Language) {
    let _ = write!(
        out,
        "<p><a class=\"go\" href=\"{}?{}={}\">{}</a></p>",
        path::ASK,
        path::CODE,
        Escaped(code),
        Words::new("Xem lại ngay", "Look now").of(first)
    );
}

/// What the one who answered wrote.
fn quoted(out: &mut String, note: &str) {
    if !note.is_empty() {
        element(out, "blockquote", "", note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Site;
    use lachan_policy::Tier;
    use proptest::prelude::*;

    const PAGE: AskPage<'_> = AskPage {
        around: Around {
            site: Site {
                language: Language::Vietnamese,
                school: "",
            },
            tier: Tier::Thcs,
            help: &[],
        },
        wanted: Some(Wanted {
            code: "K7QX3M",
            name: Some("zalo.me"),
            category: Some(Words::new("Nhắn tin", "Messaging")),
            opener: Opener::Teacher,
        }),
        asking: Asking::Not,
        unlocking: Unlocking::Not,
        stale: None,
        token: "abc",
        reasons: &[
            ("lesson", Words::new("Cho bài học này", "For this lesson")),
            ("mistake", Words::new("Chặn nhầm", "By mistake")),
        ],
    };

    fn html(page: &AskPage<'_>) -> String {
        String::from_utf8(page.reply().body).unwrap()
    }

    #[test]
    fn a_teacher_s_cell_offers_both_ways_and_the_school_s_only_asking() {
        let text = html(&PAGE);
        for part in [
            "action=\"/xin-mo\"",
            "action=\"/nhap-ma\"",
            "value=\"K7QX3M\"",
            "zalo.me",
        ] {
            assert!(text.contains(part), "{part}");
        }
        let of = |opener| {
            let wanted = PAGE.wanted.map(|wanted| Wanted { opener, ..wanted });
            html(&AskPage { wanted, ..PAGE })
        };
        let school = of(Opener::School);
        assert!(
            school.contains("/xin-mo\" method=\"post\"") && !school.contains("/nhap-ma\" method")
        );
        for opener in [Opener::Department, Opener::Nobody] {
            let text = of(opener);
            assert!(
                !text.contains("method=\"post\"") && text.contains("thầy cô cũng không mở được"),
                "{opener:?}"
            );
        }
    }

    #[test]
    fn a_form_that_lay_open_too_long_comes_back_as_it_was_filled_in() {
        let of = |stale, unlocking| {
            html(&AskPage {
                stale,
                unlocking,
                ..PAGE
            })
        };
        let fresh = of(None, Unlocking::Not);
        assert!(fresh.contains("value=\"lesson\" checked>"));
        assert!(!fresh.contains("role=\"alert\""));
        let asked = of(Some(Stale::Why("mistake")), Unlocking::Not);
        assert!(asked.contains("value=\"mistake\" checked>") && asked.contains("role=\"alert\""));
        assert!(!asked.contains("value=\"lesson\" checked>"));
        // What is no reason of ours chooses none.
        let foreign = of(Some(Stale::Why("x\"")), Unlocking::Not);
        assert!(foreign.contains("value=\"lesson\" checked>") && !foreign.contains("x&quot;"));
        let code = of(Some(Stale::Code("402917")), Unlocking::Stale);
        assert!(code.contains("value=\"402917\" required>") && code.contains("mã chưa được dùng"));
    }

    #[test]
    fn only_a_page_that_waits_looks_again_by_itself() {
        let of = |asking| html(&AskPage { asking, ..PAGE });
        let refresh = "http-equiv=\"refresh\"";
        assert!(of(Asking::Waiting { forwarded: false }).contains(refresh));
        for asking in [
            Asking::Not,
            Asking::Refused { note: "" },
            Asking::Open {
                until: None,
                note: "",
            },
        ] {
            assert!(!of(asking).contains(refresh), "{asking:?}");
        }
    }

    #[test]
    fn an_answer_says_until_when_and_what_was_written() {
        let text = html(&AskPage {
            asking: Asking::Open {
                until: Some(9 * 60 + 40),
                note: "Chỉ bài <5>",
            },
            ..PAGE
        });
        assert!(
            text.contains("09:40")
                && text.contains("Chỉ bài &lt;5&gt;")
                && text.contains("http://zalo.me/")
        );
        assert!(!text.contains("method=\"post\""));
    }

    proptest! {
        #[test]
        fn nothing_given_becomes_markup(text in "[<>&\"'a-z=/\u{202e}\u{0} ]{1,20}") {
            let page = |text: &str| {
                let asking = Asking::UnknownCode { typed: text };
                let unknown = html(&AskPage { asking, wanted: None, ..PAGE });
                let wanted = Wanted {
                    code: text,
                    name: Some(text),
                    category: Some(Words::new(text, text)),
                    opener: Opener::Teacher,
                };
                let known = html(&AskPage { wanted: Some(wanted), token: text, ..PAGE });
                let refused = html(&AskPage { asking: Asking::Refused { note: text }, ..PAGE });
                let stale = html(&AskPage { stale: Some(Stale::Code(text)), ..PAGE });
                [unknown, known, refused, stale].map(|page| {
                    (page.matches('<').count(), page.matches('"').count())
                })
            };
            prop_assert_eq!(page(&text), page("x"));
        }
    }
}
