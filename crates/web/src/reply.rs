//! A finished answer: its type, the fields that keep it harmless, its bytes.

use std::sync::{Arc, LazyLock};

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use crate::accept::Form;
use crate::page_script::PageScript;

/// The style of every page, which stands inside it: nothing is fetched, so a page is whole even where
/// nothing else can be reached.
pub const STYLE: &str = include_str!("page.css");

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its form.
    pub form: Form,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it has forms, which go back to the box's own name and nowhere else. Then the browser may say
    /// on that way where it comes from, which a page with a form asks for.
    pub forms: bool,
    /// The one script that it carries.
    pub script: Option<Arc<PageScript>>,
}

/// No script, no picture from elsewhere, no frame, no form that goes anywhere; the style by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| policy("'none'"));
/// The same, and forms that go back.
static POLICY_OF_FORMS: LazyLock<String> = LazyLock::new(|| policy("'self'"));

/// The policy of a page with forms and one script, by its hash in base64, which may ask the box again.
pub(crate) fn policy_with_script(hash: &str) -> String {
    let script = format!("default-src 'none'; script-src 'sha256-{hash}'; connect-src 'self'");
    POLICY_OF_FORMS.replacen("default-src 'none'", &script, 1)
}

fn policy(forms: &str) -> String {
    let hash = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action {forms}; \
         frame-ancestors 'none'"
    )
}

impl Reply {
    /// The media type.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self.form {
            Form::Html => "text/html; charset=utf-8",
            Form::Text => "text/plain; charset=utf-8",
            Form::Problem => "application/problem+json; charset=utf-8",
        }
    }

    /// The fields of the head that belong to it, `Content-Length` apart: never kept by anybody, for
    /// what is closed now may be open in the next lesson; never taken for another type; telling
    /// nobody where the reader was.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        let (policy, referrer) = match &self.script {
            Some(script) => (script.policy(), "same-origin"),
            None if self.forms => (POLICY_OF_FORMS.as_str(), "same-origin"),
            None => (POLICY.as_str(), "no-referrer"),
        };
        [
            ("Content-Type", self.content_type()),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", referrer),
            ("X-Frame-Options", "DENY"),
            ("Content-Language", "vi, en"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_style_and_nothing_else() {
        assert!(POLICY.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!POLICY.contains("unsafe") && !POLICY.contains("script"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("</") && !STYLE.contains("@import"));
    }
}
