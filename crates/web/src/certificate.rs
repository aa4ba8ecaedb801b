//! The page for a site whose certificate is wrong, where the box looked at it in the reader's place:
//! which site, what is wrong, what to do. It is never passed over, and there is no way on from here.

use crate::accept::Form;
use crate::block_html;
use crate::reply::Reply;
use crate::words::{Language, Words};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    /// It has ended.
    Ended,
    /// It begins later.
    NotYet,
    /// It is another site's.
    OtherName,
    /// Nobody known here vouches for it: made by the site itself, or by an unknown authority.
    UnknownIssuer,
    /// Its issuer took it back.
    Revoked,
    /// It cannot be read, or was put together wrongly.
    Broken,
}

/// The page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificatePage<'p> {
    /// Which language stands first.
    pub language: Language,
    /// The site, as people write it.
    pub name: &'p str,
    /// What is wrong.
    pub fault: CertificateFault,
}

impl CertificateFault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Ended,
        Self::NotYet,
        Self::OtherName,
        Self::UnknownIssuer,
        Self::Revoked,
        Self::Broken,
    ];

    /// A stable id, for problem+json.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ended => "certificate-ended",
            Self::NotYet => "certificate-not-yet",
            Self::OtherName => "certificate-other-name",
            Self::UnknownIssuer => "certificate-unknown-issuer",
            Self::Revoked => "certificate-revoked",
            Self::Broken => "certificate-broken",
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub const fn text(self) -> Words<'static> {
        match self {
            Self::Ended => Words::new(
                "Chứng chỉ của trang đã hết hạn.",
                "The site's certificate has ended.",
            ),
            Self::NotYet => Words::new(
                "Chứng chỉ của trang chưa đến ngày bắt đầu.",
                "The site's certificate begins later.",
            ),
            Self::OtherName => Words::new(
                "Trang đưa ra chứng chỉ của một trang khác.",
                "The site shows the certificate of another site.",
            ),
            Self::UnknownIssuer => Words::new(
                "Không có nơi cấp đáng tin nào bảo đảm cho chứng chỉ của trang.",
                "No known authority vouches for the site's certificate.",
            ),
            Self::Revoked => Words::new(
                "Nơi cấp đã thu hồi chứng chỉ của trang.",
                "The site's certificate was taken back by its issuer.",
            ),
            Self::Broken => Words::new(
                "Chứng chỉ của trang không đọc được hoặc sai quy cách.",
                "The site's certificate cannot be read or is malformed.",
            ),
        }
    }
}

impl CertificatePage<'_> {
    /// The title.
    pub(crate) const fn title() -> Words<'static> {
        Words::new(
            "Trang này không chứng minh được mình là ai",
            "This site cannot prove who it is",
        )
    }

    /// What to do.
    pub(crate) const fn advice() -> Words<'static> {
        Words::new(
            "Có thể có kẻ đứng giữa, hoặc trang bị hỏng. Đừng nhập mật khẩu; hãy báo thầy cô hoặc quản trị mạng.",
            "Somebody may stand in between, or the site is broken. Enter no password; tell a teacher or the administrator.",
        )
    }

    /// The page in a form.
    #[must_use]
    pub fn reply(&self, form: Form) -> Reply {
        let language = self.language;
        let body = match form {
            Form::Html => block_html::certificate(self),
            Form::Text => [language, language.other()]
                .map(|l| {
                    let [title, text, advice] =
                        [Self::title(), self.fault.text(), Self::advice()].map(|words| words.of(l));
                    format!("Lá Chắn: {title}: {}. {text} {advice}\n", self.name)
                })
                .concat(),
            Form::Problem => serde_json::json!({
                "type": format!("urn:lachan:{}", self.fault.id()),
                "title": Self::title().of(language),
                "status": 502,
                "detail": format!("{}: {}", self.name, self.fault.text().of(language)),
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
    use crate::Escaped;

    #[test]
    fn name_and_fault_stand_on_every_page_in_both_languages() {
        for fault in CertificateFault::ALL {
            let page = CertificatePage {
                language: Language::Vietnamese,
                name: "x<y>.vn",
                fault,
            };
            let html = String::from_utf8(page.reply(Form::Html).body).unwrap();
            assert!(
                html.contains("x&lt;y&gt;.vn") && !html.contains("x<y>"),
                "{html}"
            );
            for text in [fault.text().vi, fault.text().en] {
                assert!(html.contains(&Escaped(text).to_string()), "{text}");
            }
            let text = String::from_utf8(page.reply(Form::Text).body).unwrap();
            assert!(text.contains(fault.text().vi) && text.contains(fault.text().en));
            let json = String::from_utf8(page.reply(Form::Problem).body).unwrap();
            assert!(json.contains(fault.id()), "{json}");
        }
    }
}
