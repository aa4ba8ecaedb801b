//! The proxy configuration file (PAC), which browsers fetch as `/proxy.pac` or, by themselves, as
//! `/wpad.dat`: what goes to the proxy and what goes directly.
//!
//! A pure function from values to the file. Every value is written so that it cannot become script.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{Name, Subnet};

/// Its media type.
pub const CONTENT_TYPE: &str = "application/x-ns-proxy-autoconfig";

/// Where IPv4 begins in the table of both families: its length is counted from there.
const IPV4_AT: u8 = 96;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pac {
    /// The proxy: the box's name or address as devices reach it, and the port. `None`: everything
    /// goes directly.
    pub proxy: Option<(String, u16)>,
    /// Names that the proxy itself serves, though they lie below one that is asked directly.
    pub served_names: Vec<Name>,
    /// Names that are asked directly, with all below them: the box's own, the school's.
    pub direct_names: Vec<Name>,
    /// Ranges that are asked directly where an address stands in the URL: the school's own.
    pub direct_nets: Vec<Subnet>,
    /// Whether browsers go directly when the proxy does not answer. Only where what goes directly is
    /// filtered, too: else to switch the proxy off would be the way out.
    pub or_direct: bool,
}

impl Pac {
    /// The file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::from(
            "// Lá Chắn: tệp cấu hình proxy tự động / proxy configuration\n\
             function FindProxyForURL(url, host) {\n\
             \x20 host = host.toLowerCase();\n\
             \x20 if (host.charAt(host.length - 1) === \".\") host = host.substring(0, host.length - 1);\n\
             \x20 if (isPlainHostName(host) || host === \"localhost\" || host === \"127.0.0.1\" || host === \"::1\") return \"DIRECT\";\n",
        );
        for name in &self.served_names {
            let (name, answer) = (quoted(&name.to_string()), quoted(&self.answer()));
            let _ = writeln!(out, "  if (host === {name}) return {answer};");
        }
        for name in &self.direct_names {
            let name = quoted(&name.to_string());
            // A `String` takes whatever is written.
            let _ = writeln!(
                out,
                "  if (host === {name} || dnsDomainIs(host, \".\" + {name})) return \"DIRECT\";"
            );
        }
        self.render_nets(&mut out);
        let _ = writeln!(out, "  return {};\n}}", quoted(&self.answer()));
        out
    }

    /// Only an address that stands in the URL is compared: to resolve names would tell the browser's
    /// own resolver what the proxy is asked for, and make every page wait.
    fn render_nets(&self, out: &mut String) {
        let v4 = self.direct_nets.iter().filter_map(|net| {
            let IpAddr::V4(first) = IpAddr::from(Ipv6Addr::from(net.first())).to_canonical() else {
                return None;
            };
            let length = net.length().checked_sub(IPV4_AT)?;
            Some((first, mask(length)))
        });
        for (first, mask) in v4 {
            let _ = writeln!(
                out,
                "  if (/^[0-9.]+$/.test(host) && isInNet(host, \"{first}\", \"{mask}\")) return \"DIRECT\";"
            );
        }
    }

    fn answer(&self) -> String {
        match &self.proxy {
            None => "DIRECT".to_owned(),
            Some((host, port)) => {
                let host: String = host.chars().filter(|c| is_of_host(*c)).collect();
                let direct = if self.or_direct { "; DIRECT" } else { "" };
                format!("PROXY {host}:{port}{direct}")
            }
        }
    }
}

/// The mask of a prefix of IPv4.
fn mask(length: u8) -> Ipv4Addr {
    let ones = u32::MAX
        .checked_shl(32 - u32::from(length.min(32)))
        .unwrap_or(0);
    Ipv4Addr::from(ones)
}

const fn is_of_host(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | ':' | '[' | ']')
}

/// A string of JavaScript: every character that is not plain is escaped by its number.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(c) if is_of_host(c) || matches!(c, ' ' | ';') => out.push(c),
            _ => {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn pac() -> Pac {
        Pac {
            proxy: Some(("lachan.truong.vn".to_owned(), 3128)),
            served_names: vec![Name::from_text("lachan.truong.vn").unwrap()],
            direct_names: vec![Name::from_text("truong.vn").unwrap()],
            direct_nets: vec![Subnet::around("10.1.0.0".parse().unwrap(), 16)],
            or_direct: false,
        }
    }

    /// What browsers offer to a PAC file, and what the file answers for these hosts.
    fn run(text: &str, hosts: &[&str]) -> Option<String> {
        const ABOUT: &str = "const isPlainHostName = h => !h.includes('.') && !h.includes(':');\
            const dnsDomainIs = (h, d) => h.endsWith(d);\
            const n = a => a.split('.').reduce((s, p) => s * 256 + (+p), 0);\
            const isInNet = (h, a, m) => ((n(h) & n(m)) >>> 0) === ((n(a) & n(m)) >>> 0);";
        let hosts = serde_json::to_string(hosts).unwrap();
        let script = format!(
            "{ABOUT}{text};console.log({hosts}.map(h => FindProxyForURL('http://' + h + '/', h)).join('|'))"
        );
        let output = Command::new("node").arg("-e").arg(script).output().ok()?;
        assert!(
            output.status.success(),
            "{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    #[test]
    fn what_is_of_the_school_goes_directly_and_all_else_to_the_proxy() {
        let hosts = [
            "hoc.vn",
            "TRUONG.vn",
            "a.truong.vn.",
            "lachan.truong.vn",
            "xtruong.vn",
            "10.1.2.3",
            "10.2.2.3",
            "may-in",
            "127.0.0.1",
        ];
        let proxy = "PROXY lachan.truong.vn:3128";
        let expected =
            format!("{proxy}|DIRECT|DIRECT|{proxy}|{proxy}|DIRECT|{proxy}|DIRECT|DIRECT");
        if let Some(got) = run(&pac().render(), &hosts) {
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn direct_is_offered_only_where_it_is_filtered() {
        let mut pac = pac();
        assert!(!pac.render().contains("; DIRECT"));
        pac.or_direct = true;
        assert!(
            pac.render()
                .contains("\"PROXY lachan.truong.vn:3128; DIRECT\"")
        );
        pac.proxy = None;
        assert!(pac.render().contains("return \"DIRECT\";\n}"));
    }

    #[test]
    fn odd_values_are_no_script() {
        let odd = Pac {
            proxy: Some(("\"; alert(1); //\n\u{2028}\\".to_owned(), 1)),
            direct_names: vec![Name::from_wire(b"\x07a\"+x;\n\\\x02vn\x00").unwrap().0],
            ..pac()
        };
        if let Some(got) = run(&odd.render(), &["hoc.vn"]) {
            assert!(got.starts_with("PROXY "), "{got}");
        }
    }

    proptest! {
        #[test]
        fn no_value_ends_its_string(host in ".{0,40}", label in proptest::collection::vec(any::<u8>(), 1..40)) {
            let mut wire = vec![u8::try_from(label.len()).unwrap()];
            wire.extend(&label);
            wire.extend(b"\x02vn\x00");
            let odd = Pac {
                proxy: Some((host, 8080)),
                direct_names: vec![Name::from_wire(&wire).unwrap().0],
                ..Pac::default()
            };
            let text = odd.render();
            // Strings are the only place where values stand, and none is open at the end of a line.
            for line in text.lines().skip(1) {
                prop_assert_eq!(line.matches('"').count() % 2, 0, "{}", line);
            }
            prop_assert!(text.lines().skip(1).all(str::is_ascii));
            prop_assert_eq!(text.lines().count(), Pac::default().render().lines().count() + 1);
        }
    }
}
