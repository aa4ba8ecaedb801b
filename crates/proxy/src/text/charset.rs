//! Which character set a body is in, and turning it into UTF-8.
//!
//! In this order (`reference/proxy.md`, 4.8): byte order mark, the `charset` of the HTTP head, the
//! first 1,024 bytes of the document, and where nobody says anything, whether it is UTF-8, else what
//! `chardetng` thinks of a page of .vn. The four old Vietnamese sets that browsers do not know are never
//! guessed from letters: a wrong guess would block pages in other languages. They are taken at
//! their label, or by the fonts that a page of those days names (`.VnTime`, `VNI-Times`).

mod sniff;
mod tables;

use encoding_rs::{Decoder, Encoding, UTF_8};
use memchr::memmem;

use sniff::{HEAD, PRESCAN};
use tables::Table;

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, or ASCII.
    Utf8,
    /// Another of the encodings that browsers know.
    Web(&'static Encoding),
    /// VISCII, RFC 1456.
    Viscii,
    /// TCVN 5712 as the ABC fonts use it (TCVN3).
    Tcvn3,
    /// VNI for Windows: letters followed by their marks.
    Vni,
    /// VPS.
    Vps,
}

/// Who said which set it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharsetSource {
    /// A byte order mark.
    Mark,
    /// The HTTP head.
    Http,
    /// The document's own head.
    Document,
    /// The fonts that the document names.
    Fonts,
    /// The bytes themselves.
    Guess,
}

impl Charset {
    /// The set of a label in an HTTP head or a document.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        let own = match label.as_str() {
            "viscii" | "viscii1.1-1" | "csviscii" | "x-viet-viscii" => Self::Viscii,
            "tcvn" | "tcvn3" | "tcvn-5712" | "tcvn5712-1" | "tcvn5712-1:1993" | "x-viet-tcvn"
            | "x-viet-tcvn5712" | "x-viet-abc" => Self::Tcvn3,
            "vni" | "x-viet-vni" | "x-vni" => Self::Vni,
            "vps" | "x-viet-vps" => Self::Vps,
            _ => {
                let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
                return Some(Self::of_encoding(encoding));
            }
        };
        Some(own)
    }

    fn of_encoding(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 {
            Self::Utf8
        } else {
            Self::Web(encoding)
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Web(encoding) => encoding.name(),
            Self::Viscii => "VISCII",
            Self::Tcvn3 => "TCVN3 (ABC)",
            Self::Vni => "VNI",
            Self::Vps => "VPS",
        }
    }

    fn decoding(self) -> Decoding {
        match self {
            Self::Utf8 => Decoding::Utf8,
            Self::Web(encoding) => Decoding::Web(Box::new(encoding.new_decoder_with_bom_removal())),
            Self::Viscii => Decoding::Table(&tables::VISCII),
            Self::Tcvn3 => Decoding::Table(&tables::TCVN3),
            Self::Vni => Decoding::Table(&tables::VNI),
            Self::Vps => Decoding::Table(&tables::VPS),
        }
    }
}

enum Decoding {
    Utf8,
    Web(Box<Decoder>),
    Table(&'static Table),
}

/// A body's set, settled or not yet, and its decoder.
pub(crate) struct Transcoder {
    settled: Option<(Charset, CharsetSource)>,
    decoding: Decoding,
    http: Option<Charset>,
    /// Bytes that wait for the set to be settled.
    head: Vec<u8>,
    /// The beginning of the document was ASCII that said nothing; only its bytes remain to be asked.
    is_ascii_so_far: bool,
    out: Vec<u8>,
}

impl Transcoder {
    /// For a body whose `Content-Type` has this value.
    pub(crate) fn new(content_type: &str) -> Self {
        Self {
            settled: None,
            decoding: Decoding::Utf8,
            http: sniff::http_label(content_type).and_then(Charset::of_label),
            head: Vec::new(),
            is_ascii_so_far: false,
            out: Vec::new(),
        }
    }

    /// The set, once it is settled; plain ASCII never has to be.
    pub(crate) fn charset(&self) -> (Charset, CharsetSource) {
        self.settled
            .unwrap_or((Charset::Utf8, CharsetSource::Guess))
    }

    /// Takes a piece and hands on UTF-8 (or what claims to be).
    pub(crate) fn push(&mut self, piece: &[u8], give: &mut dyn FnMut(&[u8])) {
        if self.settled.is_some() {
            self.decode(piece, false, give);
            return;
        }
        let mut piece = piece;
        if self.is_ascii_so_far && self.head.is_empty() {
            let ascii = Encoding::ascii_valid_up_to(piece);
            give(&piece[..ascii]);
            piece = &piece[ascii..];
        }
        self.head.extend_from_slice(piece);
        // Only the first HEAD bytes are asked, however many came with them.
        if self.head.len() >= HEAD {
            self.settle(false, give);
        }
    }

    /// The body is over.
    pub(crate) fn end(&mut self, give: &mut dyn FnMut(&[u8])) {
        if self.settled.is_none() && !self.head.is_empty() {
            self.settle(true, give);
        }
        self.decode(&[], true, give);
    }

    fn settle(&mut self, last: bool, give: &mut dyn FnMut(&[u8])) {
        let head = std::mem::take(&mut self.head);
        let asked = &head[..head.len().min(HEAD)];
        let declared = if self.is_ascii_so_far {
            None
        } else {
            self.declared(asked)
        };
        let settled = declared.or_else(|| {
            let whole = last && asked.len() == head.len();
            sniff::guess(asked, whole)
                .map(|encoding| (Charset::of_encoding(encoding), CharsetSource::Guess))
        });
        let Some(settled) = settled else {
            // All ASCII: the question stays open for what follows.
            self.is_ascii_so_far = true;
            give(asked);
            self.push(&head[asked.len()..], give);
            return;
        };
        self.settled = Some(settled);
        self.decoding = settled.0.decoding();
        let skip = match settled {
            (Charset::Utf8, CharsetSource::Mark) => 3,
            _ => 0,
        };
        self.decode(&head[skip..], false, give);
    }

    /// What mark, HTTP head, document or fonts say.
    fn declared(&self, head: &[u8]) -> Option<(Charset, CharsetSource)> {
        if let Some((encoding, _)) = Encoding::for_bom(head) {
            return Some((Charset::of_encoding(encoding), CharsetSource::Mark));
        }
        let start = &head[..head.len().min(PRESCAN)];
        let in_document = || sniff::document_label(start).and_then(Charset::of_label);
        let said = match self.http {
            Some(charset) => Some((charset, CharsetSource::Http)),
            None => in_document().map(|charset| (charset, CharsetSource::Document)),
        };
        // Pages in fonts of their own called themselves Latin-1, when they said anything.
        let may_be_fonts = match said {
            Some((Charset::Web(encoding), _)) => sniff::is_latin(encoding),
            Some(_) => false,
            None => true,
        };
        may_be_fonts
            .then(|| fonts(head))
            .flatten()
            .map(|charset| (charset, CharsetSource::Fonts))
            .or(said)
    }

    fn decode(&mut self, piece: &[u8], last: bool, give: &mut dyn FnMut(&[u8])) {
        match &mut self.decoding {
            Decoding::Utf8 => {
                if !piece.is_empty() {
                    give(piece);
                }
            }
            Decoding::Web(decoder) => {
                // A byte is at most three in UTF-8 (RFC 3629); pieces keep the buffer small.
                for part in piece.chunks(8 << 10).chain((last).then_some(&[][..])) {
                    let size = decoder.max_utf8_buffer_length(part.len());
                    self.out.resize(size.unwrap_or(32 << 10), 0);
                    let (_, _, given, _) = decoder.decode_to_utf8(part, &mut self.out, last);
                    give(&self.out[..given]);
                }
            }
            Decoding::Table(table) => {
                for part in piece.chunks(8 << 10) {
                    self.out.clear();
                    for byte in part {
                        self.out
                            .extend_from_slice(table[usize::from(*byte)].as_bytes());
                    }
                    give(&self.out);
                }
            }
        }
    }
}

/// The set of the fonts that a document names in an attribute or a style.
fn fonts(head: &[u8]) -> Option<Charset> {
    let named = |needle: &[u8]| {
        memmem::find_iter(head, needle).any(|at| {
            let before = at.checked_sub(1).and_then(|at| head.get(at));
            before.is_none_or(|byte| matches!(byte, b'"' | b'\'' | b' ' | b':' | b'=' | b','))
        })
    };
    if named(b".Vn") {
        Some(Charset::Tcvn3)
    } else if named(b"VNI-") {
        Some(Charset::Vni)
    } else if named(b"VPS ") {
        Some(Charset::Vps)
    } else {
        None
    }
}
