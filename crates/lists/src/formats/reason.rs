//! Why a line is refused: a closed set with stable ids, so that a screen can say it in Vietnamese.

use lachan_policy::{NameError, Subnet};

/// Why a line, or one entry of it, says nothing the filter can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More than [`super::MAX_LINE`] bytes.
    #[error("the line is longer than 64 KiB; this is no list, or a damaged one")]
    LineTooLong,
    /// Bytes that are not UTF-8.
    #[error("the line is not valid UTF-8; save the list as UTF-8")]
    Utf8,
    /// NUL, a CR inside the line, or another control character.
    #[error("the control character {} stands in the line", .0.escape_unicode())]
    Control(char),
    /// A top-level domain or public suffix, which a list may name only when it is marked for it.
    #[error("everybody may register names under this one, so it is not blocked as a whole")]
    PublicSuffix,
    /// No domain name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// No address, CIDR or range where one was expected.
    #[error("{0:?} is not an address, a CIDR block or a range")]
    Address(String),
    /// A prefix length that cannot be.
    #[error("{0:?} is not a prefix length of this kind of address")]
    PrefixLength(String),
    /// A CIDR block whose address has bits set after its prefix.
    #[error("bits are set after the prefix; did the list mean {0}?")]
    HostBits(Subnet),
    /// A range whose ends are of two families or the wrong way round.
    #[error("the range does not run from a lower to a higher address of one family")]
    Range,
    /// A host with a port.
    #[error("a port cannot be blocked by name; name the host alone if all of it is meant")]
    Port,
    /// An `@` where a host was expected.
    #[error("this is an e-mail address, or a URL with credentials, not a host")]
    Email,
    /// A URL scheme other than `http`, `https`, `ws`, `wss` and `ftp`.
    #[error("URLs of the scheme {0:?} do not pass the filter")]
    Scheme(String),
    /// A URL that differs from its page only by what stands after `#`.
    #[error("what stands after # never leaves the browser, so the filter cannot see it")]
    Fragment,
    /// A URL whose host is an address.
    #[error("a URL rule needs a host name; the address would block other sites with it")]
    UrlOnAddress,
    /// A `*` where none can be expressed.
    #[error("only `*.name` can be expressed, no other wildcard")]
    Wildcard,
    /// Too many or too few words on the line; what the format wants.
    #[error("the line does not have the form {0}")]
    Form(&'static str),
    /// The entry answers with another address or name instead of blocking.
    #[error("the entry answers with {0:?}; it rewrites rather than blocks")]
    Rewrite(String),
    /// AdBlock: a rule for parts of pages or URLs, not for a host.
    #[error("only `||name^` blocks a whole host; this rule matches parts of URLs")]
    Pattern,
    /// AdBlock: a regular expression.
    #[error("regular expressions over URLs cannot be turned into names")]
    Regex,
    /// AdBlock: a modifier that narrows or changes the rule.
    #[error("the modifier {0:?} makes this another rule than one for the whole host")]
    Modifier(String),
    /// An exception for addresses or URLs: lists take off names only.
    #[error("an exception can take off names only, not addresses or URLs")]
    Exception,
    /// RPZ: a trigger other than a name or an answer's address.
    #[error("the RPZ trigger {0} cannot be expressed")]
    Trigger(&'static str),
    /// RPZ: an action that is neither a block nor a passthru.
    #[error("the RPZ action {0} neither blocks nor lets through")]
    Action(&'static str),
    /// RPZ or local data: a record type that neither blocks nor lets through.
    #[error("{0:?} records neither block nor let through")]
    Record(String),
    /// RPZ: an owner name outside the zone.
    #[error("the name lies outside the zone {0}")]
    OutOfZone(String),
    /// Parentheses or quotes that are not closed.
    #[error("a parenthesis or quote is not closed")]
    Unclosed,
    /// unbound: a zone type that does not block.
    #[error("zones of the type {0:?} do not block")]
    ZoneType(String),
    /// dnsmasq: a domain sent to another server.
    #[error("this sends the domain to another DNS server, it does not block it")]
    Forward,
    /// A setting that names nothing to block.
    #[error("the setting {0:?} does not belong in a list")]
    Directive(String),
}

impl Reason {
    /// The reason's name: stable, for translations and counts.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::LineTooLong => "line-too-long",
            Self::Utf8 => "utf8",
            Self::Control(_) => "control",
            Self::PublicSuffix => "public-suffix",
            Self::Name(error) => name_id(error),
            Self::Address(_) => "address",
            Self::PrefixLength(_) => "prefix-length",
            Self::HostBits(_) => "host-bits",
            Self::Range => "range",
            Self::Port => "port",
            Self::Email => "email",
            Self::Scheme(_) => "scheme",
            Self::Fragment => "fragment",
            Self::UrlOnAddress => "url-on-address",
            Self::Wildcard => "wildcard",
            Self::Form(_) => "form",
            Self::Rewrite(_) => "rewrite",
            Self::Pattern => "pattern",
            Self::Regex => "regex",
            Self::Modifier(_) => "modifier",
            Self::Exception => "exception",
            Self::Trigger(_) => "trigger",
            Self::Action(_) => "action",
            Self::Record(_) => "record",
            Self::OutOfZone(_) => "out-of-zone",
            Self::Unclosed => "unclosed",
            Self::ZoneType(_) => "zone-type",
            Self::Forward => "forward",
            Self::Directive(_) => "directive",
        }
    }
}

const fn name_id(error: &NameError) -> &'static str {
    match error {
        NameError::Empty => "name-empty",
        NameError::TooLong => "name-too-long",
        NameError::EmptyLabel => "name-empty-label",
        NameError::LabelTooLong => "name-label-too-long",
        NameError::Character(_) => "name-character",
        NameError::Idna => "name-idna",
        NameError::Address => "name-address",
        NameError::NumericTld => "name-numeric-tld",
        NameError::LabelType => "name-label-type",
        NameError::Truncated => "name-truncated",
    }
}
