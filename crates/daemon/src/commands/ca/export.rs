//! What machines need to trust the authority, system by system.

use crate::authority::Public;
use crate::cli::Export;
use crate::commands::profile::{apple, windows};
use crate::words::Words;

/// Without it Notepad and PowerShell 5.1 take a text for one in the system's old code page.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The file.
pub(super) fn bytes(kind: Export, known: &Public, school: &str, words: Words) -> Vec<u8> {
    match kind {
        Export::Cer => known.der.clone(),
        Export::Windows => script(known, school, words).into_bytes(),
        Export::Apple => apple::trust(school, &known.der, words).into_bytes(),
        Export::Android => guide(&android(known, words)).into_bytes(),
        Export::Chromebook => guide(&chromebook(known, words)).into_bytes(),
        Export::Pem | Export::ChromeWindows | Export::ChromeLinux | Export::Firefox => {
            known.pem.clone().into_bytes()
        }
    }
}

/// The script for Windows: Edge and Chrome trust what the machine trusts, Firefox where it is told to.
fn script(known: &Public, school: &str, words: Words) -> String {
    let mut lines = vec!["#Requires -RunAsAdministrator".to_owned()];
    for about in [
        words.ca_title(school),
        words.ca_about(),
        words.ca_fingerprint(&known.fingerprint()),
        words.ca_gpo_title(),
        words.ca_gpo_script(),
        words.ca_gpo_store(),
        words.ca_gpo_remove(),
    ] {
        lines.push(format!("# {about}"));
    }
    lines.push("$ErrorActionPreference = 'Stop'".to_owned());
    lines.extend(windows::trust(&known.der));
    let firefox = "HKLM:\\SOFTWARE\\Policies\\Mozilla\\Firefox\\Certificates";
    lines.push(format!("New-Item -Path '{firefox}' -Force | Out-Null"));
    lines.push(format!(
        "Set-ItemProperty -Path '{firefox}' -Name ImportEnterpriseRoots -Type DWord -Value 1"
    ));
    lines.push(format!(
        "Write-Host {}",
        windows::quoted(&words.ca_installed())
    ));
    format!("{BYTE_ORDER_MARK}{}\r\n", lines.join("\r\n"))
}

fn android(known: &Public, words: Words) -> Vec<String> {
    vec![
        words.ca_android_title(),
        words.ca_android_file(),
        words.ca_android_where(),
        words.ca_android_managed(),
        words.ca_android_limit(),
        words.ca_compare(&known.fingerprint()),
    ]
}

fn chromebook(known: &Public, words: Words) -> Vec<String> {
    vec![
        words.ca_chromebook_title(),
        words.ca_chromebook_file(),
        words.ca_chromebook_where(),
        words.ca_chromebook_policies(),
        words.ca_compare(&known.fingerprint()),
    ]
}

fn guide(lines: &[String]) -> String {
    format!("{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;
    use data_encoding::BASE64;
    use lachan_config::Language;
    use lachan_policy::NeverInspected;
    use lachan_proxy::inspect::Authority;

    fn known() -> (String, Public) {
        let none = NeverInspected::default();
        let (key, pem) = Authority::make("THCS", 1_795_342_140, &none).unwrap();
        let (validity, der) = Authority::facts(&pem).unwrap();
        (key, Public { pem, der, validity })
    }

    #[test]
    fn every_export_carries_or_names_the_certificate_and_nothing_of_the_key() {
        let (key, known) = known();
        let secret: String = key.lines().filter(|line| !line.contains("---")).collect();
        let secret = BASE64.decode(secret.as_bytes()).unwrap();
        // The private number stands behind a header of 36 bytes.
        let number = &secret[36..68];
        let inside = [BASE64.encode(number), BASE64.encode(&secret)];
        for language in [Language::Vietnamese, Language::English] {
            for kind in Export::value_variants() {
                let bytes = bytes(*kind, &known, "Trường <A>", Words::new(language));
                assert!(!bytes.windows(32).any(|part| part == number), "{kind:?}");
                let text = String::from_utf8_lossy(&bytes).replace(['\r', '\n', '\t'], "");
                assert!(!text.contains("PRIVATE"), "{kind:?}");
                assert!(inside.iter().all(|part| !text.contains(part)), "{kind:?}");
                let carries = text.contains(&BASE64.encode(&known.der))
                    || bytes == known.der
                    || text.contains(&known.fingerprint());
                assert!(carries, "{kind:?}: {text}");
            }
        }
    }

    #[test]
    fn the_script_trusts_the_certificate_for_edge_chrome_and_firefox() {
        let (_, known) = known();
        let text = script(&known, "Trường", Words::new(Language::Vietnamese));
        assert!(
            text.starts_with("\u{feff}#Requires -RunAsAdministrator\r\n"),
            "{text}"
        );
        for part in ["Cert:\\LocalMachine\\Root", "ImportEnterpriseRoots", "GPO"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }
}
