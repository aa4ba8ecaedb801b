//! Policy files that close browsers' ways round the filter on managed machines: Encrypted
//! ClientHello, DNS over HTTPS and QUIC. They need no certificate, and help without inspection, too.
//!
//! Chrome and Edge: chromeenterprise.google/policies (`EncryptedClientHelloEnabled`,
//! `DnsOverHttpsMode`, `QuicAllowed`); Firefox: mozilla.github.io/policy-templates
//! (`DNSOverHTTPS`, `Preferences`).

use serde_json::json;

use crate::cli::Export;

/// Where the registry has the policies of browsers that share Chrome's names for them.
const REGISTRY: [&str; 3] = ["Google\\Chrome", "Microsoft\\Edge", "BraveSoftware\\Brave"];

/// The file.
pub(super) fn bytes(kind: Export) -> String {
    match kind {
        Export::ChromeWindows => registry(),
        Export::Firefox => firefox(),
        _ => linux(),
    }
}

/// For `reg import`, or as group policy preferences.
fn registry() -> String {
    let mut lines = vec!["Windows Registry Editor Version 5.00".to_owned()];
    for vendor in REGISTRY {
        lines.push(String::new());
        lines.push(format!(
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\{vendor}]"
        ));
        lines.push("\"EncryptedClientHelloEnabled\"=dword:00000000".to_owned());
        lines.push("\"DnsOverHttpsMode\"=\"off\"".to_owned());
        lines.push("\"QuicAllowed\"=dword:00000000".to_owned());
    }
    format!("{}\r\n", lines.join("\r\n"))
}

/// For `/etc/opt/chrome/policies/managed` and `/etc/chromium/policies/managed`; what the admin
/// console of Chromebooks calls the same.
fn linux() -> String {
    let policy = json!({
        "EncryptedClientHelloEnabled": false,
        "DnsOverHttpsMode": "off",
        "QuicAllowed": false,
    });
    format!("{policy:#}\n")
}

/// For `distribution/policies.json` beside Firefox, or `/etc/firefox/policies`.
fn firefox() -> String {
    let off = json!({ "Value": false, "Status": "locked" });
    let policy = json!({
        "policies": {
            "DNSOverHTTPS": { "Enabled": false, "Locked": true },
            "Certificates": { "ImportEnterpriseRoots": true },
            "Preferences": {
                "network.dns.echconfig.enabled": off,
                "network.dns.http3_echconfig.enabled": off,
                "network.http.http3.enable": off,
            },
        },
    });
    format!("{policy:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_browser_is_told_of_all_three() {
        let text = registry();
        assert!(text.starts_with("Windows Registry Editor Version 5.00\r\n\r\n["));
        for part in [
            "Policies\\Google\\Chrome]",
            "Policies\\Microsoft\\Edge]",
            "\"EncryptedClientHelloEnabled\"=dword:00000000",
            "\"DnsOverHttpsMode\"=\"off\"",
            "\"QuicAllowed\"=dword:00000000",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let chrome: serde_json::Value = serde_json::from_str(&linux()).unwrap();
        assert_eq!(chrome["QuicAllowed"], false);
        assert_eq!(chrome["EncryptedClientHelloEnabled"], false);
        assert_eq!(chrome["DnsOverHttpsMode"], "off");
        let firefox: serde_json::Value = serde_json::from_str(&firefox()).unwrap();
        let policies = &firefox["policies"];
        assert_eq!(policies["DNSOverHTTPS"]["Enabled"], false);
        for name in ["network.dns.echconfig.enabled", "network.http.http3.enable"] {
            assert_eq!(policies["Preferences"][name]["Value"], false, "{name}");
        }
    }
}
