//! What all pages of the box itself share: whose school it is, whom they speak to, where help is, and
//! the ways between them.

use std::fmt::Write as _;

use lachan_policy::Tier;

use crate::accept::Form;
use crate::block::Site;
use crate::escape::Escaped;
use crate::html::{begin, both, end, heading, translation};
use crate::picto::{self, Picture};
use crate::reply::Reply;
use crate::words::{Language, Words};

/// The paths of the box's own pages. Short and without marks: they are typed by children.
pub mod path {
    /// The fixed page.
    pub const HOME: &str = "/";
    /// Asking for a site; `?ma=` is the request code.
    pub const ASK: &str = "/xin-mo";
    /// Typing an unlock code.
    pub const UNLOCK: &str = "/nhap-ma";
    /// Telling of harm.
    pub const REPORT: &str = "/gap-chuyen";
    /// Short lessons; below it each by its id.
    pub const LESSONS: &str = "/bai-hoc";
    /// Learning sites.
    pub const LEARNING: &str = "/hoc";
    /// The field of the request code, in queries and forms.
    pub const CODE: &str = "ma";
}

/// Somebody near the school who helps children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Help<'h> {
    /// Who.
    pub name: &'h str,
    /// A number to call; empty for none.
    pub phone: &'h str,
    /// Where, or when; empty for none.
    pub note: &'h str,
}

/// The same, held by who makes pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HelpPlace {
    /// Who.
    pub name: String,
    /// A number to call; empty for none.
    pub phone: String,
    /// Where, or when; empty for none.
    pub note: String,
}

impl HelpPlace {
    /// As pages take it.
    #[must_use]
    pub fn as_help(&self) -> Help<'_> {
        Help {
            name: &self.name,
            phone: &self.phone,
            note: &self.note,
        }
    }
}

/// What a page of the box stands in.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Whose filter it is.
    pub site: Site<'a>,
    /// Whom it speaks to.
    pub tier: Tier,
    /// Help near the school.
    pub help: &'a [Help<'a>],
}

impl Around<'_> {
    /// The language that stands first.
    pub(crate) const fn first(&self) -> Language {
        self.site.language
    }

    /// Whether pictures and few words are shown.
    pub(crate) const fn is_young(&self) -> bool {
        matches!(self.tier, Tier::MamNon | Tier::TieuHoc)
    }

    /// The words for the young, or for all others.
    pub(crate) const fn choose<'w>(&self, young: Words<'w>, others: Words<'w>) -> Words<'w> {
        if self.is_young() { young } else { others }
    }

    /// A page with a title; `again` is after how many seconds which path is to be looked at.
    pub(crate) fn page(
        &self,
        title: Words<'_>,
        again: Option<(u32, &str)>,
        body: impl FnOnce(&mut String),
    ) -> Reply {
        let first = self.first();
        let mut out = begin(first, title.of(first), self.is_young());
        if let Some((seconds, path)) = again {
            let refresh = format!(
                "<meta http-equiv=\"refresh\" content=\"{seconds};url={}\">",
                Escaped(path)
            );
            out = out.replacen("<title>", &format!("{refresh}<title>"), 1);
        }
        heading(&mut out, title.of(first));
        translation(&mut out, title.of(first.other()), first.other());
        body(&mut out);
        self.ways(&mut out);
        end(&mut out, self.site.school);
        Reply {
            form: Form::Html,
            body: out.into_bytes(),
            forms: true,
            script: None,
        }
    }

    /// 111 and who is near, large.
    pub(crate) fn help(&self, out: &mut String) {
        const CALL: Words<'static> = Words::new(
            "Tổng đài quốc gia bảo vệ trẻ em: miễn phí, suốt ngày đêm, em không cần nói tên.",
            "The national child help line: free, day and night, you need not give your name.",
        );
        let first = self.first();
        out.push_str(
            "<div class=\"help\" id=\"111\"><a class=\"call\" href=\"tel:111\">111</a><p>",
        );
        let _ = write!(out, "{}", Escaped(CALL.of(first)));
        translation(out, CALL.of(first.other()), first.other());
        out.push_str("</p></div>");
        near(out, self.help);
    }

    /// The ways to the other pages.
    fn ways(&self, out: &mut String) {
        const WAYS: [(&str, Picture, Words<'static>); 4] = [
            (
                path::HOME,
                Picture::Shield,
                Words::new("Trang chính", "Home"),
            ),
            (
                path::LESSONS,
                Picture::Book,
                Words::new("Bài học ngắn", "Short lessons"),
            ),
            (
                path::LEARNING,
                Picture::Star,
                Words::new("Góc học tập", "Learning sites"),
            ),
            (
                path::REPORT,
                Picture::Heart,
                Words::new("Gặp chuyện", "Tell of harm"),
            ),
        ];
        let first = self.first();
        let label = Words::new("Các trang khác", "Other pages").of(first);
        let _ = write!(out, "<nav aria-label=\"{label}\">");
        for (to, picture, words) in WAYS {
            let _ = write!(
                out,
                "<a href=\"{to}\">{}<span>{}</span></a>",
                picto::svg(picture),
                Escaped(words.of(first))
            );
        }
        out.push_str("</nav>");
    }
}

/// Help near the school.
pub(crate) fn near(out: &mut String, help: &[Help<'_>]) {
    if help.is_empty() {
        return;
    }
    out.push_str("<ul class=\"near\">");
    for place in help {
        let _ = write!(out, "<li><b>{}</b>", Escaped(place.name));
        if !place.phone.is_empty() {
            let digits: String = place
                .phone
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect();
            let _ = write!(
                out,
                " <a href=\"tel:{digits}\">{}</a>",
                Escaped(place.phone)
            );
        }
        if !place.note.is_empty() {
            let _ = write!(out, "<span class=\"tr\">{}</span>", Escaped(place.note));
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}

/// A part with a title of its own.
pub(crate) fn part(out: &mut String, id: &str, title: Words<'_>, first: Language) {
    let _ = write!(out, "<h2 id=\"{id}\">{}", Escaped(title.of(first)));
    translation(out, title.of(first.other()), first.other());
    out.push_str("</h2>");
}

/// What was wrong with a form, read out at once by whoever reads pages aloud.
pub(crate) fn alert(out: &mut String, words: Words<'_>, first: Language) {
    out.push_str("<div role=\"alert\">");
    paragraph(out, "bad", words, first);
    out.push_str("</div>");
}

/// A paragraph in both languages.
pub(crate) fn paragraph(out: &mut String, class: &str, words: Words<'_>, first: Language) {
    both(out, "p", class, words, first);
}
