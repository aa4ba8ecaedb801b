//! `lachan doctor`: on this machine without sending anything, and in a net of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use socket2::{Domain, Protocol, Socket, Type};

use crate::support::{Done, Place, rules};

/// The level and text of the findings of a check.
fn findings(done: &Done, check: &str) -> Vec<(String, String)> {
    let document = done.json();
    let all = document["findings"].as_array().unwrap();
    let found = all.iter().filter(|finding| finding["check"] == check);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found
        .map(|finding| {
            (
                text(&finding["level"]),
                format!("{} {}", text(&finding["text"]), text(&finding["remedy"])),
            )
        })
        .collect()
}

#[track_caller]
fn check(done: &Done, check: &str, level: &str, part: &str) {
    let found = findings(done, check);
    let has = |(l, text): &(String, String)| l == level && text.contains(part);
    assert!(found.iter().any(has), "{check} {level} {part:?}: {found:?}");
}

fn place() -> Place {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    place.put_ruleset();
    place.put_groups();
    place
}

#[test]
fn a_filter_in_good_order_is_found_so() {
    let place = place();
    let server = place.start();
    let done = place.run(&["doctor", "--offline", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.json()["ok"], true);
    check(&done, "settings", "good", "lachan.toml");
    check(&done, "database", "good", "5 groups");
    check(&done, "ruleset", "good", "0 days old");
    let address = server.address.to_string();
    check(
        &done,
        "answering",
        "good",
        &format!("{address} (UDP): answers a local name"),
    );
    check(
        &done,
        "answering",
        "good",
        &format!("{address} (TCP): blocks"),
    );
    check(&done, "lost-queries", "good", "no query");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_filter_that_does_not_run_is_a_fault_with_its_remedy() {
    let place = place();
    let done = place.run(&["doctor", "--offline", "--json"]);
    assert_eq!(done.code, 1, "{done:?}");
    check(&done, "answering", "fault", "systemctl start lachan");
    let mut vietnamese = place.command(&["doctor", "--offline"]);
    let output = vietnamese.env("LANG", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("✗ bộ lọc không chạy") && text.contains("→ sudo systemctl"),
        "{text}"
    );
}

#[test]
fn whoever_has_the_port_is_named() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let place = Place::new();
    place.settings(&format!("listen = [\"{address}\"]\nupstreams = []"));
    let done = place.run(&["doctor", "--offline", "--json"]);
    assert_eq!(done.code, 1);
    let pid = std::process::id().to_string();
    check(&done, "ports", "fault", &pid);
    check(&done, "ports", "good", "(TCP)");
}

#[test]
fn mistakes_in_the_settings_hide_no_other_finding() {
    let place = place();
    place.add_settings("[log]\nlevel = \"loud\"");
    let done = place.run(&["doctor", "--offline", "--json"]);
    assert_eq!(done.code, 1);
    check(&done, "settings", "fault", "loud");
    assert!(!findings(&done, "memory").is_empty() && !findings(&done, "ports").is_empty());
}

#[test]
fn damaged_files_are_told_with_what_to_do() {
    let place = place();
    std::fs::remove_file(place.ruleset()).unwrap();
    std::fs::write(place.ruleset(), b"damaged").unwrap();
    let done = place.run(&["doctor", "--offline", "--json"]);
    check(&done, "ruleset", "fault", "lachan lists compile");
    std::fs::remove_file(place.ruleset()).unwrap();
    let done = place.run(&["doctor", "--offline", "--json"]);
    check(&done, "ruleset", "warning", "there is no ruleset");
    assert!(rules().is_dir());
}

/// Two machines on a cable: this box, and a router that sends devices elsewhere.
struct Net {
    name: String,
    router: Child,
}

const BOX: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 2);
const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 1);
const ELSEWHERE: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x53);
/// What the router says when all its sockets are open.
const LISTENS: &str = "the router listens";
/// Set in the process that plays the router.
const ROLE: &str = "LACHAN_TEST_ROUTER";

impl Net {
    /// `None` where this user may make no network namespaces.
    fn new() -> Option<Self> {
        let name = format!("lachan{}", std::process::id());
        let script = format!(
            "set -e
             ip netns add {name}b; ip netns add {name}r
             ip link add b0 netns {name}b type veth peer name r0 netns {name}r
             for end in b r; do
                 ip netns exec {name}$end sh -c \"echo 0 > /proc/sys/net/ipv6/conf/${{end}}0/accept_dad\"
                 ip -n {name}$end link set lo up
                 ip -n {name}$end link set ${{end}}0 up
             done
             ip -n {name}b addr add {BOX}/24 dev b0
             ip -n {name}r addr add {ROUTER}/24 dev r0
             ip -n {name}b route add default via {ROUTER}
             # Both ends have to have an address of the link before anybody speaks from it.
             for end in b r; do
                 for try in $(seq 2000); do
                     found=$(ip -n {name}$end -6 -o addr show dev ${{end}}0 scope link -tentative)
                     if [ -n \"$found\" ]; then break; fi
                 done
                 [ -n \"$found\" ]
             done"
        );
        let made = Command::new("bash").args(["-c", &script]).output().ok()?;
        if !made.status.success() {
            remove(&name);
            return None;
        }
        let mut router = Command::new("ip")
            .args(["netns", "exec", &format!("{name}r")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "doctor::plays_the_router", "--nocapture"])
            .env(ROLE, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(router.stdout.take().unwrap());
        let net = Self { name, router };
        // Whoever asks before it listens is not heard.
        let mut lines = said.lines().map_while(Result::ok);
        assert!(
            lines.any(|line| line.ends_with(LISTENS)),
            "the router ended"
        );
        Some(net)
    }

    fn run(&self, place: &Place, arguments: &[&str]) -> Done {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &format!("{}b", self.name)])
            .arg(env!("CARGO_BIN_EXE_lachan"))
            .args(arguments)
            .env("LACHAN_CONFIG", place.path("lachan.toml"))
            .env("LANG", "en_US.UTF-8");
        crate::support::done(command.output().unwrap())
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        let _ = self.router.kill();
        let _ = self.router.wait();
        remove(&self.name);
    }
}

fn remove(name: &str) {
    for end in ["b", "r"] {
        let _ = Command::new("ip")
            .args(["netns", "del", &format!("{name}{end}")])
            .stderr(Stdio::null())
            .status();
    }
}

#[test]
fn what_devices_are_told_on_the_net_is_found() {
    let Some(net) = Net::new() else {
        // Making namespaces is root's; the evaluation of what is heard has tests of its own.
        return;
    };
    let place = Place::new();
    place.settings(&format!("listen = [\"{BOX}:53\"]\nupstreams = []"));
    let done = net.run(&place, &["doctor", "--json"]);
    check(
        &done,
        "dhcp",
        "fault",
        &format!("has devices ask {ROUTER}, not this box"),
    );
    check(&done, "ipv6", "fault", &ELSEWHERE.to_string());
    check(&done, "gateway", "good", "does not answer DNS");
    check(&done, "ports", "good", &format!("{BOX}:53 (UDP)"));
}

/// No test: the other end of the cable, in a process and a namespace of its own.
#[test]
fn plays_the_router() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let (leases, advertisements) = (leases(), advertisements());
    println!("{LISTENS}");
    std::io::stdout().flush().unwrap();
    std::thread::spawn(|| advertise(advertisements));
    offer(&leases);
}

/// Where addresses are asked for.
fn leases() -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.set_broadcast(true).unwrap();
    socket.bind_device(Some(b"r0")).unwrap();
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 67));
    socket.bind(&any.into()).unwrap();
    socket.into()
}

/// Offers addresses, with itself as the name server.
fn offer(socket: &UdpSocket) {
    let mut buffer = [0; 1500];
    loop {
        let (length, _) = socket.recv_from(&mut buffer).unwrap();
        let mut packet = buffer[..length.min(240)].to_vec();
        packet[0] = 2;
        packet.extend([53, 1, 2, 54, 4]);
        packet.extend(ROUTER.octets());
        packet.extend([6, 4]);
        packet.extend(ROUTER.octets());
        packet.push(255);
        socket.send_to(&packet, (Ipv4Addr::BROADCAST, 68)).unwrap();
    }
}

/// Where routers are solicited, and the number of the link.
fn advertisements() -> (UdpSocket, u32) {
    let index: u32 = std::fs::read_to_string("/sys/class/net/r0/ifindex")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(2);
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6)).unwrap();
    let all_routers = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 2);
    socket.join_multicast_v6(&all_routers, index).unwrap();
    socket.set_multicast_hops_v6(255).unwrap();
    socket.set_multicast_if_v6(index).unwrap();
    (socket.into(), index)
}

/// Advertises another name server to whoever solicits.
fn advertise((socket, index): (UdpSocket, u32)) {
    let mut packet = vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    packet.extend([25, 3, 0, 0, 0, 0, 1, 44]);
    packet.extend(ELSEWHERE.octets());
    let all_nodes = SocketAddrV6::new(Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 1), 0, 0, index);
    let mut buffer = [0; 1500];
    loop {
        let (_, from) = socket.recv_from(&mut buffer).unwrap();
        if buffer[0] == 133 && matches!(from.ip(), IpAddr::V6(_)) {
            let _ = socket.send_to(&packet, all_nodes);
        }
    }
}
