//! "Em gặp chuyện này": telling of harm. No name is needed, nothing is uploaded, and every step says what
//! happens next, who could see it, and 111.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::around::{Around, alert, paragraph, part, path};
use crate::ask::field;
use crate::escape::Escaped;
use crate::html::translation;
use crate::page_script::PageScript;
use crate::reply::Reply;
use crate::words::{Language, Words};

/// Longest story, in characters.
pub const MAX_STORY: usize = 3000;
/// Longest word on how the counsellor may find the child, in characters.
pub const MAX_CONTACT: usize = 200;

/// Bytes of the page beside what was written, and the most that one byte becomes when it is escaped.
const FRAME: usize = 24 << 10;
const LONGEST_ESCAPE: usize = 6;

/// Names of the form's fields.
pub mod report_field {
    /// What it is about.
    pub const KIND: &str = "loai";
    /// What happened.
    pub const STORY: &str = "chuyen";
    /// How the counsellor may find the child.
    pub const CONTACT: &str = "gap";
    /// What the page encrypted, in place of the two.
    pub const SEALED: &str = "kin";
    /// The key it was encrypted to.
    pub const KEY: &str = "cho";
}

/// What was written into a form that could not be taken: it stands in the next one, so that no child has to write
/// it twice. Nothing of it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Written<'w> {
    /// The id of what happened.
    pub kind: &'w str,
    /// What happened.
    pub story: &'w str,
    /// How the counsellor may find the child.
    pub contact: &'w str,
}

impl std::fmt::Debug for Written<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written(…)")
    }
}

/// The step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling<'w> {
    /// The form.
    Form {
        /// What was wrong with what was sent before.
        wrong: Option<WrongReport>,
        /// What it held.
        written: Written<'w>,
    },
    /// Nobody has a key yet who could read it: no text is taken.
    NoCounsellor,
    /// It was taken.
    Taken,
}

/// Why a report was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongReport {
    /// No kind was chosen, or nothing was written.
    Empty,
    /// It is too long.
    TooLong,
    /// The form lay open too long, or is not ours.
    Stale,
    /// Too many came from this device, or at all.
    TooMany,
    /// The box cannot keep it just now.
    NotNow,
}

/// By what the page encrypts what is written, where the browser can.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'s> {
    /// The script.
    pub script: &'s Arc<PageScript>,
    /// The counsellor's key (`age1…`).
    pub recipient: &'s str,
}

/// The page.
#[derive(Debug, Clone, Copy)]
pub struct ReportPage<'p> {
    /// What it stands in.
    pub around: Around<'p>,
    /// The step.
    pub telling: Telling<'p>,
    /// By what the page encrypts; without it the way to the box is readable, and the page says so.
    pub sealing: Option<Sealing<'p>>,
    /// Token of the form.
    pub token: &'p str,
    /// What may have happened, each with its id.
    pub kinds: &'p [(&'static str, Words<'static>)],
}

impl ReportPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let first = self.around.first();
        let page = self
            .around
            .page(self.title(), None, |out| match self.telling {
                Telling::Form { wrong, written } => self.form(out, wrong, written, first),
                Telling::NoCounsellor => self.no_counsellor(out, first),
                Telling::Taken => self.taken(out, first),
            });
        let is_form = matches!(self.telling, Telling::Form { .. });
        let script = self.sealing.filter(|_| is_form);
        Reply {
            script: script.map(|sealing| Arc::clone(sealing.script)),
            ..page
        }
    }

    const fn title(&self) -> Words<'static> {
        match self.telling {
            Telling::Taken => Words::new("Cảm ơn em đã nói ra", "Thank you for telling"),
            _ => Words::new("Em gặp chuyện này", "Something happened to me"),
        }
    }

    fn form(
        &self,
        out: &mut String,
        wrong: Option<WrongReport>,
        written: Written<'_>,
        first: Language,
    ) {
        // All the room at once, however it is escaped: no copy of what a child wrote is left behind by growing.
        let script = self.sealing.map_or("", |sealing| sealing.script.source());
        out.reserve(
            FRAME + script.len() + LONGEST_ESCAPE * (written.story.len() + written.contact.len()),
        );
        let kind_words = Words::new(
            "Em không có lỗi. Ở đây em không cần nói tên, và không phải gửi ảnh.",
            "It is not your fault. You need not give your name here, and send no pictures.",
        );
        paragraph(out, "why", kind_words, first);
        self.around.help(out);
        let danger = Words::new(
            "Nếu em đang gặp nguy hiểm ngay lúc này: gọi 113, gọi 111, hoặc chạy đến người lớn gần nhất.",
            "If you are in danger right now: call 113, call 111, or go to the nearest adult.",
        );
        paragraph(out, "do", danger, first);
        if let Some(wrong) = wrong {
            alert(out, wrong.words(), first);
        }
        let _ = write!(
            out,
            "<form action=\"{}\" method=\"post\" autocomplete=\"off\"",
            path::REPORT,
        );
        if let Some(sealing) = self.sealing {
            let _ = write!(out, " data-khoa=\"{}\"", Escaped(sealing.recipient));
        }
        out.push('>');
        let mut hidden = vec![(field::TOKEN, self.token)];
        if self.sealing.is_some() {
            // The script fills them in.
            hidden.extend([(report_field::SEALED, ""), (report_field::KEY, "")]);
        }
        for (name, value) in hidden {
            let value = Escaped(value);
            let _ = write!(
                out,
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            );
        }
        out.push_str("<fieldset><legend>");
        out.push_str(Words::new("Chuyện gì đã xảy ra?", "What happened?").of(first));
        out.push_str("</legend>");
        for (id, words) in self.kinds {
            let checked = if *id == written.kind { " checked" } else { "" };
            let _ = write!(
                out,
                "<label class=\"pick\"><input type=\"radio\" name=\"{}\" value=\"{id}\" required{checked}> {}",
                report_field::KIND,
                Escaped(words.of(first))
            );
            translation(out, words.of(first.other()), first.other());
            out.push_str("</label>");
        }
        out.push_str("</fieldset>");
        label(
            out,
            report_field::STORY,
            Words::new("Em kể lại bằng lời của em", "Tell it in your own words"),
            first,
        );
        let _ = write!(
            out,
            "<textarea id=\"{0}\" name=\"{0}\" rows=\"6\" maxlength=\"{MAX_STORY}\" required>",
            report_field::STORY
        );
        for (number, line) in written.story.lines().enumerate() {
            let end = if number == 0 { "" } else { "\n" };
            let _ = write!(out, "{end}{}", Escaped(line));
        }
        out.push_str("</textarea>");
        let contact = Words::new(
            "Nếu em muốn được gặp: tìm em ở đâu, lúc nào? (bỏ trống cũng được)",
            "If you want to be met: where and when? (may be left empty)",
        );
        label(out, report_field::CONTACT, contact, first);
        let _ = write!(
            out,
            "<input id=\"{0}\" name=\"{0}\" maxlength=\"{MAX_CONTACT}\" value=\"{1}\"><button>{2}</button></form>",
            report_field::CONTACT,
            Escaped(written.contact),
            Words::new("Gửi cho người tư vấn", "Send it to the counsellor").of(first)
        );
        next(out, first);
        who_sees(out, first);
        if !script.is_empty() {
            let _ = write!(out, "<script>{script}</script>");
        }
    }

    fn no_counsellor(&self, out: &mut String, first: Language) {
        let sorry = Words::new(
            "Trường em chưa có người tư vấn nhận tin ở trang này, nên em đừng viết gì ở đây. Nhưng vẫn có người sẵn sàng nghe em, ngay bây giờ:",
            "Your school has nobody yet who takes messages on this page, so please write nothing here. But there are people who listen to you, right now:",
        );
        paragraph(out, "why", sorry, first);
        self.around.help(out);
        let others = Words::new(
            "Em cũng có thể nói với bố mẹ, thầy cô chủ nhiệm, hay bất cứ người lớn nào em tin. Nếu nguy hiểm ngay lúc này: gọi 113.",
            "You may also talk to your parents, your teacher, or any adult you trust. In danger right now: call 113.",
        );
        paragraph(out, "do", others, first);
    }

    fn taken(&self, out: &mut String, first: Language) {
        let brave = Words::new(
            "Em đã làm một việc dũng cảm. Tin của em đã được khóa lại; chỉ người tư vấn của trường mở được.",
            "That was brave. What you wrote is locked now; only the school's counsellor can open it.",
        );
        paragraph(out, "why", brave, first);
        next(out, first);
        let meanwhile = Words::new(
            "Trong lúc chờ, em không phải chịu một mình:",
            "While you wait, you are not alone:",
        );
        paragraph(out, "do", meanwhile, first);
        self.around.help(out);
        let trace = Words::new(
            "Nếu nhiều người dùng chung máy này, em hãy đóng trang lại. Trang không lưu gì trên máy.",
            "If others use this device too, close this page. It keeps nothing on the device.",
        );
        paragraph(out, "soft", trace, first);
    }
}

impl WrongReport {
    const fn words(self) -> Words<'static> {
        match self {
            Self::Empty => Words::new(
                "Em hãy chọn một mục và viết vài chữ nhé.",
                "Please choose one and write a few words.",
            ),
            Self::TooLong => Words::new(
                "Bài viết dài quá. Em hãy viết ngắn hơn một chút; phần còn lại có thể nói khi gặp.",
                "This is too long. Please write a little less; the rest can be told in person.",
            ),
            Self::Stale => Words::new(
                "Trang này mở lâu quá nên chưa gửi được. Những gì em đã viết vẫn còn ở dưới; em xem lại rồi bấm gửi lần nữa nhé.",
                "This page was open too long, so nothing was sent. What you wrote still stands below; please look it over and send it again.",
            ),
            Self::TooMany => Words::new(
                "Đã có nhiều tin được gửi từ đây. Em hãy gọi 111 hoặc gặp trực tiếp người tư vấn.",
                "Many messages came from here. Please call 111, or see the counsellor in person.",
            ),
            Self::NotNow => Words::new(
                "Máy của trường chưa lưu được tin này. Em hãy gọi 111 hoặc gặp trực tiếp người lớn em tin.",
                "The box could not keep this. Please call 111, or talk to an adult you trust.",
            ),
        }
    }
}

fn label(out: &mut String, id: &str, words: Words<'_>, first: Language) {
    let _ = write!(out, "<label for=\"{id}\">{}", Escaped(words.of(first)));
    translation(out, words.of(first.other()), first.other());
    out.push_str("</label>");
}

/// What happens next.
fn next(out: &mut String, first: Language) {
    part(
        out,
        "tiep",
        Words::new("Sau đó thì sao?", "What happens next?"),
        first,
    );
    let steps = [
        Words::new(
            "Người tư vấn của trường đọc tin, thường trong ngày học.",
            "The school's counsellor reads it, as a rule on the same school day.",
        ),
        Words::new(
            "Nếu em để lại cách gặp, người tư vấn tìm em một cách kín đáo.",
            "If you said how, the counsellor finds you quietly.",
        ),
        Words::new(
            "Việc nghiêm trọng được chuyển cho 111 hoặc công an để bảo vệ em.",
            "What is serious goes to 111 or the police, to protect you.",
        ),
    ];
    out.push_str("<ol>");
    for step in steps {
        crate::html::both(out, "li", "", step, first);
    }
    out.push_str("</ol>");
}

/// Who could see what, said honestly.
fn who_sees(out: &mut String, first: Language) {
    part(
        out,
        "ai-thay",
        Words::new("Ai có thể thấy?", "Who could see it?"),
        first,
    );
    let inside = Words::new(
        "Đến máy của trường, tin được khóa ngay: giáo viên, hiệu trưởng, người quản trị mạng đều không mở được, chỉ người tư vấn mở được. Máy không ghi em là ai.",
        "At the school's box it is locked at once: teachers, the principal and the administrator cannot open it, only the counsellor can. Who you are is not recorded.",
    );
    paragraph(out, "", inside, first);
    let outside = Words::new(
        "Nhưng nói thật với em: trên đường từ máy em đến máy của trường, trang này chưa được mã hóa. Người cố tình theo dõi mạng của trường, hoặc người đứng cạnh nhìn màn hình, có thể thấy em gửi và đọc được. Nếu em ngại điều đó, hãy gọi 111 hoặc gặp trực tiếp.",
        "But to be honest: between your device and the box this page is not encrypted. Who listens on the school's network on purpose, or looks at your screen, could see that you send something, and read it. If that worries you, call 111 or talk to somebody in person.",
    );
    // The script shows the one or the other; without it the first holds.
    out.push_str("<div id=\"duong-ho\">");
    paragraph(out, "", outside, first);
    out.push_str("</div>");
    let sealed = Words::new(
        "Trên đường từ máy em đến máy của trường, những gì em viết được khóa ngay trong trang này: người theo dõi mạng không đọc được. Nhưng nói thật với em: họ vẫn có thể thấy máy này gửi một tin, lúc nào, và mục em chọn ở trên; người cố tình sửa trang này trên đường đi, hoặc đứng cạnh nhìn màn hình, vẫn có thể đọc. Nếu em ngại điều đó, hãy gọi 111 hoặc gặp trực tiếp.",
        "Between your device and the box, what you write is locked in this very page: who listens on the network cannot read it. But to be honest: they can still see that this device sends a message, when, and which kind you chose above; who changes this page on its way on purpose, or looks at your screen, could still read it. If that worries you, call 111 or talk to somebody in person.",
    );
    out.push_str("<div id=\"duong-kin\" hidden>");
    paragraph(out, "", sealed, first);
    out.push_str("</div>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Site;
    use lachan_policy::Tier;

    const EMPTY: Telling<'_> = Telling::Form {
        wrong: None,
        written: Written {
            kind: "",
            story: "",
            contact: "",
        },
    };

    fn html(telling: Telling<'_>) -> String {
        String::from_utf8(reply(telling, None).body).unwrap()
    }

    fn reply(telling: Telling<'_>, sealing: Option<Sealing<'_>>) -> Reply {
        let page = ReportPage {
            around: Around {
                site: Site {
                    language: Language::Vietnamese,
                    school: "",
                },
                tier: Tier::Thcs,
                help: &[],
            },
            telling,
            sealing,
            token: "a\"b",
            kinds: &[("bullying", Words::new("Bị bắt nạt", "Bullying"))],
        };
        page.reply()
    }

    #[test]
    fn a_page_that_encrypts_carries_its_script_and_the_key_and_stays_small() {
        let source = "x".repeat(crate::page_script::MAX_SCRIPT);
        let script = Arc::new(PageScript::new(source.as_bytes()).unwrap());
        let sealing = Sealing {
            script: &script,
            recipient: "age1\"x",
        };
        let page = reply(EMPTY, Some(sealing));
        let [_, (_, policy), ..] = page.fields();
        assert!(policy.contains("script-src 'sha256-") && policy.contains("form-action 'self'"));
        let text = String::from_utf8(page.body).unwrap();
        assert!(text.len() < 60_000, "{}", text.len());
        assert!(
            text.contains("data-khoa=\"age1&quot;x\"") && text.contains("name=\"kin\" value=\"\"")
        );
        assert!(text.contains(&format!("<script>{source}</script>")));
        // What holds without a script is what is shown until it runs.
        assert!(
            text.contains("<div id=\"duong-ho\"><p")
                && text.contains("<div id=\"duong-kin\" hidden>")
        );
        for telling in [Telling::Taken, Telling::NoCounsellor] {
            let page = reply(telling, Some(sealing));
            assert!(page.script.is_none());
            assert!(!String::from_utf8(page.body).unwrap().contains("<script"));
        }
    }

    #[test]
    fn every_step_names_111() {
        let wrong = [
            None,
            Some(WrongReport::Empty),
            Some(WrongReport::TooLong),
            Some(WrongReport::Stale),
            Some(WrongReport::TooMany),
            Some(WrongReport::NotNow),
        ];
        let written = Written::default();
        let forms = wrong.map(|wrong| Telling::Form { wrong, written });
        for telling in forms
            .into_iter()
            .chain([Telling::NoCounsellor, Telling::Taken])
        {
            let text = html(telling);
            assert!(text.contains("tel:111"), "{telling:?}");
            assert!(
                text.len() < 60_000 && !text.contains("<script"),
                "{telling:?}"
            );
        }
    }

    #[test]
    fn the_form_asks_for_no_name_and_no_file_and_says_who_could_see() {
        let text = html(EMPTY);
        assert!(!text.contains("type=\"file\"") && !text.contains("multipart"));
        assert!(text.contains("không cần nói tên") && text.contains("chưa được mã hóa"));
        assert!(text.contains("a&quot;b") && text.contains("Bị bắt nạt"));
    }

    #[test]
    fn what_was_written_stands_in_the_form_that_comes_back() {
        let story = "Bạn <b>Nam</b> nói \"đừng kể\"\n& dọa em";
        let telling = Telling::Form {
            wrong: Some(WrongReport::Stale),
            written: Written {
                kind: "bullying",
                story,
                contact: "8B, \"bàn cuối\"",
            },
        };
        let text = html(telling);
        assert!(text.contains("value=\"bullying\" required checked>"));
        assert!(text.contains(
            ">Bạn &lt;b&gt;Nam&lt;/b&gt; nói &quot;đừng kể&quot;\n&amp; dọa em</textarea>"
        ));
        assert!(
            text.contains("value=\"8B, &quot;bàn cuối&quot;\""),
            "{text}"
        );
        assert!(!format!("{telling:?}").contains("Nam"));
        assert!(!html(EMPTY).contains("checked"));
    }

    #[test]
    fn the_page_is_written_in_room_that_never_grows() {
        let story = "<".repeat(MAX_STORY);
        let telling = Telling::Form {
            wrong: Some(WrongReport::Stale),
            written: Written {
                story: &story,
                ..Written::default()
            },
        };
        let length = html(telling).len() - LONGEST_ESCAPE * story.len();
        assert!(length < FRAME, "{length} bytes beside what was written");
    }

    #[test]
    fn without_a_counsellor_no_text_is_taken() {
        let text = html(Telling::NoCounsellor);
        assert!(!text.contains("<form") && !text.contains("<textarea"));
    }
}
