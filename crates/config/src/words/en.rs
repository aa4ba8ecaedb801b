//! The English wording.

use lachan_policy::SubnetError;

use super::{list, quoted_list};
use crate::fault::{
    AddressForm, DhcpFault, Fault, Kind, SyntaxFault, Unusable, UpstreamFault, Wanted,
};
use crate::unit::format_size;
use crate::version::CURRENT;

pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::TooLarge { most } => format!(
            "the file is larger than {}, more than any settings file; check that this is the right file",
            format_size(*most)
        ),
        Fault::Utf16 => "the file is saved as UTF-16; save it again as UTF-8".into(),
        Fault::NotUtf8 => "the bytes here are not UTF-8; save the file again as UTF-8".into(),
        Fault::Syntax(fault) => syntax(fault),
        Fault::VersionMissing => {
            format!("the version is missing; begin the file with version = \"v{CURRENT}\"")
        }
        Fault::VersionNotFirst => {
            "the version must be the first key; move it to the top of the file".into()
        }
        Fault::VersionNewer(given) => format!(
            "this file is for a newer Lá Chắn: it says {given} and this program knows \"v{CURRENT}\"; \
             update the program, or take the file that belongs to it"
        ),
        Fault::VersionUnknown(given) => {
            format!("{given} is no version; write version = \"v{CURRENT}\"")
        }
        Fault::DuplicateKey => "this stands twice in the file; keep one".into(),
        Fault::UnknownKey { near: Some(near), .. } => {
            format!("there is no such key; did you mean {near}?")
        }
        Fault::UnknownKey { near: None, known } => {
            format!("there is no such key; the keys here are {}", list(known))
        }
        Fault::Misplaced { home } if home.is_empty() => {
            "this key does not belong here; move it to the top of the file, before any [table]".into()
        }
        Fault::Misplaced { home } => {
            format!("this key does not belong here; move it to the table [{home}]")
        }
        Fault::Missing => "this key is missing; add it".into(),
        Fault::WrongType { found, wanted } => {
            format!("{} stands here; write {}", kind(*found), self::wanted(*wanted))
        }
        Fault::Empty => "this is empty; write at least one value".into(),

        Fault::TooLong { most } => format!("the text is too long; use at most {most} characters"),
        Fault::TooMany { count, most } => {
            format!("the list has {count} elements; use at most {most}")
        }
        Fault::ControlCharacter(given) => {
            format!("{given} has a line break or another control character; delete it")
        }
        Fault::NotOneOf { given, choices, near } => {
            let meant = near.map_or_else(String::new, |near| format!("did you mean {near:?}? "));
            format!("{given} is not known here; {meant}use one of {}", quoted_list(choices))
        }
        Fault::NotADuration(given) => format!(
            "{given} is no duration; use a whole number with ms, s, m, h or d, such as \"30s\""
        ),
        Fault::NotASize(given) => format!(
            "{given} is no size; use a whole number with B, KiB, MiB or GiB, such as \"32MiB\""
        ),
        Fault::OutOfRange { given, least, most } => {
            format!("{given} is out of range; use {least} to {most}")
        }
        Fault::NotAnAddress { given, form } => match form {
            AddressForm::Address => {
                format!("{given} is not an IP address; use an address such as 192.0.2.1 or 2001:db8::1")
            }
            AddressForm::OptionalPort => {
                format!("{given} is not an IP address; use address or address:port")
            }
            AddressForm::Port => format!(
                "{given} is not an IP address with a port; use address:port, such as 0.0.0.0:53 or [::]:53"
            ),
        },
        Fault::UnusableAddress { given, why } => format!("{given} {}", unusable(*why)),
        Fault::NotAnUpstream { given, why } => format!("{given} {}", upstream(*why)),
        Fault::Repeated { given, first } => {
            format!("{given} stands already at {first}; delete one of them")
        }
        Fault::PortClash { given, other, first } => format!(
            "{given} wants a port that {other} ({first}) takes already; delete one or use another port"
        ),
        Fault::UpstreamIsSelf { given, listener } => format!(
            "{given} is this box itself ({listener}), so questions would go round for ever; \
             name another server"
        ),
        Fault::NotAName { given, why } => {
            format!("{given} is no domain name: {why}; use a name such as printer.lan")
        }
        Fault::NotATimeZone { given, near } => {
            let meant = near.as_deref().unwrap_or("Asia/Ho_Chi_Minh");
            format!("{given} is no time zone; use an IANA name such as \"{meant}\"")
        }
        Fault::RelativePath(given) => format!(
            "{given} depends on the folder the program is started in; use a path that begins with /"
        ),
        Fault::CertificateMissing => {
            "encrypted DNS needs a certificate that devices trust; name its files as cert and key in \
             [resolver.tls], or delete this line"
                .into()
        }
        Fault::BlockAddressMissing => {
            "the answer \"address\" is off, because there is no block page yet to send a device to; \
             use \"nxdomain\" or \"nodata\", or name an address of your own in block-addresses"
                .into()
        }
        Fault::OpenToNetwork(given) => format!(
            "{given} can be reached from the network, and this page has no password; use \
             127.0.0.1 or [::1], or set reach = \"network\" if that is what you want"
        ),
        Fault::NotAContact(given) => format!(
            "{given} is no contact that can be used; write \"tel:+84...\", \"mailto:...\" or \"sips:...\""
        ),
        Fault::NotAPhone(given) => {
            format!("{given} is no number that can be called; write it as \"024 1234 5678\"")
        }
        Fault::NotALesson(given) => format!(
            "{given} is no time of a lesson; write its beginning and its end on one day, such as \"07:00-07:45\""
        ),
        Fault::LessonsOverlap => {
            "this lesson begins while the one before goes on; write the lessons in the order of the day".into()
        }
        Fault::NotMail(given) => format!(
            "{given} is no mail server; write its order and its name, such as \"10 thu.truong.lan\""
        ),
        Fault::NotAService(given) => format!(
            "{given} is no service; write order, weight, port and host, such as \"0 5 389 dc.truong.lan\""
        ),
        Fault::NotAnInterface(given) => format!(
            "{given} is not the name of a network interface; write it as `ip link` shows it, such as \"eth0\""
        ),
        Fault::AliasNotAlone => {
            "an alias stands alone; delete the alias or the other keys of this name".into()
        }
        Fault::AliasOfNothing(given) => format!(
            "{given} is no local name with records; add a table for it, or mend the alias"
        ),
        Fault::PortServed(port) => format!(
            "port {port} serves devices; if it were shut, or led elsewhere, they would lose it; use another port"
        ),
        Fault::NotPorts(given) => format!(
            "{given} is no range of ports; write \"udp 123\" or \"tcp 5228-5230\""
        ),
        Fault::BridgeOfOne(given) => format!(
            "{given} is among the interfaces inside, too; a bridge stands between two, so name another one"
        ),
        Fault::Dhcp(fault) => dhcp(fault),
        Fault::NotASubnet { given, why } => format!("{given} {}", subnet_error(why)),
        Fault::Overlap { given, other, first } => format!(
            "{given} overlaps {other} ({first}); name each address in one place only"
        ),
    }
}

fn dhcp(fault: &DhcpFault) -> String {
    match fault {
        DhcpFault::NoGateway => {
            "addresses are given by the devices' way out only; use network.mode = \"gateway\", or \"off\" here".into()
        }
        DhcpFault::NotInside(given) => {
            format!("{given} is no interface that devices are behind; add it to network.inside, or name one of those")
        }
        DhcpFault::NotOwnAddress(given) => format!(
            "{given} is not the box's own address with the length of its network; write it as 10.6.0.1/24"
        ),
        DhcpFault::OtherNetwork(given) => format!(
            "{given} cannot be a device's address in the box's network there; use one that lies in it"
        ),
        DhcpFault::Backwards => "the range ends before it begins; write the lower address as first".into(),
        DhcpFault::HoldsBox => {
            "the box's own address lies in the range, and a device would get it; begin the range after it, or end it before".into()
        }
        DhcpFault::NotAMac(given) => {
            format!("{given} is not a hardware address; write it as 3c:22:fb:0a:b1:9e")
        }
        DhcpFault::NotALabel(given) => {
            format!("{given} has several parts; write the device's name only, without the domain")
        }
    }
}

fn syntax(fault: &SyntaxFault) -> String {
    match fault {
        SyntaxFault::Unquoted => "a text stands here without quotes; put it in \"quotes\"".into(),
        SyntaxFault::BadText => {
            "this text is not written right; end it with \" on the same line, and write \\\\ for \\"
                .into()
        }
        SyntaxFault::OpenList => {
            "this list does not end; close it with ], and put commas between its elements".into()
        }
        SyntaxFault::OpenTable => {
            "this table does not end; close it with ] (or }, if it began with {)".into()
        }
        SyntaxFault::NoEquals => "a key stands here without a value; write key = value".into(),
        SyntaxFault::NoValue => {
            "the value is missing; write it after the =, or delete the line".into()
        }
        SyntaxFault::NoComma => "a comma is missing; put one between two elements".into(),
        SyntaxFault::TooDeep => {
            "this is nested too deep; a settings file needs no more than three levels".into()
        }
        SyntaxFault::Unexpected(detail) => {
            format!(
                "this is not TOML ({detail}); write key = value, [table], or # before a comment"
            )
        }
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Integer => "a number",
        Kind::Float => "a number with a fraction",
        Kind::Boolean => "true or false",
        Kind::Date => "a date",
        Kind::List => "a list",
        Kind::Table => "a table",
    }
}

const fn wanted(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Text => "a text in quotes, such as \"abc\"",
        Wanted::Duration => "a duration in quotes, such as \"30s\"",
        Wanted::Size => "a size in quotes, such as \"32MiB\"",
        Wanted::Integer => "a whole number without quotes, such as 512",
        Wanted::Texts => "a list of texts, such as [\"a\", \"b\"]",
        Wanted::Table => "a table: its name in brackets on a line of its own, then key = value",
        Wanted::Tables => "a table for each: its name in double brackets, [[ ]], then key = value",
    }
}

const fn unusable(why: Unusable) -> &'static str {
    match why {
        Unusable::Unspecified => "names no machine in particular; use the address of one",
        Unusable::Multicast => "is a multicast address; use the address of one machine",
        Unusable::Broadcast => "is the broadcast address; use the address of one machine",
        Unusable::Loopback => {
            "is the asking device itself; use the address of a machine on the network"
        }
        Unusable::PortZero => "has port 0, where nobody answers; use a port from 1 to 65535",
    }
}

const fn upstream(why: UpstreamFault) -> &'static str {
    match why {
        UpstreamFault::Scheme => {
            "has no known protocol; write tls://, https://, quic:// or tcp://, or the address alone"
        }
        UpstreamFault::Host => {
            "has no IP address behind ://; nothing can look a name up before there is an upstream, so \
             put the address there and the name behind #, such as tls://9.9.9.9#dns.quad9.net"
        }
        UpstreamFault::NameMissing => {
            "does not say whose certificate is right; add # and the server's name, such as \
             tls://9.9.9.9#dns.quad9.net"
        }
        UpstreamFault::Name => "has no host name behind #; use a name such as dns.quad9.net",
        UpstreamFault::NameNotUsed => {
            "has a name, but is not encrypted; delete # and the name, or write tls:// before it"
        }
        UpstreamFault::Path => {
            "has a path that no web server has; use one such as /dns-query, without ? and {}"
        }
        UpstreamFault::PathNotUsed => "has a path, which only https:// can have; delete it",
    }
}

fn subnet_error(why: &SubnetError) -> String {
    match why {
        SubnetError::Address(_) => {
            "is no IP address and no range; write one such as 192.168.1.5 or 10.7.0.0/24".into()
        }
        SubnetError::Length(_, most) => {
            format!("has no right length behind the /; use 0 to {most}")
        }
        SubnetError::HostBits(_, meant) => {
            format!("has bits set behind its prefix; write {meant}")
        }
    }
}
