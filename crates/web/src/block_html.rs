//! How the pages look: one document, readable on a phone, in light and in dark, large enough for a
//! screen at the front of a class. Vietnamese first, English below it.

use std::fmt::Write as _;

use lachan_policy::Tier;

use crate::around::{near, path};
use crate::block::{BlockPage, Opener, Why};
use crate::certificate::CertificatePage;
use crate::escape::Escaped;
use crate::html::{begin, element, end, heading};
use crate::notice::NoticePage;
use crate::words::{Language, Words};

/// A friendly shield with a face, waving, for those who do not read yet.
const PICTURE: &str = r##"<svg class="picture" viewBox="0 0 270 220" role="img" aria-label="Chiếc lá chắn đang mỉm cười"><ellipse cx="130" cy="206" rx="74" ry="9" fill="#1f7a4d" opacity=".14"/><path d="M196 118q34-8 38-44" stroke="#1f7a4d" stroke-width="13" stroke-linecap="round" fill="none"/><circle cx="235" cy="68" r="13" fill="#2f9e68"/><path d="M64 124q-26 12-30 38" stroke="#1f7a4d" stroke-width="13" stroke-linecap="round" fill="none"/><circle cx="33" cy="168" r="13" fill="#2f9e68"/><path d="M130 14c24 18 48 24 72 24v58c0 54-30 88-72 102-42-14-72-48-72-102V38c24 0 48-6 72-24z" fill="#2f9e68"/><path d="M130 14c24 18 48 24 72 24v58c0 54-30 88-72 102z" fill="#1f7a4d" opacity=".35"/><path d="M130 44c16 11 30 14 46 15v38c0 38-18 60-46 71-28-11-46-33-46-71V59c16-1 30-4 46-15z" fill="#eaf8ef"/><circle cx="110" cy="98" r="9" fill="#16241c"/><circle cx="150" cy="98" r="9" fill="#16241c"/><circle cx="113" cy="95" r="3" fill="#fff"/><circle cx="153" cy="95" r="3" fill="#fff"/><path d="M106 122q24 24 48 0" stroke="#16241c" stroke-width="6" stroke-linecap="round" fill="none"/><circle cx="93" cy="117" r="9" fill="#ffb4a2" opacity=".75"/><circle cx="167" cy="117" r="9" fill="#ffb4a2" opacity=".75"/><path d="M217 44l6-12M235 40v-14M252 48l9-10" stroke="#f0b429" stroke-width="6" stroke-linecap="round"/></svg>"##;

/// What a child in need reads first.
const COMFORT: Words<'static> = Words::new(
    "Nếu em đang buồn, lo sợ hay bị ai làm tổn thương, luôn có người sẵn sàng nghe em. Em không có lỗi.",
    "If you are sad or afraid, or somebody hurts you, there is always someone to listen. It is not your fault.",
);

/// The block page.
pub(crate) fn page(page: &BlockPage<'_>) -> String {
    let first = page.site.language;
    let young = page.is_for_young();
    let mut out = begin(first, page.title().of(first), young);
    if young {
        out.push_str(PICTURE);
    }
    heading(&mut out, page.title().of(first));
    if let Some(name) = page.shown_name() {
        element(&mut out, "p", "name", &name);
    }
    if page.is_gentle() {
        element(&mut out, "p", "why", COMFORT.of(first));
        help(&mut out, page, first);
    } else if !young {
        why(&mut out, page, first);
    }
    // A child in need is told neither a category nor where to complain.
    if !page.is_gentle() {
        element(&mut out, "p", "do", page.advice().of(first));
    }
    if let Some(code) = page.code {
        let label = match page.tier {
            Tier::Staff => Words::new("Mã để báo quản trị mạng", "Code to tell the administrator"),
            _ => Words::new("Mã để hỏi thầy cô", "Code to ask your teacher with"),
        };
        let label = label.of(first);
        let _ = write!(
            out,
            "<div class=\"code\"><span>{label}</span><b>{}</b></div>",
            Escaped(code)
        );
    }
    ways(&mut out, page, first);
    if !page.is_gentle() {
        help(&mut out, page, first);
    }
    second(&mut out, page, first.other());
    end(&mut out, page.site.school);
    out
}

/// What can be done at the box's own pages: asking, reading the lesson that fits, telling of harm.
fn ways(out: &mut String, page: &BlockPage<'_>, language: Language) {
    let Some(own) = page.own else { return };
    let home = Escaped(own.home);
    out.push_str("<p class=\"ways\">");
    let askable = matches!(page.opener, Opener::Teacher | Opener::School) && page.name.is_some();
    if let Some(code) = page.code.filter(|_| askable && !page.is_gentle()) {
        let ask = Words::new("Xin mở trang", "Ask to open it");
        let _ = write!(
            out,
            "<a class=\"go\" href=\"{home}{}?{}={}\">{}</a>",
            path::ASK,
            path::CODE,
            Escaped(code),
            ask.of(language)
        );
    }
    if let Some((id, title)) = own.lesson.filter(|_| !page.is_gentle()) {
        let _ = write!(
            out,
            "<a href=\"{home}{}/{}\">{}: {}</a>",
            path::LESSONS,
            Escaped(id),
            Words::new("Bài học ngắn", "A short lesson").of(language),
            Escaped(title.of(language))
        );
    }
    if !matches!(page.tier, Tier::Staff) {
        let tell = Words::new("Em gặp chuyện này", "Something happened to me");
        let _ = write!(
            out,
            "<a href=\"{home}{}\">{}</a>",
            path::REPORT,
            tell.of(language)
        );
    }
    out.push_str("</p>");
}

/// A short page.
pub(crate) fn notice(page: &NoticePage) -> String {
    let (first, second) = (page.language, page.language.other());
    let mut out = begin(first, page.title().of(first), false);
    heading(&mut out, page.title().of(first));
    element(&mut out, "p", "why", page.text().of(first));
    let _ = write!(out, "<section class=\"en\" lang=\"{}\">", second.tag());
    let _ = write!(out, "<h2>{}</h2>", Escaped(page.title().of(second)));
    element(&mut out, "p", "", page.text().of(second));
    out.push_str("</section>");
    end(&mut out, "");
    out
}

/// The page for a site whose certificate is wrong.
pub(crate) fn certificate(page: &CertificatePage<'_>) -> String {
    let (first, second) = (page.language, page.language.other());
    let title = CertificatePage::title();
    let mut out = begin(first, title.of(first), false);
    heading(&mut out, title.of(first));
    element(&mut out, "p", "name", page.name);
    element(&mut out, "p", "why", page.fault.text().of(first));
    element(&mut out, "p", "do", CertificatePage::advice().of(first));
    let _ = write!(out, "<section class=\"en\" lang=\"{}\">", second.tag());
    let _ = write!(out, "<h2>{}</h2>", Escaped(title.of(second)));
    element(&mut out, "p", "", page.fault.text().of(second));
    element(&mut out, "p", "", CertificatePage::advice().of(second));
    out.push_str("</section>");
    end(&mut out, "");
    out
}

fn why(out: &mut String, page: &BlockPage<'_>, language: Language) {
    let _ = write!(out, "<p class=\"why\">{}", Escaped(&page.reason(language)));
    if let Why::Category { reason, .. } = page.why
        && !reason.of(language).is_empty()
    {
        element(out, "small", "", reason.of(language));
    }
    out.push_str("</p>");
}

/// 111 large enough to be read across a room, and where to report.
fn help(out: &mut String, page: &BlockPage<'_>, language: Language) {
    let report = Words::new(
        "Báo hình ảnh, tin nhắn xâm hại trẻ em",
        "Report what harms children",
    );
    let _ = write!(
        out,
        "<div class=\"help\"><a class=\"call\" href=\"tel:111\">111</a><p>{} {}: \
         <a href=\"https://vn-cop.vn/\">vn-cop.vn</a></p></div>",
        Escaped(page.help().of(language)),
        report.of(language),
    );
    if !matches!(page.tier, Tier::Staff) {
        near(out, page.help);
    }
}

/// The page once more, short, in the other language.
fn second(out: &mut String, page: &BlockPage<'_>, language: Language) {
    let _ = write!(out, "<section class=\"en\" lang=\"{}\">", language.tag());
    let _ = write!(out, "<h2>{}</h2>", Escaped(page.title().of(language)));
    if page.is_gentle() {
        element(out, "p", "", COMFORT.of(language));
    } else {
        if !page.is_for_young() {
            element(out, "p", "", &page.reason(language));
        }
        element(out, "p", "", page.advice().of(language));
    }
    element(out, "p", "", page.help().of(language));
    out.push_str("</section>");
}
