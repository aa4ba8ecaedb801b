//! What dnsmasq is told: addresses for devices, advertisements of the IPv6 network, and no DNS.
//!
//! Pure: settings in, the text of its file out, so that what a school's devices get can be read in a
//! test. Who writes the file and runs the program is `service::dhcp`'s affair.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use lachan_config::{Config, Dhcp, DhcpFixed, DhcpRange};

/// Most addresses lent at a time: dnsmasq's own limit of 1,000 is below a big school's devices.
const MOST_LEASES: u32 = 10_000;
/// The option that tells where a proxy's own settings are (draft-ietf-wrec-wpad-01 §4.4.1).
const WPAD: u8 = 252;

/// The file for dnsmasq.
///
/// What it means is in dnsmasq(8): `0.0.0.0` would stand for the machine itself, but each interface
/// has its address written, because that of option 252 must be.
pub(crate) fn file(config: &Config) -> String {
    let dhcp = &config.network.dhcp;
    let leases = dhcp.leases(&config.paths);
    let has_proxy = !config.proxy.explicit.is_empty();
    let mut text = String::from(
        "# Lá Chắn ghi tệp này theo [network.dhcp]; sửa ở đó. / Written by Lá Chắn from [network.dhcp]; change it there.\n\
         port=0\nno-resolv\nno-hosts\nbind-dynamic\nexcept-interface=lo\ndhcp-authoritative\n\
         quiet-dhcp\nquiet-dhcp6\nquiet-ra\n",
    );
    // Writing into a `String` cannot fail.
    let _ = writeln!(text, "dhcp-lease-max={MOST_LEASES}");
    let _ = writeln!(text, "dhcp-leasefile={}", leases.display());
    let _ = writeln!(text, "domain={}", dhcp.domain);
    if dhcp.ranges.iter().any(|range| range.advertise.is_on()) {
        // Only who has an address of the network is a router for it, and tells its own as DNS; no
        // flag sends devices to DHCPv6, which Android does not know. The addresses stand for the box's
        // own of that kind, and are left out where it has none.
        text.push_str("enable-ra\ndhcp-option=option6:dns-server,[::],[fd00::],[fe80::]\n");
    }
    for range in &dhcp.ranges {
        write_range(&mut text, dhcp, range, has_proxy);
    }
    for fixed in &dhcp.fixed {
        write_fixed(&mut text, fixed);
    }
    text
}

fn write_range(text: &mut String, dhcp: &Dhcp, range: &DhcpRange, has_proxy: bool) {
    let DhcpRange {
        interface,
        address,
        first,
        last,
        ..
    } = range;
    let name = interface.as_str();
    let (mask, lease) = (mask(range.length), dhcp.lease_time.as_secs());
    let _ = writeln!(text, "interface={name}");
    let _ = writeln!(text, "dhcp-range=set:{name},{first},{last},{mask},{lease}");
    let _ = writeln!(text, "dhcp-option=tag:{name},option:router,{address}");
    let _ = writeln!(text, "dhcp-option=tag:{name},option:dns-server,{address}");
    if has_proxy {
        let _ = writeln!(
            text,
            "dhcp-option=tag:{name},{WPAD},\"http://{address}/wpad.dat\""
        );
    }
    if range.advertise.is_on() {
        let _ = writeln!(text, "dhcp-range=::,constructor:{name},ra-only,64,{lease}");
    }
}

fn write_fixed(text: &mut String, fixed: &DhcpFixed) {
    let _ = write!(text, "dhcp-host={}", fixed.mac);
    if let Some(address) = fixed.address {
        let _ = write!(text, ",{address}");
    }
    if let Some(name) = &fixed.name {
        let _ = write!(text, ",{name}");
    }
    text.push('\n');
}

/// The netmask of a prefix.
fn mask(length: u8) -> Ipv4Addr {
    let hosts = u32::MAX.checked_shr(length.into()).unwrap_or(0);
    Ipv4Addr::from(!hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = r#"version = "v1"
[paths]
data = "/srv/lachan"
[network]
mode = "gateway"
inside = ["lan0", "lan0.20"]
outside = "wan0"
[network.dhcp]
mode = "run"
lease-time = "2h"
domain = "truong.lan"
[[network.dhcp.range]]
interface = "lan0"
address = "10.6.0.1/23"
first = "10.6.0.50"
last = "10.6.1.250"
[[network.dhcp.range]]
interface = "lan0.20"
address = "10.8.0.1/24"
first = "10.8.0.50"
last = "10.8.0.99"
router-advertisements = "off"
[[network.dhcp.static]]
mac = "3c:22:fb:0a:b1:9e"
address = "10.6.0.20"
name = "may-in"
[[network.dhcp.static]]
mac = "3c:22:fb:0a:b1:9f"
name = "phong-may"
[proxy]
explicit = ["10.6.0.1"]
"#;

    #[test]
    fn devices_are_told_the_box_and_dnsmasq_answers_no_names() {
        let text = file(&Config::parse(SETTINGS, "x").unwrap());
        let lines: Vec<_> = text.lines().skip(1).collect();
        let expected = [
            "port=0",
            "no-resolv",
            "no-hosts",
            "bind-dynamic",
            "except-interface=lo",
            "dhcp-authoritative",
            "quiet-dhcp",
            "quiet-dhcp6",
            "quiet-ra",
            "dhcp-lease-max=10000",
            "dhcp-leasefile=/srv/lachan/state/dnsmasq.leases",
            "domain=truong.lan",
            "enable-ra",
            "dhcp-option=option6:dns-server,[::],[fd00::],[fe80::]",
            "interface=lan0",
            "dhcp-range=set:lan0,10.6.0.50,10.6.1.250,255.255.254.0,7200",
            "dhcp-option=tag:lan0,option:router,10.6.0.1",
            "dhcp-option=tag:lan0,option:dns-server,10.6.0.1",
            "dhcp-option=tag:lan0,252,\"http://10.6.0.1/wpad.dat\"",
            "dhcp-range=::,constructor:lan0,ra-only,64,7200",
            "interface=lan0.20",
            "dhcp-range=set:lan0.20,10.8.0.50,10.8.0.99,255.255.255.0,7200",
            "dhcp-option=tag:lan0.20,option:router,10.8.0.1",
            "dhcp-option=tag:lan0.20,option:dns-server,10.8.0.1",
            "dhcp-option=tag:lan0.20,252,\"http://10.8.0.1/wpad.dat\"",
            "dhcp-host=3c:22:fb:0a:b1:9e,10.6.0.20,may-in",
            "dhcp-host=3c:22:fb:0a:b1:9f,phong-may",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_school_without_a_proxy_to_set_is_told_of_none() {
        let settings = SETTINGS.replace("explicit", "block-page");
        assert!(!file(&Config::parse(&settings, "x").unwrap()).contains("252"));
    }
}
