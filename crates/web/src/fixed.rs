//! The fixed page, `http://lachan.lan`: why was it blocked, asking for it, telling of harm, 111.

use std::fmt::Write as _;

use crate::around::{Around, paragraph, part, path};
use crate::escape::Escaped;
use crate::html::translation;
use crate::picto::{self, Picture};
use crate::reply::Reply;
use crate::words::{Language, Words};

/// Something that was blocked for this device in this lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked<'b> {
    /// The local time of day, in minutes.
    pub minute: u16,
    /// The site; `None` where none is kept.
    pub name: Option<&'b str>,
    /// What it was blocked as.
    pub category: Option<Words<'b>>,
    /// Its request code, where somebody could be asked to open it.
    pub code: Option<&'b str>,
}

/// The page.
#[derive(Debug, Clone)]
pub struct FixedPage<'p> {
    /// What it stands in.
    pub around: Around<'p>,
    /// The lesson that goes on.
    pub lesson: Option<u8>,
    /// What was blocked for the device that asks; `None` where that is not known.
    pub blocked: Option<&'p [Blocked<'p>]>,
}

impl FixedPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let around = &self.around;
        let first = around.first();
        let title = around.choose(
            Words::new("Em cần gì nào?", "What do you need?"),
            Words::new("Bạn cần gì?", "What do you need?"),
        );
        around.page(title, None, |out| {
            tiles(out, first);
            self.why(out, first);
            ask(out, first);
            part(
                out,
                "giup",
                Words::new("Cần người giúp?", "Do you need help?"),
                first,
            );
            around.help(out);
        })
    }

    fn why(&self, out: &mut String, first: Language) {
        part(
            out,
            "vi-sao",
            Words::new("Vì sao bị chặn?", "Why was it blocked?"),
            first,
        );
        let general = self.around.choose(
            Words::new(
                "Ở trường, thầy cô chọn những trang tốt cho em. Trang chưa hợp với em thì chưa mở. Em không có lỗi gì cả.",
                "At school, teachers choose pages that are good for you. What does not suit you yet stays shut. You did nothing wrong.",
            ),
            Words::new(
                "Bộ lọc của trường đóng những trang trái pháp luật, nguy hiểm, hoặc chưa hợp lứa tuổi và giờ học. Bị chặn không có nghĩa là bạn đã làm gì sai.",
                "The school's filter shuts what is illegal, dangerous, or not for this age and lesson. That something was blocked does not mean that you did anything wrong.",
            ),
        );
        paragraph(out, "", general, first);
        let Some(blocked) = self.blocked else { return };
        let title = match self.lesson {
            Some(lesson) => [
                format!("Máy này, tiết {lesson}"),
                format!("This device, lesson {lesson}"),
            ],
            None => [
                "Máy này, 45 phút vừa qua".to_owned(),
                "This device, the last 45 minutes".to_owned(),
            ],
        };
        let _ = write!(
            out,
            "<h3>{}",
            Escaped(&title[usize::from(first == Language::English)])
        );
        translation(
            out,
            &title[usize::from(first == Language::Vietnamese)],
            first.other(),
        );
        out.push_str("</h3>");
        if blocked.is_empty() {
            let none = Words::new("Chưa có trang nào bị chặn.", "Nothing was blocked.");
            paragraph(out, "soft", none, first);
            return;
        }
        out.push_str("<ul class=\"list\">");
        for block in blocked {
            self.row(out, block, first);
        }
        out.push_str("</ul>");
        let seen = Words::new(
            "Chỉ máy này thấy danh sách này, và chỉ trong tiết này. Máy đi chung một bộ phát Wi-Fi riêng thì thấy chung.",
            "Only this device sees this list, and only in this lesson. Devices behind a router of their own share it.",
        );
        paragraph(out, "soft small", seen, first);
    }

    fn row(&self, out: &mut String, block: &Blocked<'_>, first: Language) {
        let _ = write!(
            out,
            "<li><span class=\"time\">{:02}:{:02}</span> ",
            block.minute / 60,
            block.minute % 60
        );
        if let Some(name) = block.name {
            let _ = write!(out, "<b>{}</b> ", Escaped(name));
        }
        if let Some(category) = block.category {
            let _ = write!(out, "{} ", Escaped(category.of(first)));
        }
        if let Some(code) = block.code {
            let ask = Words::new("Xin mở", "Ask");
            let _ = write!(
                out,
                "<a class=\"go\" href=\"{}?{}={}\">{}</a>",
                path::ASK,
                path::CODE,
                Escaped(code),
                ask.of(first)
            );
        }
        out.push_str("</li>");
    }
}

/// The four ways, large.
fn tiles(out: &mut String, first: Language) {
    const TILES: [(&str, Picture, Words<'static>); 4] = [
        (
            "#vi-sao",
            Picture::Shield,
            Words::new("Vì sao bị chặn?", "Why was it blocked?"),
        ),
        (
            "#xin",
            Picture::Door,
            Words::new("Xin mở trang", "Ask to open a page"),
        ),
        (
            path::REPORT,
            Picture::Heart,
            Words::new("Gặp chuyện", "Something happened"),
        ),
        ("tel:111", Picture::Phone, Words::new("Gọi 111", "Call 111")),
    ];
    out.push_str("<div class=\"tiles\">");
    for (to, picture, words) in TILES {
        let _ = write!(
            out,
            "<a href=\"{to}\">{}<b>{}</b>",
            picto::svg(picture),
            Escaped(words.of(first))
        );
        translation(out, words.of(first.other()), first.other());
        out.push_str("</a>");
    }
    out.push_str("</div>");
}

/// Typing the code of a block page, for who saw it on another device.
fn ask(out: &mut String, first: Language) {
    part(
        out,
        "xin",
        Words::new("Xin mở trang", "Ask to open a page"),
        first,
    );
    let how = Words::new(
        "Trang chặn có một mã sáu ký tự. Gõ mã đó vào đây:",
        "A block page has a code of six characters. Type it here:",
    );
    paragraph(out, "", how, first);
    code_form(out, "", first);
}

/// The form for a request code.
pub(crate) fn code_form(out: &mut String, typed: &str, first: Language) {
    let (label, next) = (
        Words::new("Mã trên trang chặn", "Code of the block page"),
        Words::new("Tiếp tục", "Go on"),
    );
    let _ = write!(
        out,
        "<form action=\"{}\" method=\"get\"><label for=\"ma\">{}</label><input id=\"ma\" name=\"{}\" \
         value=\"{}\" maxlength=\"12\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" required>\
         <button>{}</button></form>",
        path::ASK,
        label.of(first),
        path::CODE,
        Escaped(typed),
        next.of(first)
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::around::Help;
    use crate::block::Site;
    use lachan_policy::Tier;
    use proptest::prelude::*;

    fn around<'a>(tier: Tier, help: &'a [Help<'a>]) -> Around<'a> {
        Around {
            site: Site {
                language: Language::Vietnamese,
                school: "THCS Lê Lợi",
            },
            tier,
            help,
        }
    }

    fn html(page: &FixedPage<'_>) -> String {
        String::from_utf8(page.reply().body).unwrap()
    }

    #[test]
    fn every_tier_finds_the_four_ways_and_111() {
        for tier in Tier::ALL {
            let page = FixedPage {
                around: around(tier, &[]),
                lesson: None,
                blocked: Some(&[]),
            };
            let html = html(&page);
            for part in [
                "Vì sao bị chặn?",
                "Xin mở trang",
                "Gặp chuyện",
                "tel:111",
                "/hoc",
                "/bai-hoc",
            ] {
                assert!(html.contains(part), "{tier:?}: {part}");
            }
            assert!(!html.contains("<script") && html.len() < 60_000);
        }
    }

    #[test]
    fn what_was_blocked_can_be_asked_for() {
        let blocked = [Blocked {
            minute: 8 * 60 + 5,
            name: Some("zalo.me"),
            category: Some(Words::new("Nhắn tin", "Messaging")),
            code: Some("K7QX3M"),
        }];
        let page = FixedPage {
            around: around(Tier::Thcs, &[]),
            lesson: Some(2),
            blocked: Some(&blocked),
        };
        let html = html(&page);
        for part in [
            "08:05",
            "zalo.me",
            "Nhắn tin",
            "/xin-mo?ma=K7QX3M",
            "tiết 2",
        ] {
            assert!(html.contains(part), "{part}");
        }
    }

    #[test]
    fn help_near_the_school_can_be_called_offline() {
        let help = [Help {
            name: "Cô Hoa",
            phone: "024 1234-5678",
            note: "Phòng 105",
        }];
        let page = FixedPage {
            around: around(Tier::TieuHoc, &help),
            lesson: None,
            blocked: None,
        };
        let html = html(&page);
        assert!(
            html.contains("tel:02412345678")
                && html.contains("Cô Hoa")
                && html.contains("Phòng 105")
        );
        assert!(
            !html.contains("http://") && !html.contains("https://"),
            "nothing is fetched"
        );
    }

    proptest! {
        #[test]
        fn nothing_given_becomes_markup(text in "[<>&\"'a-z=/\u{202e}\u{0} ]{0,20}") {
            let page = |text: &str| {
                let blocked = [Blocked {
                    minute: 0,
                    name: Some(text),
                    category: Some(Words::new(text, text)),
                    code: Some(text),
                }];
                let help = [Help { name: text, phone: "x", note: "x" }];
                let mut around = around(Tier::Thcs, &help);
                around.site.school = "x";
                html(&FixedPage { around, lesson: None, blocked: Some(&blocked) })
            };
            prop_assert_eq!(page(&text).matches('<').count(), page("x").matches('<').count());
            prop_assert_eq!(page(&text).matches('"').count(), page("x").matches('"').count());
        }
    }
}
