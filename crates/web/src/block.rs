//! The page that says why something is closed: what it is made of, and its short forms. How it looks
//! is `block_html`.

use lachan_policy::Tier;

use crate::accept::Form;
use crate::around::Help;
use crate::block_html;
use crate::escape::is_odd;
use crate::reply::Reply;
use crate::words::{Language, Words};

/// Why something is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'w> {
    /// For what it is: the category's name, and why a school cares.
    Category {
        /// The name, as the book has it.
        name: Words<'w>,
        /// Why a school cares; may be empty.
        reason: Words<'w>,
    },
    /// A decision of an authority.
    Statute,
    /// An exam is on.
    Exam,
    /// Only learning sites are open.
    AllowlistOnly,
    /// A lesson over the net is on.
    OnlineClass,
    /// The timetable closes it now.
    Timetable,
    /// A person at the school closed it.
    School,
    /// The education department closed it.
    Department,
    /// The address is a bare number, behind which nobody can tell what is.
    Number,
    /// The way there leads round the filter.
    WayRound,
    /// Nothing may be said.
    Untold,
}

/// Who may open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// The teacher, for a lesson.
    Teacher,
    /// The school.
    School,
    /// Only the education department.
    Department,
    /// Nobody here; or it opens by itself.
    Nobody,
}

/// Who runs the filter, as far as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Site<'s> {
    /// Which language stands first.
    pub language: Language,
    /// The school's name; empty for none.
    pub school: &'s str,
}

/// The box's own pages, as a block page leads to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own<'o> {
    /// Their address, without a slash at its end: `http://lachan.lan`.
    pub home: &'o str,
    /// The lesson that fits: its id and its title.
    pub lesson: Option<(&'o str, Words<'o>)>,
}

/// What a page is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockPage<'p> {
    /// Who runs the filter.
    pub site: Site<'p>,
    /// Whom it is shown to: the youngest get pictures and few words.
    pub tier: Tier,
    /// The name asked for, as people write it; `None` where none may be shown.
    pub name: Option<&'p str>,
    /// Why it is closed.
    pub why: Why<'p>,
    /// Who may open it.
    pub opener: Opener,
    /// The request code, by which the school finds the attempt.
    pub code: Option<&'p str>,
    /// Whether the one who asked may be in need: kind words, and help first.
    pub gentle: bool,
    /// Where the box's own pages are, where it serves any.
    pub own: Option<Own<'p>>,
    /// Help near the school, shown to pupils beside 111.
    pub help: &'p [Help<'p>],
}

impl BlockPage<'_> {
    /// The page in a form.
    #[must_use]
    pub fn reply(&self, form: Form) -> Reply {
        let body = match form {
            Form::Html => block_html::page(self),
            Form::Text => self.text(),
            Form::Problem => self.problem(),
        };
        Reply {
            form,
            body: body.into_bytes(),
            forms: false,
            script: None,
        }
    }

    /// The title, which is all that some see of the page.
    pub(crate) const fn title(&self) -> Words<'static> {
        match (self.is_gentle(), self.tier) {
            (true, _) => Words::new("Em không phải ở một mình", "You are not alone"),
            (_, Tier::MamNon | Tier::TieuHoc) => Words::new(
                "Trang này chưa mở cho em",
                "This page is not open for you yet",
            ),
            (_, Tier::Staff) => Words::new("Trang này đang bị chặn", "This page is blocked"),
            _ => Words::new(
                "Trang này không mở ở trường",
                "This page is not open at school",
            ),
        }
    }

    /// One sentence that says why.
    pub(crate) fn reason(&self, language: Language) -> String {
        let fixed = match self.why {
            Why::Category { name, .. } => {
                let name = name.of(language);
                return match language {
                    Language::Vietnamese => format!("Trang này thuộc loại: {name}."),
                    Language::English => format!("This page is of the kind: {name}."),
                };
            }
            Why::Statute => Words::new(
                "Cơ quan có thẩm quyền đã yêu cầu chặn trang này.",
                "An authority has ordered this page to be blocked.",
            ),
            Why::Exam => Words::new(
                "Đang có bài kiểm tra; chỉ các trang của bài kiểm tra được mở.",
                "An exam is on; only the pages of the exam are open.",
            ),
            Why::AllowlistOnly => Words::new(
                "Lúc này chỉ mở các trang học tập.",
                "Only learning sites are open now.",
            ),
            Why::OnlineClass => {
                Words::new("Đang trong giờ học trực tuyến.", "An online lesson is on.")
            }
            Why::Timetable => Words::new(
                "Theo thời khóa biểu, trang này đóng vào giờ này.",
                "The timetable closes this page at this hour.",
            ),
            Why::School => Words::new(
                "Nhà trường đã đóng trang này.",
                "The school has closed this page.",
            ),
            Why::Department => Words::new(
                "Sở giáo dục đã đóng trang này.",
                "The education department has closed this page.",
            ),
            Why::Number => Words::new(
                "Địa chỉ này chỉ là một dãy số, không có tên trang.",
                "This address is only a number, without the name of a site.",
            ),
            Why::WayRound => Words::new(
                "Đường này đi vòng qua bộ lọc của trường.",
                "This way leads round the school's filter.",
            ),
            Why::Untold => Words::new("Trang này không được mở.", "This page may not be opened."),
        };
        fixed.of(language).to_owned()
    }

    /// What can be done.
    pub(crate) const fn advice(&self) -> Words<'static> {
        let young = self.is_for_young();
        match (self.opener, self.tier) {
            (Opener::Teacher | Opener::School, _) if young => Words::new(
                "Em hãy gọi thầy cô đến xem giúp nhé!",
                "Please ask your teacher to have a look!",
            ),
            (_, Tier::MamNon | Tier::TieuHoc) => Words::new(
                "Em hãy quay lại và chọn trang khác nhé!",
                "Please go back and choose another page!",
            ),
            (Opener::Teacher, Tier::Staff) | (Opener::School, Tier::Staff) => Words::new(
                "Thầy cô cần trang này? Hãy báo người quản trị mạng của trường.",
                "Do you need this page? Tell the school's administrator.",
            ),
            (Opener::Department, Tier::Staff) => Words::new(
                "Chỉ sở giáo dục mới mở được trang này.",
                "Only the education department can open this page.",
            ),
            (Opener::Teacher, _) => Words::new(
                "Em cần trang này cho bài học? Thầy cô đang dạy có thể mở; em hãy hỏi thầy cô.",
                "Do you need this page for the lesson? Your teacher can open it; please ask.",
            ),
            (Opener::School, _) => Words::new(
                "Em cho rằng trang này nên được mở? Em hãy báo thầy cô; nhà trường sẽ xem lại.",
                "Do you think this page should be open? Tell a teacher; the school will look at it.",
            ),
            (Opener::Department, _) => Words::new(
                "Chỉ sở giáo dục mới mở được trang này. Nếu chặn nhầm, em hãy báo thầy cô.",
                "Only the education department can open this page. If this is a mistake, tell a teacher.",
            ),
            (Opener::Nobody, _) => Words::new(
                "Trang sẽ mở lại khi hết giờ đó.",
                "It opens again afterwards.",
            ),
        }
    }

    /// Whether pictures and few words are shown.
    pub(crate) const fn is_for_young(&self) -> bool {
        matches!(self.tier, Tier::MamNon | Tier::TieuHoc)
    }

    /// Whether kind words come first: for pupils only, whom they speak to.
    pub(crate) const fn is_gentle(&self) -> bool {
        self.gentle && !matches!(self.tier, Tier::Staff)
    }

    /// Where help is.
    pub(crate) const fn help(&self) -> Words<'static> {
        match self.tier {
            Tier::Staff => HELP_FOR_STAFF,
            _ => HELP,
        }
    }

    /// The name, without what could lead a reader astray.
    pub(crate) fn shown_name(&self) -> Option<String> {
        self.name
            .map(|name| name.chars().filter(|c| !is_odd(*c)).collect())
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let first = self.site.language;
        for language in [first, first.other()] {
            let mut line = |text: &str| {
                out.push_str(text);
                out.push('\n');
            };
            line(&format!("Lá Chắn: {}", self.title().of(language)));
            if let Some(name) = self.shown_name() {
                line(&name);
            }
            line(&self.reason(language));
            line(self.advice().of(language));
            if let Some(code) = self.code {
                line(&match language {
                    Language::Vietnamese => format!("Mã: {code}"),
                    Language::English => format!("Code: {code}"),
                });
            }
            line(self.help().of(language));
            line("");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }

    /// RFC 9457.
    fn problem(&self) -> String {
        let language = self.site.language;
        let mut problem = serde_json::json!({
            "type": "about:blank",
            "title": self.title().of(language),
            "status": 403,
            "detail": self.reason(language),
            "tier": self.tier.id(),
            "help": "tel:111",
        });
        if let (Some(code), Some(fields)) = (self.code, problem.as_object_mut()) {
            fields.insert("code".to_owned(), code.into());
        }
        problem.to_string()
    }
}

/// Where a child finds help, in one line.
const HELP: Words<'static> = Words::new(
    "Cần giúp đỡ? Gọi 111: miễn phí, suốt ngày đêm, em không cần nói tên.",
    "Need help? Call 111: free, day and night, you need not give your name.",
);

/// The same, for those who help.
const HELP_FOR_STAFF: Words<'static> = Words::new(
    "Trẻ em cần giúp đỡ? Gọi 111: miễn phí, suốt ngày đêm.",
    "A child needs help? Call 111: free, day and night.",
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: BlockPage<'_> = BlockPage {
        site: Site {
            language: Language::Vietnamese,
            school: "THCS Lê Lợi",
        },
        tier: Tier::Thcs,
        name: Some("nha-cai.example"),
        why: Why::Category {
            name: Words::new("Cờ bạc", "Gambling"),
            reason: Words::new("Phạm pháp.", "Illegal."),
        },
        opener: Opener::Department,
        code: Some("K7QX3M"),
        gentle: false,
        own: None,
        help: &[],
    };

    fn body(page: &BlockPage<'_>, form: Form) -> String {
        String::from_utf8(page.reply(form).body).unwrap()
    }

    #[test]
    fn every_form_says_why_what_to_do_and_where_help_is() {
        for form in [Form::Html, Form::Text] {
            let text = body(&PAGE, form);
            for part in [
                "Cờ bạc",
                "Gambling",
                "K7QX3M",
                "111",
                "nha-cai.example",
                "sở giáo dục",
            ] {
                assert!(text.contains(part), "{form:?} lacks {part}\n{text}");
            }
        }
        let problem: serde_json::Value = serde_json::from_str(&body(&PAGE, Form::Problem)).unwrap();
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&403.into(), &"K7QX3M".into())
        );
    }

    #[test]
    fn vietnamese_comes_first_unless_the_school_wants_it_otherwise() {
        let places = |page: &BlockPage<'_>| {
            let text = body(page, Form::Html);
            (text.find("Cờ bạc").unwrap(), text.find("Gambling").unwrap())
        };
        let (vi, en) = places(&PAGE);
        assert!(vi < en);
        let mut english = PAGE;
        english.site.language = Language::English;
        let (vi, en) = places(&english);
        assert!(en < vi);
    }

    #[test]
    fn where_no_name_may_be_shown_none_is() {
        let page = BlockPage {
            name: None,
            why: Why::Untold,
            code: None,
            ..PAGE
        };
        for form in [Form::Html, Form::Text, Form::Problem] {
            let text = body(&page, form);
            assert!(
                !text.contains("nha-cai") && !text.contains("Cờ bạc"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_page_leads_to_asking_to_a_lesson_and_to_help() {
        let own = Some(Own {
            home: "http://lachan.lan",
            lesson: Some(("toan-hoc", Words::new("Toán học của nhà cái", "Arithmetic"))),
        });
        let of = |opener, gentle| {
            let page = BlockPage {
                own,
                opener,
                gentle,
                ..PAGE
            };
            body(&page, Form::Html)
        };
        let ask = "http://lachan.lan/xin-mo?ma=K7QX3M";
        for opener in [Opener::Teacher, Opener::School] {
            assert!(of(opener, false).contains(ask), "{opener:?}");
        }
        for opener in [Opener::Department, Opener::Nobody] {
            assert!(!of(opener, false).contains(ask), "{opener:?}");
        }
        let text = of(Opener::Department, false);
        assert!(text.contains("http://lachan.lan/bai-hoc/toan-hoc") && text.contains("Toán học"));
        assert!(text.contains("http://lachan.lan/gap-chuyen"));
        let gentle = of(Opener::School, true);
        assert!(
            !gentle.contains(ask) && gentle.contains("/gap-chuyen") && !gentle.contains("bai-hoc")
        );
        assert!(!body(&PAGE, Form::Html).contains("lachan.lan"));
    }

    #[test]
    fn help_near_the_school_stands_beside_111_for_pupils() {
        let help = [Help {
            name: "Cô Hoa",
            phone: "024 1234",
            note: "",
        }];
        for (tier, gentle) in [
            (Tier::TieuHoc, false),
            (Tier::Thcs, true),
            (Tier::Thpt, false),
        ] {
            let page = BlockPage {
                help: &help,
                tier,
                gentle,
                ..PAGE
            };
            let text = body(&page, Form::Html);
            assert!(
                text.contains("tel:0241234") && text.contains("Cô Hoa"),
                "{tier:?}"
            );
        }
        let staff = BlockPage {
            help: &help,
            tier: Tier::Staff,
            ..PAGE
        };
        assert!(!body(&staff, Form::Html).contains("Cô Hoa"));
    }

    #[test]
    fn a_child_in_need_is_met_with_kindness_and_help() {
        let text = body(
            &BlockPage {
                gentle: true,
                ..PAGE
            },
            Form::Html,
        );
        assert!(text.contains("Em không phải ở một mình"));
        let (help, reason) = (text.find("tel:111").unwrap(), text.find("Cờ bạc"));
        assert!(
            reason.is_none_or(|reason| help < reason),
            "help comes first"
        );
    }

    proptest! {
        #[test]
        fn nothing_given_becomes_markup(
            name in "[<>&\"'a-z\u{202e}\u{0}=/]{0,20}",
            school in "[<>&\"'a-z=/ ]{0,20}",
            category in "[<>&\"'a-z=/ ]{0,20}",
            young in any::<bool>(),
        ) {
            let bare = BlockPage {
                tier: if young { Tier::MamNon } else { Tier::Thpt },
                ..PAGE
            };
            let tags = |page: &BlockPage<'_>| body(page, Form::Html).matches('<').count();
            let page = BlockPage {
                name: Some(&name),
                site: Site { school: &school, ..PAGE.site },
                why: Why::Category {
                    name: Words::new(&category, &category),
                    reason: Words::new(&name, &name),
                },
                ..bare
            };
            let plain = BlockPage {
                name: Some(if name.is_empty() { "" } else { "x" }),
                site: Site { school: if school.is_empty() { "" } else { "x" }, ..PAGE.site },
                why: Why::Category {
                    name: Words::new("x", "x"),
                    reason: Words::new(if name.is_empty() { "" } else { "x" }, if name.is_empty() { "" } else { "x" }),
                },
                ..bare
            };
            prop_assert_eq!(tags(&page), tags(&plain));
            let problem: Result<serde_json::Value, _> = serde_json::from_str(&body(&page, Form::Problem));
            prop_assert!(problem.is_ok());
        }
    }
}
