//! Markup to text: tags, scripts and comments out, references and escapes in, in one pass.
//!
//! No tree is built: what counts is only where words end. A block's tag ends a word, an inline one
//! does not ("n<b>ổ</b> hũ" is one phrase to the eye), scripts and styles are nothing. What a
//! browser would repair differently costs a word at worst.

use memchr::{memchr, memmem};

use super::entity::{self, Found};
use super::letter;
use super::syllable::{Sink, Words};

/// What kind of text a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// `text/html`, `application/xhtml+xml`.
    Html,
    /// `text/plain`.
    Plain,
    /// JSON: what search boxes and suggestions load.
    Json,
}

impl TextKind {
    /// The kind by the `Content-Type` of a response; `None` for what is not scanned.
    #[must_use]
    pub fn of_content_type(value: &str) -> Option<Self> {
        let essence = value.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if is("text/html") || is("application/xhtml+xml") {
            Some(Self::Html)
        } else if is("text/plain") {
            Some(Self::Plain)
        } else if is("application/json")
            || is("text/json")
            || is("application/x-suggestions+json")
            || is("text/javascript")
        {
            Some(Self::Json)
        } else {
            None
        }
    }
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Text,
    /// In a tag, behind its name. `quote` is the one that is open, or 0; `raw` begins behind it.
    Tag {
        quote: u8,
        after_equals: bool,
        raw: Option<Raw>,
    },
    Comment,
    /// `<!doctype …>`, `<?…>`.
    Declaration,
    Raw(Raw),
}

/// Elements whose content is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raw {
    Script,
    Style,
}

impl Raw {
    const fn end(self) -> &'static [u8] {
        match self {
            Self::Script => b"</script",
            Self::Style => b"</style",
        }
    }
}

/// The reader of a text's markup.
#[derive(Debug)]
pub(crate) struct Markup {
    mode: Mode,
    is_html: bool,
    /// What could not be told without the next piece: at most [`WINDOW`] bytes.
    rest: Vec<u8>,
}

/// No decision needs to look further ahead.
const WINDOW: usize = 32;

/// A stage gives up the piece: what is left needs more.
struct More;

impl Markup {
    pub(crate) fn new(kind: TextKind) -> Self {
        Self {
            mode: Mode::Text,
            is_html: kind == TextKind::Html,
            rest: Vec::new(),
        }
    }

    /// Reads a piece of UTF-8; what is not is a gap between words.
    pub(crate) fn feed<S: Sink>(&mut self, piece: &[u8], words: &mut Words, sink: &mut S) {
        if self.rest.is_empty() {
            let taken = self.run(piece, false, words, sink);
            self.rest.extend_from_slice(&piece[taken..]);
            return;
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(piece);
        let taken = self.run(&joined, false, words, sink);
        joined.drain(..taken);
        self.rest = joined;
    }

    /// The text is over: what is left is read as it stands.
    pub(crate) fn end<S: Sink>(&mut self, words: &mut Words, sink: &mut S) {
        let rest = std::mem::take(&mut self.rest);
        self.run(&rest, true, words, sink);
        words.end(sink);
    }

    /// Reads as far as can be told; gives how far.
    fn run<S: Sink>(&mut self, bytes: &[u8], last: bool, words: &mut Words, sink: &mut S) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let step = match self.mode {
                Mode::Text => self.text(rest, last, words, sink),
                Mode::Tag {
                    quote,
                    after_equals,
                    raw,
                } => Ok(self.tag(rest, quote, after_equals, raw)),
                Mode::Comment => self.until(rest, b"-->", last),
                Mode::Declaration => self.until(rest, b">", last),
                Mode::Raw(raw) => self.raw(rest, raw, last),
            };
            match step {
                Ok(taken) => at += taken,
                Err(More) => break,
            }
        }
        at
    }

    /// Text, up to the next tag.
    fn text<S: Sink>(
        &mut self,
        bytes: &[u8],
        last: bool,
        words: &mut Words,
        sink: &mut S,
    ) -> Result<usize, More> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let taken = match CLASS[usize::from(*byte)] {
                Class::Letter => words.ascii(&bytes[at..]),
                Class::Gap => {
                    words.gap(false, sink);
                    1
                }
                Class::Joint => {
                    words.gap(true, sink);
                    1
                }
                Class::Open if self.is_html => {
                    return match self.open(&bytes[at..], last, words, sink) {
                        Ok(taken) => Ok(at + taken),
                        Err(More) if at > 0 => Ok(at),
                        Err(More) => Err(More),
                    };
                }
                Class::Open => {
                    words.gap(false, sink);
                    1
                }
                Class::Reference => match coded(&bytes[at..], last, words, sink) {
                    Some(taken) => taken,
                    None if at > 0 => return Ok(at),
                    None => return Err(More),
                },
                Class::Wide => match wide(&bytes[at..], last, words, sink) {
                    Some(taken) => taken,
                    None if at > 0 => return Ok(at),
                    None => return Err(More),
                },
            };
            at += taken;
        }
        Ok(at)
    }

    /// A `<`: a tag, a comment, or text.
    fn open<S: Sink>(
        &mut self,
        bytes: &[u8],
        last: bool,
        words: &mut Words,
        sink: &mut S,
    ) -> Result<usize, More> {
        if bytes.len() < WINDOW && !last && !bytes.contains(&b'>') {
            return Err(More);
        }
        let closing = usize::from(bytes.get(1) == Some(&b'/'));
        match bytes.get(1 + closing) {
            Some(byte) if byte.is_ascii_alphabetic() => {}
            Some(b'!') if bytes.starts_with(b"<!--") => {
                self.mode = Mode::Comment;
                // The dashes of "<!-->" close it, too.
                return Ok(2);
            }
            Some(b'!' | b'?') if closing == 0 => {
                self.mode = Mode::Declaration;
                return Ok(2);
            }
            _ => {
                words.gap(false, sink);
                return Ok(1);
            }
        }
        let name = Name::read(&bytes[1 + closing..]);
        if name.is_block() {
            words.gap(false, sink);
            words.gap(false, sink);
        }
        let raw = name.raw().filter(|_| closing == 0);
        self.mode = Mode::Tag {
            quote: 0,
            after_equals: false,
            raw,
        };
        Ok(1 + closing + name.bytes.len())
    }

    /// The inside of a tag. Quotes count only where a value begins.
    fn tag(&mut self, bytes: &[u8], quote: u8, after_equals: bool, raw: Option<Raw>) -> usize {
        let (mut quote, mut after_equals) = (quote, after_equals);
        let mut at = 0;
        while at < bytes.len() {
            if quote != 0 {
                match memchr(quote, &bytes[at..]) {
                    Some(ahead) => at += ahead + 1,
                    None => {
                        at = bytes.len();
                        break;
                    }
                }
                (quote, after_equals) = (0, false);
                continue;
            }
            let byte = bytes[at];
            at += 1;
            match byte {
                b'>' => {
                    self.mode = raw.map_or(Mode::Text, Mode::Raw);
                    return at;
                }
                b'"' | b'\'' if after_equals => quote = byte,
                b'=' => after_equals = true,
                byte if !byte.is_ascii_whitespace() => after_equals = false,
                _ => {}
            }
        }
        self.mode = Mode::Tag {
            quote,
            after_equals,
            raw,
        };
        at
    }

    /// Skips up to and with an end mark.
    fn until(&mut self, bytes: &[u8], mark: &[u8], last: bool) -> Result<usize, More> {
        if let Some(at) = memmem::find(bytes, mark) {
            self.mode = Mode::Text;
            return Ok(at + mark.len());
        }
        skip_all(bytes, mark.len(), last)
    }

    /// Skips a script or style; its end tag is read as a tag.
    fn raw(&mut self, bytes: &[u8], raw: Raw, last: bool) -> Result<usize, More> {
        let end = raw.end();
        let mut from = 0;
        while let Some(ahead) = memchr(b'<', &bytes[from..]) {
            let at = from + ahead;
            match bytes.get(at..at + end.len()) {
                Some(found) if found.eq_ignore_ascii_case(end) => {
                    self.mode = Mode::Tag {
                        quote: 0,
                        after_equals: false,
                        raw: None,
                    };
                    return Ok(at + end.len());
                }
                _ => from = at + 1,
            }
        }
        skip_all(bytes, end.len(), last)
    }
}

/// All of a piece but the bytes in which a mark may have begun.
fn skip_all(bytes: &[u8], mark: usize, last: bool) -> Result<usize, More> {
    match bytes.len().saturating_sub(mark - 1) {
        _ if last => Ok(bytes.len()),
        0 => Err(More),
        skipped => Ok(skipped),
    }
}

/// A reference or an escape, or the byte that looked like one. `None` when more is needed.
fn coded<S: Sink>(bytes: &[u8], last: bool, words: &mut Words, sink: &mut S) -> Option<usize> {
    let found = match bytes[0] {
        b'&' => entity::reference(bytes),
        _ => entity::escape(bytes),
    };
    match found {
        Found::Character(character, length) => {
            words.character(character, sink);
            Some(length)
        }
        Found::Unfinished if !last => None,
        Found::Text | Found::Unfinished => {
            words.gap(false, sink);
            Some(1)
        }
    }
}

/// A character beyond ASCII. `None` when it is not whole yet.
#[inline]
fn wide<S: Sink>(bytes: &[u8], last: bool, words: &mut Words, sink: &mut S) -> Option<usize> {
    // Two and three bytes of the blocks in which Vietnamese letters are.
    let (code, length) = match *bytes {
        [lead @ 0xC3..=0xC9, next @ 0x80..=0xBF, ..] => {
            (u32::from(lead & 0x1F) << 6 | u32::from(next & 0x3F), 2)
        }
        [0xE1, middle @ 0xBA..=0xBB, next @ 0x80..=0xBF, ..] => (
            0x1000 | u32::from(middle & 0x3F) << 6 | u32::from(next & 0x3F),
            3,
        ),
        _ => return any(bytes, last, words, sink),
    };
    match letter::vietnamese(code) {
        Some(letter) => words.letter(letter),
        None => words.character(char::from_u32(code).unwrap_or(' '), sink),
    }
    Some(length)
}

fn any<S: Sink>(bytes: &[u8], last: bool, words: &mut Words, sink: &mut S) -> Option<usize> {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) if error.error_len().is_none() && !last => return None,
        Err(_) => "",
    };
    if let Some(character) = valid.chars().next() {
        words.character(character, sink);
        return Some(character.len_utf8());
    }
    words.gap(false, sink);
    Some(1)
}

/// A tag's name, up to eight letters as a number.
struct Name<'b> {
    bytes: &'b [u8],
    letters: u64,
}

impl<'b> Name<'b> {
    fn read(bytes: &'b [u8]) -> Self {
        let inside =
            |byte: &&u8| !matches!(**byte, b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r' | 12);
        let length = bytes.iter().take(WINDOW - 2).take_while(inside).count();
        let bytes = &bytes[..length];
        let mut letters = 0;
        if length <= 8 {
            for byte in bytes {
                letters = letters << 8 | u64::from(byte.to_ascii_lowercase());
            }
        }
        Self { bytes, letters }
    }

    fn raw(&self) -> Option<Raw> {
        match self.letters {
            letters if letters == packed("script") => Some(Raw::Script),
            letters if letters == packed("style") => Some(Raw::Style),
            _ => None,
        }
    }

    /// Whether words on both sides are apart.
    fn is_block(&self) -> bool {
        let is = |name: &[u8]| self.bytes.eq_ignore_ascii_case(name);
        match self.bytes.len() {
            10 => is(b"blockquote") || is(b"figcaption"),
            _ => BLOCKS.binary_search(&self.letters).is_ok(),
        }
    }
}

const fn packed(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut letters = 0;
    let mut at = 0;
    while at < bytes.len() {
        letters = letters << 8 | bytes[at] as u64;
        at += 1;
    }
    letters
}

/// Elements that are blocks, table parts, or otherwise apart from what is beside them.
static BLOCKS: [u64; 56] = sorted([
    "address", "article", "aside", "audio", "body", "br", "button", "canvas", "caption", "center",
    "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html",
    "iframe", "input", "legend", "li", "link", "main", "menu", "meta", "nav", "ol", "option", "p",
    "pre", "section", "select", "summary", "table", "td", "textarea", "th", "title", "tr", "ul",
]);

const fn sorted<const N: usize>(names: [&str; N]) -> [u64; N] {
    let mut packed_names = [0; N];
    let mut at = 0;
    while at < N {
        let name = packed(names[at]);
        let mut place = at;
        while place > 0 && packed_names[place - 1] > name {
            packed_names[place] = packed_names[place - 1];
            place -= 1;
        }
        packed_names[place] = name;
        at += 1;
    }
    packed_names
}

/// What a byte of text begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Gap,
    Joint,
    Open,
    Reference,
    Wide,
}

static CLASS: [Class; 256] = classes();

#[expect(
    clippy::cast_possible_truncation,
    reason = "the index stays below 256; `try_from` is not const"
)]
const fn classes() -> [Class; 256] {
    let mut table = [Class::Gap; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = if byte.is_ascii_alphanumeric() {
            Class::Letter
        } else if byte >= 0x80 {
            Class::Wide
        } else if byte == b'<' {
            Class::Open
        } else if byte == b'&' || byte == b'\\' {
            Class::Reference
        } else if letter::is_joint(byte) {
            Class::Joint
        } else {
            Class::Gap
        };
        at += 1;
    }
    table
}
