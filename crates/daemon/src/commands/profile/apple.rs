//! The profile for iPhone, iPad and Mac: the payload `com.apple.dnsSettings.managed`, and a payload
//! for each certificate, as a property list.

use data_encoding::BASE64;
use xxhash_rust::xxh3::xxh3_128;

use super::{Profile, Way};
use crate::words::Words;

/// Before every identifier: a new profile for the same group takes the place of the old one.
const IDENTIFIER: &str = "vn.lachan.dns";
/// Characters of base64 in a line.
const LINE: usize = 68;

/// A property list under construction.
struct List {
    text: String,
    depth: usize,
}

/// The profile as a property list.
pub(super) fn text(profile: &Profile, words: Words) -> String {
    let identifier = format!("{IDENTIFIER}.{}.{}", profile.host, uuid(&profile.group));
    let mut list = List::new();
    dns(&mut list, profile, &identifier, words);
    for (number, authority) in profile.authorities.iter().enumerate() {
        certificate(
            &mut list,
            authority,
            &format!("{identifier}.ca{number}"),
            words,
        );
    }
    let about = words.profile_about(&profile.school);
    let name = words.profile_name(&profile.group);
    list.end(&identifier, &name, &about, &profile.school)
}

/// A profile that does nothing but have a certificate trusted.
pub(in crate::commands) fn trust(school: &str, der: &[u8], words: Words) -> String {
    let identifier = format!("vn.lachan.ca.{}", uuid(school));
    let mut list = List::new();
    certificate(&mut list, der, &format!("{identifier}.root"), words);
    let (name, about) = (words.ca_title(school), words.ca_about());
    list.end(&identifier, &name, &about, school)
}

fn dns(list: &mut List, profile: &Profile, identifier: &str, words: Words) {
    list.open("dict");
    list.key("DNSSettings");
    list.open("dict");
    match profile.way {
        Way::Https(port) => {
            list.string("DNSProtocol", "HTTPS");
            list.string("ServerURL", &profile.url(port));
        }
        Way::Tls => {
            list.string("DNSProtocol", "TLS");
            list.string("ServerName", &profile.server_name());
        }
    }
    if !profile.addresses.is_empty() {
        let addresses = profile.addresses.iter().map(ToString::to_string);
        list.strings("ServerAddresses", addresses);
    }
    list.close("dict");
    if !profile.networks.is_empty() {
        rules(list, &profile.networks);
    }
    if profile.is_locked {
        list.key("ProhibitDisablement");
        list.line("<true/>");
    }
    let name = words.profile_name(&profile.group);
    payload(
        list,
        "com.apple.dnsSettings.managed",
        &format!("{identifier}.dns"),
        &name,
    );
    list.close("dict");
}

/// In these networks it holds, in others it does not.
fn rules(list: &mut List, networks: &[String]) {
    list.key("OnDemandRules");
    list.open("array");
    list.open("dict");
    list.string("Action", "Connect");
    list.strings("SSIDMatch", networks.iter().cloned());
    list.close("dict");
    list.open("dict");
    list.string("Action", "Disconnect");
    list.close("dict");
    list.close("array");
}

fn certificate(list: &mut List, der: &[u8], identifier: &str, words: Words) {
    list.open("dict");
    list.key("PayloadContent");
    list.line("<data>");
    let encoded = BASE64.encode(der);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(LINE.min(rest.len()));
        list.line(line);
        rest = behind;
    }
    list.line("</data>");
    payload(
        list,
        "com.apple.security.root",
        identifier,
        &words.profile_authority(),
    );
    list.close("dict");
}

/// What every payload has.
fn payload(list: &mut List, kind: &str, identifier: &str, name: &str) {
    list.string("PayloadDisplayName", name);
    list.string("PayloadIdentifier", identifier);
    list.string("PayloadType", kind);
    list.string("PayloadUUID", &uuid(identifier));
    list.key("PayloadVersion");
    list.line("<integer>1</integer>");
}

/// An identifier of the form a UUID has (RFC 9562 §5.8), the same for the same text.
fn uuid(text: &str) -> String {
    const VERSION: u128 = 0xF << 76;
    const VARIANT: u128 = 0b11 << 62;
    let bits = xxh3_128(text.as_bytes()) & !VERSION & !VARIANT | 8 << 76 | 0b10 << 62;
    let hex = format!("{bits:032X}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

impl List {
    /// The beginning of a profile, up to its payloads.
    fn new() -> Self {
        let mut list = Self {
            text: String::new(),
            depth: 0,
        };
        list.text.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n",
        );
        list.open("dict");
        list.key("PayloadContent");
        list.open("array");
        list
    }

    /// The end of a profile, behind its payloads.
    fn end(mut self, identifier: &str, name: &str, about: &str, school: &str) -> String {
        self.close("array");
        self.string("PayloadDescription", about);
        payload(&mut self, "Configuration", identifier, name);
        self.string("PayloadOrganization", school);
        self.string("PayloadScope", "System");
        self.close("dict");
        self.text.push_str("</plist>\n");
        self.text
    }

    fn line(&mut self, text: &str) {
        self.text.extend(std::iter::repeat_n('\t', self.depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
        self.depth += 1;
    }

    fn close(&mut self, tag: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(&format!("</{tag}>"));
    }

    fn key(&mut self, key: &str) {
        self.line(&format!("<key>{key}</key>"));
    }

    fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        self.line(&format!("<string>{}</string>", escaped(value)));
    }

    fn strings(&mut self, key: &str, values: impl Iterator<Item = String>) {
        self.key(key);
        self.open("array");
        for value in values {
            self.line(&format!("<string>{}</string>", escaped(&value)));
        }
        self.close("array");
    }
}

/// Text as XML takes it (XML 1.0 §2.4); control characters, which it does not take, are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use lachan_config::Language;

    fn of(profile: &Profile) -> String {
        text(profile, Words::new(Language::Vietnamese))
    }

    #[test]
    fn a_profile_says_where_and_as_whom_to_ask() {
        let profile = sample();
        let text = of(&profile);
        for part in [
            "<string>HTTPS</string>",
            &format!("<string>{}</string>", profile.url(8443)),
            "<string>192.168.1.2</string>",
            "<string>fd00::2</string>",
            "<string>com.apple.dnsSettings.managed</string>",
            "<string>com.apple.security.root</string>",
            &BASE64.encode(b"not really DER"),
            "Trường THCS &lt;Lê &amp; Lợi&gt;",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("OnDemandRules") && !text.contains("ProhibitDisablement"));
        for tag in ["dict", "array", "data", "plist", "string", "key"] {
            let opened = text.matches(&format!("<{tag}>")).count()
                + text.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn a_profile_may_be_for_some_networks_and_locked() {
        let profile = Profile {
            way: Way::Tls,
            networks: vec!["Truong & Lop".into()],
            is_locked: true,
            ..sample()
        };
        let text = of(&profile);
        let name = format!("<string>{}</string>", profile.server_name());
        for part in [
            "<string>TLS</string>",
            &name,
            "Truong &amp; Lop",
            "Disconnect",
            "<true/>",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn the_same_group_gets_the_same_identifiers_and_another_others() {
        assert_eq!(of(&sample()), of(&sample()));
        let other = Profile {
            group: "lop-6b".into(),
            ..sample()
        };
        let identifiers = |text: &str| {
            let lines = text.lines().filter(|line| line.contains(IDENTIFIER));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let (first, second) = (identifiers(&of(&sample())), identifiers(&of(&other)));
        assert_eq!(first.len(), 3);
        assert!(first.iter().all(|one| !second.contains(one)));
    }

    #[test]
    fn identifiers_have_the_form_of_uuids() {
        let uuid = uuid("x");
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "8", "{uuid}");
        assert!(matches!(&uuid[19..20], "8" | "9" | "A" | "B"), "{uuid}");
    }
}
