//! What can be wrong with a settings file, as values. The wording is in `words`, once per language.

use std::fmt;

use lachan_policy::{NameError, SubnetError};

/// Longest piece of the file that a message repeats, in characters: enough to recognise it.
const QUOTED: usize = 60;

/// A piece of the file repeated in a message: shortened, and with control characters escaped, so
/// that a file cannot write to the terminal of the one who checks it.
#[derive(Clone, PartialEq, Eq)]
pub struct Quoted(String);

impl Quoted {
    /// Shortens the text where it is long.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.char_indices().nth(QUOTED) {
            Some((cut, _)) => Self(format!("{}…", &text[..cut])),
            None => Self(text.to_owned()),
        }
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The type a value has in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `"…"`
    Text,
    /// `5`
    Integer,
    /// `5.0`
    Float,
    /// `true`
    Boolean,
    /// `2026-09-05`
    Date,
    /// `[…]`
    List,
    /// `[name]` or `{…}`
    Table,
}

/// What a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Any text.
    Text,
    /// A duration such as `"30s"`.
    Duration,
    /// A size such as `"32MiB"`.
    Size,
    /// A whole number.
    Integer,
    /// A list of texts.
    Texts,
    /// A table.
    Table,
    /// A list of tables, `[[name]]`.
    Tables,
}

/// What form of address a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    /// `192.0.2.1`
    Address,
    /// `192.0.2.1` or `192.0.2.1:53`
    OptionalPort,
    /// `192.0.2.1:53`
    Port,
}

/// Why an address cannot stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// `0.0.0.0` or `::`, which means no particular machine.
    Unspecified,
    /// A group address (RFC 5771, RFC 4291 §2.7).
    Multicast,
    /// `255.255.255.255`.
    Broadcast,
    /// The machine that asks, as seen by itself.
    Loopback,
    /// Port 0.
    PortZero,
}

/// Why a text is no upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamFault {
    /// What stands before `://` is no protocol.
    Scheme,
    /// A name, or nothing, where the address belongs.
    Host,
    /// An encrypted upstream without the name of its certificate.
    NameMissing,
    /// What stands behind `#` is no name.
    Name,
    /// A name where there is no certificate.
    NameNotUsed,
    /// A path that no web server has.
    Path,
    /// A path where there is no web server.
    PathNotUsed,
}

/// What is wrong with the TOML itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxFault {
    /// A text without quotes.
    Unquoted,
    /// A text whose quote, or one of whose characters, is not right.
    BadText,
    /// A list that does not end.
    OpenList,
    /// A `[table]` or `{ table }` that does not end.
    OpenTable,
    /// A key and no `=`.
    NoEquals,
    /// A key, `=`, and no value.
    NoValue,
    /// Two elements and no comma between them.
    NoComma,
    /// Nesting that no settings file needs.
    TooDeep,
    /// Anything else, as the TOML reader says it (in English).
    Unexpected(String),
}

/// One thing that is wrong. [`Self::code`] is stable; the wording may change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file is longer than a settings file can be, in bytes.
    TooLarge {
        /// The most allowed.
        most: u64,
    },
    /// Saved as UTF-16, as Windows Notepad's "Unicode" does.
    Utf16,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Not TOML.
    Syntax(SyntaxFault),
    /// No `version`.
    VersionMissing,
    /// `version` is not the first key.
    VersionNotFirst,
    /// A version of a later program.
    VersionNewer(Quoted),
    /// No version at all.
    VersionUnknown(Quoted),
    /// A key or table given twice.
    DuplicateKey,
    /// A key that does not exist.
    UnknownKey {
        /// The key that was probably meant.
        near: Option<String>,
        /// All keys of this table.
        known: Vec<&'static str>,
    },
    /// A key that exists in another table.
    Misplaced {
        /// That table; empty for the top of the file.
        home: String,
    },
    /// A key that this table cannot do without.
    Missing,
    /// A value of another type.
    WrongType {
        /// The type that stands there.
        found: Kind,
        /// What the key wants.
        wanted: Wanted,
    },
    /// A text or list with nothing in it.
    Empty,
    /// A text of too many characters.
    TooLong {
        /// The most allowed.
        most: usize,
    },
    /// A list of too many elements.
    TooMany {
        /// How many there are.
        count: usize,
        /// The most allowed.
        most: usize,
    },
    /// A control character in a text for people.
    ControlCharacter(Quoted),
    /// None of a few words.
    NotOneOf {
        /// What stands there.
        given: Quoted,
        /// The words.
        choices: Vec<&'static str>,
        /// The word that was probably meant.
        near: Option<&'static str>,
    },
    /// No duration.
    NotADuration(Quoted),
    /// No size.
    NotASize(Quoted),
    /// Below the least or above the most, all written as in the file.
    OutOfRange {
        /// What stands there.
        given: String,
        /// The least allowed.
        least: String,
        /// The most allowed.
        most: String,
    },
    /// No IP address of this form.
    NotAnAddress {
        /// What stands there.
        given: Quoted,
        /// What the key wants.
        form: AddressForm,
    },
    /// An address that cannot do this job.
    UnusableAddress {
        /// What stands there.
        given: Quoted,
        /// Why not.
        why: Unusable,
    },
    /// No upstream.
    NotAnUpstream {
        /// What stands there.
        given: Quoted,
        /// Why not.
        why: UpstreamFault,
    },
    /// The same value twice in the file.
    Repeated {
        /// The value.
        given: Quoted,
        /// Where it stands first, as a key path.
        first: String,
    },
    /// Two listeners that want the same port of the same address.
    PortClash {
        /// This listener.
        given: Quoted,
        /// The other one.
        other: String,
        /// Where the other one stands, as a key path.
        first: String,
    },
    /// An upstream that is this box.
    UpstreamIsSelf {
        /// The upstream.
        given: Quoted,
        /// Where the listener stands, as a key path.
        listener: String,
    },
    /// No domain name.
    NotAName {
        /// What stands there.
        given: Quoted,
        /// Why not.
        why: NameError,
    },
    /// No time zone of the IANA database.
    NotATimeZone {
        /// What stands there.
        given: Quoted,
        /// The zone that was probably meant.
        near: Option<String>,
    },
    /// A path that depends on the folder the program was started in.
    RelativePath(Quoted),
    /// `block-answer = "address"` without an address.
    BlockAddressMissing,
    /// An address that other machines reach, for a page that is for this one.
    OpenToNetwork(Quoted),
    /// No URI by which people can be reached.
    NotAContact(Quoted),
    /// No number that can be called.
    NotAPhone(Quoted),
    /// No beginning and end of a lesson.
    NotALesson(Quoted),
    /// A lesson that begins while the one before goes on.
    LessonsOverlap,
    /// No preference and host of a mail server.
    NotMail(Quoted),
    /// No priority, weight, port and host of a service.
    NotAService(Quoted),
    /// No name of a network interface.
    NotAnInterface(Quoted),
    /// An alias beside other records of its name (RFC 1034 §3.6.2).
    AliasNotAlone,
    /// An alias for a name that has no records here.
    AliasOfNothing(Quoted),
    /// No address and no range of addresses.
    NotASubnet {
        /// What stands there.
        given: Quoted,
        /// Why not.
        why: SubnetError,
    },
    /// Addresses of which some are named elsewhere.
    Overlap {
        /// These.
        given: Quoted,
        /// The others.
        other: String,
        /// Where the others stand, as a key path.
        first: String,
    },
    /// An encrypted listener, and no certificate.
    CertificateMissing,
    /// A port that devices are served on, where another is wanted.
    PortServed(u16),
    /// No ports of TCP or UDP.
    NotPorts(Quoted),
    /// An interface that is inside and outside of a bridge.
    BridgeOfOne(Quoted),
    /// What devices are given by DHCP.
    Dhcp(DhcpFault),
}

/// Why devices cannot be given addresses so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DhcpFault {
    /// The box is not the devices' way out.
    NoGateway,
    /// No interface that devices are behind.
    NotInside(Quoted),
    /// No address with the length of its network.
    NotOwnAddress(Quoted),
    /// An address of another network than the box's there.
    OtherNetwork(Quoted),
    /// A range that ends before it begins.
    Backwards,
    /// A range with the box's own address in it.
    HoldsBox,
    /// No hardware address.
    NotAMac(Quoted),
    /// A name of several parts.
    NotALabel(Quoted),
}

impl Fault {
    /// The stable code of this kind of mistake, for scripts and the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Utf16 => "utf-16",
            Self::NotUtf8 => "not-utf-8",
            Self::Syntax(_) => "syntax",
            Self::VersionMissing => "version-missing",
            Self::VersionNotFirst => "version-not-first",
            Self::VersionNewer(_) => "version-newer",
            Self::VersionUnknown(_) => "version-unknown",
            Self::DuplicateKey => "duplicate-key",
            Self::UnknownKey { .. } => "unknown-key",
            Self::Misplaced { .. } => "misplaced-key",
            Self::Missing => "missing-key",
            Self::WrongType { .. } => "wrong-type",
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many",
            Self::ControlCharacter(_) => "control-character",
            Self::NotOneOf { .. } => "not-one-of",
            Self::NotADuration(_) => "not-a-duration",
            Self::NotASize(_) => "not-a-size",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAnAddress { .. } => "not-an-address",
            Self::UnusableAddress { .. } => "unusable-address",
            Self::NotAnUpstream { .. } => "not-an-upstream",
            Self::Repeated { .. } => "repeated",
            Self::PortClash { .. } => "port-clash",
            Self::UpstreamIsSelf { .. } => "upstream-is-self",
            Self::NotAName { .. } => "not-a-name",
            Self::NotATimeZone { .. } => "not-a-time-zone",
            Self::RelativePath(_) => "relative-path",
            Self::BlockAddressMissing => "block-address-missing",
            Self::OpenToNetwork(_) => "open-to-network",
            Self::NotAContact(_) => "not-a-contact",
            Self::NotAPhone(_) => "not-a-phone",
            Self::NotALesson(_) => "not-a-lesson",
            Self::LessonsOverlap => "lessons-overlap",
            Self::NotMail(_) => "not-mail",
            Self::NotAService(_) => "not-a-service",
            Self::NotAnInterface(_) => "not-an-interface",
            Self::AliasNotAlone => "alias-not-alone",
            Self::AliasOfNothing(_) => "alias-of-nothing",
            Self::NotASubnet { .. } => "not-a-subnet",
            Self::Overlap { .. } => "overlap",
            Self::CertificateMissing => "certificate-missing",
            Self::PortServed(_) => "port-served",
            Self::NotPorts(_) => "not-ports",
            Self::BridgeOfOne(_) => "bridge-of-one",
            Self::Dhcp(_) => "dhcp",
        }
    }

    /// The key whose absence makes this a mistake, of a mistake noted at the key path `at`.
    pub(crate) fn absent<'k>(&self, at: &'k str) -> Option<&'k str> {
        match self {
            Self::Missing | Self::VersionMissing => at.rsplit('.').next(),
            Self::BlockAddressMissing => Some("block-addresses"),
            Self::OpenToNetwork(_) => Some("reach"),
            Self::CertificateMissing => Some("cert"),
            // It may be the default listener that the upstream is compared with.
            Self::UpstreamIsSelf { .. } => Some("listen"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_repeats_is_short_and_harmless() {
        assert_eq!(Quoted::new("vi").to_string(), "\"vi\"");
        assert_eq!(Quoted::new("trường").to_string(), "\"trường\"");
        assert_eq!(Quoted::new("\u{1b}[31m").to_string(), "\"\\u{1b}[31m\"");
        assert_eq!(
            Quoted::new(&"ă".repeat(1000)).to_string().chars().count(),
            QUOTED + 3
        );
    }
}
