//! The ports: whether the filter has them, could have them, or who has them instead.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};

use super::Case;
use super::finding::Finding;
use super::proc::{self, SocketLine};
use crate::control::Status;
use crate::words::Words;

const CHECK: &str = "ports";

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let resolver = &case.config.resolver;
    let plain = |status: &Status, address| status.listeners.contains(&address);
    let both = Transport::BOTH;
    let plainly = resolver.listen.iter().flat_map(|address| {
        both.map(|transport| {
            let is_ours = case.status.is_some_and(|status| plain(status, *address));
            (*address, transport, is_ours)
        })
    });
    let given = &resolver.encrypted;
    let doors = [
        ("DoT", &given.listen_dot, Transport::Tcp),
        ("DoH", &given.listen_doh, Transport::Tcp),
        ("DoQ", &given.listen_doq, Transport::Udp),
    ];
    let privately = doors.into_iter().flat_map(|(kind, addresses, transport)| {
        addresses.iter().map(move |address| {
            let door = (kind.to_owned(), *address);
            let has = |status: &Status| status.encrypted.contains(&door);
            (*address, transport, case.status.is_some_and(has))
        })
    });
    let each = plainly.chain(privately);
    each.map(|(address, transport, is_ours)| {
        let seen = if is_ours {
            Seen::Ours
        } else {
            look(address, transport)
        };
        evaluate(case.words, address, transport, &seen)
    })
    .collect()
}

/// UDP or TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Udp,
    Tcp,
}

impl Transport {
    const BOTH: [Self; 2] = [Self::Udp, Self::Tcp];

    const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    fn tables(self) -> [&'static str; 2] {
        match self {
            Self::Udp => ["/proc/net/udp", "/proc/net/udp6"],
            Self::Tcp => ["/proc/net/tcp", "/proc/net/tcp6"],
        }
    }
}

/// A program that has a port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    pid: u32,
    name: String,
}

/// What was seen of a port.
#[derive(Debug)]
enum Seen {
    /// The running filter has it.
    Ours,
    /// It is free, and this user may have it.
    Free,
    /// Others have it, as far as this user may see them.
    Taken(Vec<Holder>),
    /// It is free, or not; this user may not have it.
    Denied,
    /// No interface has the address.
    NoAddress,
    /// Something else.
    Failed(String),
}

/// Tries to have the port, for a moment.
fn look(address: SocketAddr, transport: Transport) -> Seen {
    match try_bind(address, transport) {
        Ok(()) => Seen::Free,
        Err(error) => match error.kind() {
            io::ErrorKind::AddrInUse => Seen::Taken(holders(address, transport)),
            io::ErrorKind::PermissionDenied => Seen::Denied,
            io::ErrorKind::AddrNotAvailable => Seen::NoAddress,
            _ => Seen::Failed(error.to_string()),
        },
    }
}

fn try_bind(address: SocketAddr, transport: Transport) -> io::Result<()> {
    let (kind, protocol) = match transport {
        Transport::Udp => (Type::DGRAM, Protocol::UDP),
        Transport::Tcp => (Type::STREAM, Protocol::TCP),
    };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if transport == Transport::Tcp {
        // As the filter does: old connections in TIME_WAIT do not count.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    match transport {
        Transport::Udp => drop(UdpSocket::from(socket)),
        Transport::Tcp => {
            socket.listen(1)?;
            drop(TcpListener::from(socket));
        }
    }
    Ok(())
}

/// Who has a port of an address.
fn holders(address: SocketAddr, transport: Transport) -> Vec<Holder> {
    let tables = transport.tables();
    let texts = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok());
    let sockets = texts.flat_map(|text| proc::sockets(&text));
    let inodes = sockets
        .filter(|socket| takes(socket, address))
        .map(|socket| socket.inode);
    let inodes: Vec<_> = inodes.collect();
    let mut holders = Vec::new();
    for pid in pids() {
        let folder = Path::new("/proc").join(pid.to_string());
        if inodes_of(&folder).any(|inode| inodes.contains(&inode)) {
            let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
            holders.push(Holder {
                pid,
                name: name.trim().to_owned(),
            });
        }
    }
    holders
}

/// Whether a socket keeps others from a port of an address. One on `[::]` may take IPv4 as well.
fn takes(socket: &SocketLine, address: SocketAddr) -> bool {
    let (has, wanted) = (socket.local.ip(), address.ip());
    socket.is_open
        && socket.local.port() == address.port()
        && (has == wanted
            || has.is_unspecified() && (has.is_ipv6() || wanted.is_ipv4())
            || wanted.is_unspecified() && has.is_ipv4() == wanted.is_ipv4())
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The sockets of a process; none where this user may not look.
pub(super) fn inodes_of(folder: &Path) -> impl Iterator<Item = u64> {
    let entries = fs::read_dir(folder.join("fd"))
        .into_iter()
        .flatten()
        .flatten();
    entries.filter_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        let text = target.to_str()?.strip_prefix("socket:[")?;
        text.strip_suffix(']')?.parse().ok()
    })
}

fn evaluate(words: Words, address: SocketAddr, transport: Transport, seen: &Seen) -> Finding {
    let place = format!("{address} ({})", transport.name());
    match seen {
        Seen::Ours => Finding::good(CHECK, words.port_ours(&place)),
        Seen::Free => Finding::good(CHECK, words.port_free(&place)),
        Seen::Taken(holders) => taken(words, &place, holders),
        Seen::Denied => {
            Finding::unknown_until(CHECK, words.port_denied(&place), words.port_denied_remedy())
        }
        Seen::NoAddress => Finding::fault(
            CHECK,
            words.port_no_address(&place),
            words.port_no_address_remedy(),
        ),
        Seen::Failed(why) => Finding::fault(
            CHECK,
            words.port_unusable(&place, why),
            words.listen_remedy(),
        ),
    }
}

fn taken(words: Words, place: &str, holders: &[Holder]) -> Finding {
    let Some(first) = holders.first() else {
        return Finding::fault(CHECK, words.port_taken(place), words.port_taken_remedy());
    };
    if holders.iter().all(|holder| holder.name == "lachan") {
        let text = words.port_of_silent_filter(place, first.pid);
        return Finding::warning(CHECK, text, words.silent_filter_remedy());
    }
    let shown = holders
        .iter()
        .map(|holder| format!("{} ({})", holder.name, holder.pid));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let remedy = match first.name.as_str() {
        // The kernel keeps fifteen letters of a name.
        "systemd-resolve" => words.resolved_remedy(),
        name => match service_of(name) {
            Some(service) => words.stop_service_remedy(service),
            None => words.stop_program_remedy(&first.name, first.pid),
        },
    };
    Finding::fault(CHECK, words.port_taken_by(place, &shown), remedy)
}

/// The service of a program that is often found on port 53.
fn service_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "dnsmasq" => "dnsmasq",
        "named" => "named",
        "unbound" => "unbound",
        "pihole-FTL" => "pihole-FTL",
        "AdGuardHome" => "AdGuardHome",
        "pdns_recursor" => "pdns-recursor",
        "kresd" => "kresd@1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);

    #[track_caller]
    fn check(seen: &Seen, level: Level, remedy: &str) {
        let address = "0.0.0.0:53".parse().unwrap();
        for words in [VI, Words::new(Language::English)] {
            let finding = evaluate(words, address, Transport::Udp, seen);
            assert_eq!(finding.level, level, "{finding:?}");
            assert!(finding.text.contains("0.0.0.0:53 (UDP)"), "{finding:?}");
            let given = finding.remedy.unwrap_or_default();
            assert!(given.contains(remedy), "{given}");
        }
    }

    fn held_by(name: &str) -> Seen {
        Seen::Taken(vec![Holder {
            pid: 412,
            name: name.into(),
        }])
    }

    #[test]
    fn each_state_of_a_port_has_its_remedy() {
        check(&Seen::Ours, Level::Good, "");
        check(&Seen::Free, Level::Good, "");
        check(&Seen::Denied, Level::Unknown, "sudo");
        check(&Seen::NoAddress, Level::Fault, "resolver.listen");
        check(&Seen::Failed("x".into()), Level::Fault, "resolver.listen");
        check(&Seen::Taken(Vec::new()), Level::Fault, "sudo");
        check(
            &held_by("systemd-resolve"),
            Level::Fault,
            "DNSStubListener=no",
        );
        check(
            &held_by("dnsmasq"),
            Level::Fault,
            "systemctl disable --now dnsmasq",
        );
        check(&held_by("something"), Level::Fault, "412");
        check(&held_by("lachan"), Level::Warning, "control.socket");
    }

    #[test]
    fn whoever_holds_a_port_is_named() {
        let held = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        let Seen::Taken(holders) = look(address, Transport::Udp) else {
            panic!("the port is taken");
        };
        assert_eq!(
            holders.first().map(|holder| holder.pid),
            Some(std::process::id())
        );
        assert!(matches!(look(address, Transport::Tcp), Seen::Free));
        drop(held);
        assert!(matches!(look(address, Transport::Udp), Seen::Free));
        let nowhere = "192.0.2.77:53000".parse().unwrap();
        assert!(matches!(look(nowhere, Transport::Udp), Seen::NoAddress));
    }

    #[test]
    fn sockets_that_stand_in_the_way_are_told_from_those_that_do_not() {
        let takes = |local: &str, wanted: &str| {
            let socket = SocketLine {
                local: local.parse().unwrap(),
                inode: 1,
                is_open: true,
                drops: 0,
            };
            takes(&socket, wanted.parse().unwrap())
        };
        assert!(takes("127.0.0.53:53", "0.0.0.0:53"));
        assert!(takes("0.0.0.0:53", "127.0.0.1:53"));
        assert!(takes("[::]:53", "0.0.0.0:53"));
        assert!(!takes("0.0.0.0:53", "[::]:53"));
        assert!(!takes("127.0.0.53:53", "127.0.0.1:53"));
        assert!(!takes("127.0.0.1:54", "127.0.0.1:53"));
    }
}
