//! Why a message goes no further. A message that two programs could read differently is the stuff of
//! request smuggling, so nothing of it is mended: it is refused and the connection closed.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// A line feed without a carriage return before it (RFC 9112 §2.2).
    #[error("a line ends without a carriage return")]
    BareLineFeed,
    /// A carriage return inside a line (RFC 9112 §2.2).
    #[error("a carriage return stands inside a line")]
    BareCarriageReturn,
    /// A NUL or another control character.
    #[error("a control character stands in the head")]
    Control,
    /// A field continued on the next line (RFC 9112 §5.2).
    #[error("a field is folded over two lines")]
    Folded,
    /// A line that is no field: no colon, no name, or a name that is no token.
    #[error("a line is no field")]
    Field,
    /// Space between a field's name and its colon (RFC 9112 §5.1).
    #[error("a space stands before a colon")]
    SpaceBeforeColon,
    /// The first line is not one of HTTP.
    #[error("the first line is not one of HTTP")]
    StartLine,
    /// A version other than 1.0 and 1.1.
    #[error("only HTTP/1.0 and HTTP/1.1 are spoken here")]
    Version,
    /// The head is longer than 64 KiB.
    #[error("the head is longer than 64 KiB")]
    HeadTooLong,
    /// More than 100 fields.
    #[error("there are more than 100 fields")]
    TooManyFields,
    /// The target is none of the four forms, or not the one for its method.
    #[error("the target fits neither the method nor the connection")]
    Target,
    /// A scheme other than `http`.
    #[error("only http is fetched; for https a tunnel is asked for")]
    Scheme,
    /// A name and password in the address.
    #[error("the address holds a user name")]
    UserInfo,
    /// No `Host`, or more than one.
    #[error("there is not exactly one Host")]
    HostCount,
    /// A `Host` that is neither a name nor an address, or an impossible port.
    #[error("the host is neither a name nor an address")]
    Host,
    /// The address in the first line is another than `Host`.
    #[error("the address in the first line is not the one of Host")]
    HostDiffers,
    /// A `Content-Length` that is no number, or a second one.
    #[error("Content-Length is not one number")]
    Length,
    /// A `Transfer-Encoding` other than `chunked` alone, or one in HTTP/1.0.
    #[error("Transfer-Encoding is not chunked alone")]
    Coding,
    /// `Content-Length` and `Transfer-Encoding` together.
    #[error("Content-Length and Transfer-Encoding stand together")]
    LengthAndCoding,
    /// A chunk whose size is no number, or too large for one.
    #[error("the size of a chunk is no number")]
    ChunkSize,
    /// A chunk that does not end where its size says, or a line of chunks that never ends.
    #[error("a chunk does not end where it says")]
    Chunk,
    /// Trailers that are longer than a head may be.
    #[error("the trailers are too long")]
    Trailers,
    /// A body where the method has none.
    #[error("this method has no body")]
    Body,
    /// A method that would send the request back, or open a tunnel where none may be.
    #[error("this method is not served here")]
    Method,
    /// Inside TLS, a host other than the one that the connection was opened for (RFC 9110 §15.5.20).
    #[error("the host is not the one that the connection was opened for")]
    Misdirected,
    /// The request was through this proxy before.
    #[error("the request goes round in a circle")]
    Loop,
    /// A status that no response may have here.
    #[error("the status is impossible")]
    Status,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::BareLineFeed,
        Self::BareCarriageReturn,
        Self::Control,
        Self::Folded,
        Self::Field,
        Self::SpaceBeforeColon,
        Self::StartLine,
        Self::Version,
        Self::HeadTooLong,
        Self::TooManyFields,
        Self::Target,
        Self::Scheme,
        Self::UserInfo,
        Self::HostCount,
        Self::Host,
        Self::HostDiffers,
        Self::Length,
        Self::Coding,
        Self::LengthAndCoding,
        Self::ChunkSize,
        Self::Chunk,
        Self::Trailers,
        Self::Body,
        Self::Method,
        Self::Misdirected,
        Self::Loop,
        Self::Status,
    ];

    /// The status a client is told.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::HeadTooLong | Self::TooManyFields | Self::Trailers => 431,
            Self::Version => 505,
            Self::Coding | Self::Scheme => 501,
            Self::Method => 405,
            Self::Misdirected => 421,
            Self::Loop => 508,
            _ => 400,
        }
    }

    /// The id used in counters.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::BareLineFeed => "bare-line-feed",
            Self::BareCarriageReturn => "bare-carriage-return",
            Self::Control => "control",
            Self::Folded => "folded",
            Self::Field => "field",
            Self::SpaceBeforeColon => "space-before-colon",
            Self::StartLine => "start-line",
            Self::Version => "version",
            Self::HeadTooLong => "head-too-long",
            Self::TooManyFields => "too-many-fields",
            Self::Target => "target",
            Self::Scheme => "scheme",
            Self::UserInfo => "user-info",
            Self::HostCount => "host-count",
            Self::Host => "host",
            Self::HostDiffers => "host-differs",
            Self::Length => "length",
            Self::Coding => "coding",
            Self::LengthAndCoding => "length-and-coding",
            Self::ChunkSize => "chunk-size",
            Self::Chunk => "chunk",
            Self::Trailers => "trailers",
            Self::Body => "body",
            Self::Method => "method",
            Self::Misdirected => "misdirected",
            Self::Loop => "loop",
            Self::Status => "status",
        }
    }

    /// Whether messages so made are how requests are smuggled past filters, rather than a mistake.
    #[must_use]
    pub const fn is_evasion(self) -> bool {
        matches!(
            self,
            Self::BareLineFeed
                | Self::BareCarriageReturn
                | Self::Folded
                | Self::SpaceBeforeColon
                | Self::UserInfo
                | Self::HostCount
                | Self::HostDiffers
                | Self::Misdirected
                | Self::Length
                | Self::Coding
                | Self::LengthAndCoding
                | Self::ChunkSize
                | Self::Chunk
        )
    }
}

/// How many requests were refused, by kind. Nothing of whom or where.
#[derive(Debug, Default)]
pub struct Refusals([AtomicU64; Refusal::ALL.len()]);

impl Refusals {
    /// Counts one.
    pub fn count(&self, refusal: Refusal) {
        self.0[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were of a kind.
    #[must_use]
    pub fn of(&self, refusal: Refusal) -> u64 {
        self.0[refusal as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself() {
        for (at, kind) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at, "{}", kind.id());
            let refusals = Refusals::default();
            refusals.count(kind);
            let total: u64 = Refusal::ALL.map(|kind| refusals.of(kind)).iter().sum();
            assert_eq!((refusals.of(kind), total), (1, 1));
        }
    }
}
