//! The script for Windows: makes DoH known for the box's addresses, and trusts the certificates it
//! carries. For PowerShell 5.1 and later, on Windows 11 and Windows Server 2022.

use data_encoding::BASE64;

use super::{Profile, ProfileError, Way};
use crate::words::Words;

/// Without it PowerShell 5.1 takes a script for one in the system's old code page.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Characters of base64 in a line.
const LINE: usize = 64;

/// The script.
///
/// # Errors
/// [`ProfileError::NoAddress`]: Windows looks a DoH server up by its address.
pub(super) fn text(profile: &Profile, words: Words) -> Result<String, ProfileError> {
    if profile.addresses.is_empty() {
        return Err(ProfileError::NoAddress);
    }
    let Way::Https(port) = profile.way else {
        return Err(ProfileError::NoDot);
    };
    let mut lines = vec!["#Requires -RunAsAdministrator".to_owned()];
    let about = [
        words.profile_name(&profile.group),
        words.profile_about(&profile.school),
    ];
    lines.extend(about.iter().map(|line| format!("# {line}")));
    lines.push("$ErrorActionPreference = 'Stop'".to_owned());
    for authority in &profile.authorities {
        lines.extend(trust(authority));
    }
    lines.extend(servers(profile, port));
    lines.push(format!("Write-Host {}", quoted(&words.profile_installed())));
    Ok(format!("{BYTE_ORDER_MARK}{}\r\n", lines.join("\r\n")))
}

/// Puts a certificate among those the machine trusts.
pub(in crate::commands) fn trust(der: &[u8]) -> Vec<String> {
    let encoded = BASE64.encode(der);
    let mut lines = vec![
        "$certificate = @'".to_owned(),
        "-----BEGIN CERTIFICATE-----".to_owned(),
    ];
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at(LINE.min(rest.len()));
        lines.push(line.to_owned());
        rest = behind;
    }
    let end = [
        "-----END CERTIFICATE-----",
        "'@",
        "$file = New-TemporaryFile",
        "Set-Content -Path $file -Value $certificate -Encoding Ascii",
        "Import-Certificate -FilePath $file -CertStoreLocation Cert:\\LocalMachine\\Root | Out-Null",
        "Remove-Item $file",
    ];
    lines.extend(end.map(str::to_owned));
    lines
}

/// Makes DoH known for every address, with no way back to plain DNS.
fn servers(profile: &Profile, port: u16) -> Vec<String> {
    let addresses = profile.addresses.iter();
    let addresses = addresses
        .map(|address| quoted(&address.to_string()))
        .collect::<Vec<_>>();
    let options = "-DohTemplate $template -AllowFallbackToUdp $false -AutoUpgrade $true | Out-Null";
    vec![
        format!("$template = {}", quoted(&profile.url(port))),
        format!("foreach ($server in @({})) {{", addresses.join(", ")),
        "    $known = Get-DnsClientDohServerAddress | Where-Object ServerAddress -eq $server"
            .to_owned(),
        "    if ($known) {".to_owned(),
        format!("        Set-DnsClientDohServerAddress -ServerAddress $server {options}"),
        "    } else {".to_owned(),
        format!("        Add-DnsClientDohServerAddress -ServerAddress $server {options}"),
        "    }".to_owned(),
        "}".to_owned(),
        "Clear-DnsClientCache".to_owned(),
    ]
}

/// Text as PowerShell takes it without looking into it.
pub(in crate::commands) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use lachan_config::Language;

    fn of(profile: &Profile) -> Result<String, ProfileError> {
        text(profile, Words::new(Language::Vietnamese))
    }

    #[test]
    fn a_script_makes_doh_known_without_a_way_back() {
        let profile = sample();
        let text = of(&profile).unwrap();
        assert!(
            text.starts_with("\u{feff}#Requires -RunAsAdministrator\r\n"),
            "{text}"
        );
        for part in [
            &format!("$template = '{}'", profile.url(8443)),
            "@('192.168.1.2', 'fd00::2')",
            "Add-DnsClientDohServerAddress -ServerAddress $server",
            "-AllowFallbackToUdp $false -AutoUpgrade $true",
            "Cert:\\LocalMachine\\Root",
            &BASE64.encode(b"not really DER"),
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn windows_needs_an_address() {
        let profile = Profile {
            addresses: Vec::new(),
            ..sample()
        };
        assert_eq!(of(&profile), Err(ProfileError::NoAddress));
    }

    #[test]
    fn no_text_gets_out_of_its_quotes() {
        assert_eq!(quoted("a'; Remove-Item '"), "'a''; Remove-Item '''");
    }
}
