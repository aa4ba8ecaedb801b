//! The names of fields that matter to a proxy, and which of them go no further than one connection.

/// A field's name, where it is one that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Accept,
    AcceptEncoding,
    AltSvc,
    Authorization,
    /// `Available-Dictionary` and `Dictionary-ID`: a compression whose text nobody else can read.
    Dictionary,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentType,
    Expect,
    Host,
    /// `HTTP2-Settings`.
    Http2Settings,
    IfRange,
    KeepAlive,
    MaxForwards,
    Origin,
    /// `Proxy-Connection`, `Proxy-Authorization` and all others that begin so.
    Proxy,
    Range,
    /// `Sec-WebSocket-Accept`.
    WebSocketAccept,
    /// `Sec-WebSocket-Key`.
    WebSocketKey,
    /// `Sec-WebSocket-Version`.
    WebSocketVersion,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    /// `Use-As-Dictionary`.
    UseAsDictionary,
    Via,
    /// `YouTube-Restrict`.
    YoutubeRestrict,
    Other,
}

impl Known {
    /// Which one a name is, in any case.
    pub(crate) fn of(name: &[u8]) -> Self {
        let is = |text: &str, known| {
            if name.eq_ignore_ascii_case(text.as_bytes()) {
                known
            } else {
                Self::Other
            }
        };
        // Names of one length differ soon, so a name is compared with one or two others.
        let first = name.first().map_or(0, u8::to_ascii_lowercase);
        let known = match (name.len(), first) {
            (2, _) => is("te", Self::Te),
            (3, _) => is("via", Self::Via),
            (4, _) => is("host", Self::Host),
            (5, _) => is("range", Self::Range),
            (6, b'a') => is("accept", Self::Accept),
            (6, b'e') => is("expect", Self::Expect),
            (6, b'o') => is("origin", Self::Origin),
            (7, b'a') => is("alt-svc", Self::AltSvc),
            (7, b't') => is("trailer", Self::Trailer),
            (7, b'u') => is("upgrade", Self::Upgrade),
            (8, _) => is("if-range", Self::IfRange),
            (10, b'c') => is("connection", Self::Connection),
            (10, b'k') => is("keep-alive", Self::KeepAlive),
            (12, b'c') => is("content-type", Self::ContentType),
            (12, b'm') => is("max-forwards", Self::MaxForwards),
            (13, b'a') => is("authorization", Self::Authorization),
            (13, b'd') => is("dictionary-id", Self::Dictionary),
            (14, b'c') => is("content-length", Self::ContentLength),
            (14, b'h') => is("http2-settings", Self::Http2Settings),
            (15, b'a') => is("accept-encoding", Self::AcceptEncoding),
            (16, b'c') => is("content-encoding", Self::ContentEncoding),
            (16, b'y') => is("youtube-restrict", Self::YoutubeRestrict),
            (17, b't') => is("transfer-encoding", Self::TransferEncoding),
            (17, b'u') => is("use-as-dictionary", Self::UseAsDictionary),
            (17, b's') => is("sec-websocket-key", Self::WebSocketKey),
            (20, b's') => is("sec-websocket-accept", Self::WebSocketAccept),
            (21, _) => is("sec-websocket-version", Self::WebSocketVersion),
            (20, _) => is("available-dictionary", Self::Dictionary),
            _ => Self::Other,
        };
        let begins_proxy = name
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"proxy-"));
        if known == Self::Other && begins_proxy {
            return Self::Proxy;
        }
        known
    }

    /// Whether a field of the name is for this connection only, or is written anew by us: it is not
    /// passed on as it came.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(
            self,
            Self::AltSvc
                | Self::Dictionary
                | Self::UseAsDictionary
                | Self::Connection
                | Self::ContentLength
                | Self::Host
                | Self::Http2Settings
                | Self::KeepAlive
                | Self::MaxForwards
                | Self::Proxy
                | Self::Te
                | Self::Trailer
                | Self::TransferEncoding
                | Self::Upgrade
        )
    }

    /// Whether a `Connection` field that names it is not heeded: without these a message would be
    /// read differently, or by another person, from there on.
    pub(crate) const fn is_kept_when_named(self) -> bool {
        matches!(
            self,
            Self::Host
                | Self::ContentLength
                | Self::TransferEncoding
                | Self::Authorization
                | Self::ContentType
                | Self::ContentEncoding
                | Self::Via
                | Self::WebSocketAccept
                | Self::WebSocketKey
                | Self::WebSocketVersion
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case() {
        for (name, expected) in [
            ("HOST", Known::Host),
            ("content-Length", Known::ContentLength),
            ("Transfer-Encoding", Known::TransferEncoding),
            ("Available-Dictionary", Known::Dictionary),
            ("Dictionary-ID", Known::Dictionary),
            ("Proxy-Connection", Known::Proxy),
            ("proxy-anything", Known::Proxy),
            ("YouTube-Restrict", Known::YoutubeRestrict),
            ("HTTP2-Settings", Known::Http2Settings),
            ("Content-Lengt", Known::Other),
            ("X-Host", Known::Other),
            ("Hosx", Known::Other),
        ] {
            assert_eq!(Known::of(name.as_bytes()), expected, "{name}");
        }
    }
}
