//! The page: a file, standard input, or what an address gives.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use lachan_policy::Name;
use lachan_proxy::phrases::{PageHead, search_query};
use lachan_proxy::text::TextKind;

use super::fetch::{self, Fetched, MOST};
use crate::cli::Explain;
use crate::console::Console;
use crate::fault::Fault;

/// A page with what its head says.
pub(super) struct Body {
    /// The file or the last address.
    pub(super) source: String,
    /// The host it came from.
    pub(super) host: Option<Name>,
    /// The status of the answer, where there was one.
    pub(super) status: Option<u16>,
    pub(super) content_type: String,
    pub(super) content_encoding: String,
    pub(super) bytes: Vec<u8>,
    /// The search words of the address.
    pub(super) query: Option<String>,
}

impl Body {
    /// Reads or fetches it.
    ///
    /// # Errors
    /// [`Fault::Read`], [`Fault::Fetch`].
    pub(super) fn of(asked: &Explain, console: &mut Console<'_>) -> Result<Self, Fault> {
        let source = asked.source.as_str();
        let mut body = match source.split_once("://") {
            Some(("http" | "https", _)) => Self::fetched(fetch::fetch(source, console)?),
            _ => Self::file(source)?,
        };
        if let Some(content_type) = &asked.content_type {
            body.content_type.clone_from(content_type);
        }
        if let Some(coding) = &asked.content_encoding {
            body.content_encoding.clone_from(coding);
        }
        Ok(body)
    }

    fn fetched(answer: Fetched) -> Self {
        let host = answer.url.host.clone();
        Self {
            source: answer.url.to_string(),
            query: search_query(&host, &answer.url.target),
            host: Name::from_text(&host).ok(),
            status: Some(answer.status),
            content_type: answer.content_type,
            content_encoding: answer.content_encoding,
            bytes: answer.body,
        }
    }

    fn file(source: &str) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        let read = match source {
            "-" => io::stdin().lock().take(MOST).read_to_end(&mut bytes),
            path => File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)),
        };
        read.map_err(|source_error| Fault::Read {
            path: source.into(),
            source: source_error,
        })?;
        let ending = Path::new(source)
            .extension()
            .and_then(|ending| ending.to_str());
        let content_type = match ending {
            Some("txt" | "md" | "csv") => "text/plain",
            Some("json") => "application/json",
            _ => "text/html",
        };
        Ok(Self {
            source: source.to_owned(),
            host: None,
            status: None,
            content_type: content_type.to_owned(),
            content_encoding: String::new(),
            bytes,
            query: None,
        })
    }

    /// The head, as the proxy would see it; `None` for a type that the proxy does not scan.
    pub(super) fn kind(&self) -> Option<TextKind> {
        TextKind::of_content_type(&self.content_type)
    }

    /// What the scanner is told. A type that is not scanned is read as a page all the same: somebody
    /// asked.
    pub(super) fn head(&self) -> PageHead<'_> {
        PageHead {
            content_type: &self.content_type,
            content_encoding: &self.content_encoding,
            kind: self.kind().unwrap_or(TextKind::Html),
        }
    }
}
