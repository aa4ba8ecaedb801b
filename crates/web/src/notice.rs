//! Short pages for everything else that a proxy has to say: what could not be read, reached or served.

use crate::accept::Form;
use crate::block_html;
use crate::reply::Reply;
use crate::words::{Language, Words};

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The request could not be read.
    BadRequest,
    /// The site has no address.
    NoSuchSite,
    /// The site does not answer, or not with HTTP.
    NoAnswer,
    /// The site took too long.
    TooSlow,
    /// A private address was asked for.
    Private,
    /// A port that is not served.
    Port,
    /// Nothing stands here.
    NotFound,
    /// It was closed a moment ago and is open now.
    OpenNow,
    /// The box itself.
    Box,
    /// Too many connections.
    Busy,
}

/// A page that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticePage {
    /// Which language stands first.
    pub language: Language,
    /// What is said.
    pub notice: Notice,
    /// The status it goes with.
    pub status: u16,
}

impl NoticePage {
    /// The title.
    pub(crate) const fn title(&self) -> Words<'static> {
        match self.notice {
            Notice::BadRequest => {
                Words::new("Yêu cầu không đọc được", "The request could not be read")
            }
            Notice::NoSuchSite => Words::new("Không tìm thấy trang này", "This site was not found"),
            Notice::NoAnswer => Words::new("Trang này không trả lời", "This site does not answer"),
            Notice::TooSlow => Words::new("Trang này trả lời quá chậm", "This site takes too long"),
            Notice::Private => Words::new(
                "Địa chỉ này không đi qua bộ lọc",
                "This address is not reached through the filter",
            ),
            Notice::Port => Words::new("Cổng này không được mở", "This port is not open"),
            Notice::NotFound => Words::new("Ở đây không có gì", "There is nothing here"),
            Notice::OpenNow => Words::new("Trang này đang mở", "This page is open now"),
            Notice::Box => Words::new(
                "Lá Chắn: bộ lọc Internet của trường",
                "Lá Chắn: the school's Internet filter",
            ),
            Notice::Busy => Words::new("Bộ lọc đang bận", "The filter is busy"),
        }
    }

    /// One sentence more.
    pub(crate) const fn text(&self) -> Words<'static> {
        match self.notice {
            Notice::BadRequest => Words::new(
                "Bộ lọc chỉ chuyển những yêu cầu viết đúng chuẩn HTTP.",
                "The filter passes on only requests that are well-formed HTTP.",
            ),
            Notice::NoSuchSite => Words::new(
                "Hãy xem lại tên trang; cũng có thể đường truyền đang có sự cố.",
                "Check its name; or the line may be down.",
            ),
            Notice::NoAnswer | Notice::TooSlow => {
                Words::new("Hãy thử lại sau ít phút.", "Try again in a few minutes.")
            }
            Notice::Private => Words::new(
                "Địa chỉ trong mạng của trường được mở trực tiếp, không qua bộ lọc.",
                "Addresses inside the school's network are opened directly, not through the filter.",
            ),
            Notice::Port => Words::new(
                "Bộ lọc chỉ mở các cổng của trang web.",
                "The filter opens only the ports of web sites.",
            ),
            Notice::NotFound => Words::new("Hãy xem lại địa chỉ.", "Check the address."),
            Notice::OpenNow => Words::new(
                "Hãy đợi một phút rồi tải lại trang.",
                "Wait a minute, then load the page again.",
            ),
            Notice::Box => Words::new(
                "Cần giúp đỡ? Gọi 111: miễn phí, suốt ngày đêm.",
                "Need help? Call 111: free, day and night.",
            ),
            Notice::Busy => Words::new("Hãy thử lại sau ít giây.", "Try again in a few seconds."),
        }
    }

    /// The page in a form.
    #[must_use]
    pub fn reply(&self, form: Form) -> Reply {
        let language = self.language;
        let body = match form {
            Form::Html => block_html::notice(self),
            Form::Text => [language, language.other()]
                .map(|l| format!("Lá Chắn: {}. {}\n", self.title().of(l), self.text().of(l)))
                .concat(),
            Form::Problem => serde_json::json!({
                "type": "about:blank",
                "title": self.title().of(language),
                "status": self.status,
                "detail": self.text().of(language),
            })
            .to_string(),
        };
        Reply {
            form,
            body: body.into_bytes(),
            forms: false,
            script: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_stands_in_both_languages() {
        for notice in [
            Notice::BadRequest,
            Notice::NoSuchSite,
            Notice::NoAnswer,
            Notice::TooSlow,
            Notice::Private,
            Notice::NotFound,
            Notice::Port,
            Notice::OpenNow,
            Notice::Box,
            Notice::Busy,
        ] {
            let page = NoticePage {
                language: Language::Vietnamese,
                notice,
                status: 400,
            };
            for form in [Form::Html, Form::Text] {
                let text = String::from_utf8(page.reply(form).body).unwrap();
                for title in [page.title().vi, page.title().en] {
                    let written = match form {
                        Form::Html => crate::Escaped(title).to_string(),
                        _ => title.to_owned(),
                    };
                    assert!(text.contains(&written), "{notice:?}");
                }
            }
        }
    }
}
