//! `lachan profile`: what a managed device needs to use encrypted DNS as a member of its group: a
//! profile for Apple's systems, a script for Windows, and for Android what is to be typed in.
//!
//! A token is a secret of its group, so what is written here is for the school's devices only.

mod android;
pub(super) mod apple;
pub(super) mod windows;

use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lachan_api::ports::{DnsWays, TokenUse};
use lachan_config::Config;
use lachan_policy::{Group, Name, Token};
use lachan_resolver::{CertificateFacts, authorities, is_vouched_for};

use crate::certificate::{self, CertificateError};
use crate::cli::{self, System};
use crate::console::{Console, WARNING, styled};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::{Words, path};

/// The port of DoT (RFC 7858 §3.1), the only one that Apple's and Android's settings know.
const DOT_PORT: u16 = 853;
/// The port of HTTPS, left out of URLs.
const HTTPS_PORT: u16 = 443;

/// Why no profile can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProfileError {
    /// Neither the settings nor the certificate has a name.
    #[error("no name of the box is known")]
    NoName,
    /// The listener that devices would use is off.
    #[error("{0} is off")]
    NoListener(&'static str),
    /// DoT listens elsewhere than devices look.
    #[error("DoT listens at port {0}, and devices look for it at 853")]
    DotPort(u16),
    /// The certificate does not hold for a token in the server name.
    #[error("the certificate is not for *.{0}")]
    NoWildcard(Box<Name>),
    /// The token is another group's, or nobody's.
    #[error("the token is not of the group {group}")]
    NotItsToken {
        /// The group that was named.
        group: String,
        /// The group that has the token.
        holder: Option<String>,
    },
    /// Windows knows a DoH server by its address.
    #[error("no address of the box is given")]
    NoAddress,
    /// Windows has no DoT.
    #[error("Windows knows DoH only")]
    NoDot,
    /// What only Apple's profiles can say.
    #[error("{0} works on Apple's systems only")]
    AppleOnly(&'static str),
}

/// What a profile says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Profile {
    school: String,
    group: String,
    token: Token,
    /// The name devices know the box by.
    host: Name,
    way: Way,
    addresses: Vec<IpAddr>,
    /// Certificates that devices are to trust, DER.
    authorities: Vec<Vec<u8>>,
    /// The Wi-Fi networks it holds in; none means everywhere.
    networks: Vec<String>,
    /// Whether the user may not switch it off.
    is_locked: bool,
}

/// By which way devices ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// DoH, at this port.
    Https(u16),
    /// DoT.
    Tls,
}

impl Profile {
    /// The URL of DoH.
    fn url(&self, port: u16) -> String {
        let port = if port == HTTPS_PORT {
            String::new()
        } else {
            format!(":{port}")
        };
        format!("https://{}{port}/dns-query/{}", self.host, self.token)
    }

    /// The server name of DoT.
    fn server_name(&self) -> String {
        format!("{}.{}", self.token, self.host)
    }
}

/// Makes a profile.
///
/// # Errors
/// [`Fault`]: the settings, the group, the certificates, or why none can be made.
pub(crate) fn profile(asked: &cli::Profile, console: &mut Console<'_>) -> Result<Exit, Fault> {
    check_system(asked)?;
    let config = database::config(&asked.settings)?;
    let profile = gather(asked, &config)?;
    let text = match asked.system {
        System::Apple => apple::text(&profile, console.words),
        System::Windows => windows::text(&profile, console.words)?,
        System::Android => android::text(&profile, console.words),
    };
    match &asked.out {
        None => console
            .out
            .write_all(text.as_bytes())
            .map_err(Fault::Output)?,
        Some(file) => {
            write(file, &text)?;
            console.line(console.words.profile_written(&path(file), &profile.group))?;
        }
    }
    warn_of_private(asked, &config, console)?;
    Ok(Exit::Done)
}

/// The ways of encrypted DNS that these settings give, as the pages show them.
pub(crate) fn ways_for_web(config: &Config) -> DnsWays {
    let Some(known) = Known::of(config) else {
        return DnsWays::default();
    };
    DnsWays {
        has_doh: known.doh(config).is_some(),
        has_dot: known.has_dot(config),
        is_public: known.is_public(),
        host: known.host.map(|host| host.to_string()),
    }
}

/// How devices of a group use a token, as the pages show it once. `addresses` are the box's own, by
/// which Windows knows it.
pub(crate) fn token_for_web(
    config: &Config,
    group: &str,
    token: Token,
    addresses: Vec<IpAddr>,
    words: Words,
) -> TokenUse {
    let Some(known) = Known::of(config) else {
        return TokenUse::default();
    };
    let Some(host) = known.host else {
        return TokenUse::default();
    };
    let doh = known.doh(config);
    let has_dot = known.has_dot(config);
    let profile = |way| Profile {
        school: config.school.name.clone(),
        group: group.to_owned(),
        token,
        host,
        way,
        addresses: addresses.clone(),
        // A chain that ends with its own authority brings it along.
        authorities: known.authorities(),
        networks: Vec::new(),
        is_locked: false,
    };
    let by_https = doh.map(|port| profile(Way::Https(port)));
    let by_tls = has_dot.then(|| profile(Way::Tls));
    let apple = by_https.as_ref().or(by_tls.as_ref());
    TokenUse {
        doh_url: doh.zip(by_https.as_ref()).map(|(port, one)| one.url(port)),
        dot_name: by_tls.as_ref().map(Profile::server_name),
        apple: apple.map(|one| apple::text(one, words)),
        windows: by_https.and_then(|one| windows::text(&one, words).ok()),
    }
}

/// What the settings and their certificate say of the box.
struct Known {
    host: Option<Name>,
    chain: Vec<u8>,
    facts: Option<CertificateFacts>,
}

impl Known {
    /// `None` where there is no certificate.
    fn of(config: &Config) -> Option<Self> {
        let tls = config.resolver.encrypted.tls.as_ref()?;
        let chain = certificate::read(&tls.cert).unwrap_or_default();
        let facts = CertificateFacts::from_pem(&chain).ok();
        let of_certificate = || facts.as_ref()?.own_names().first().copied();
        let host = tls.names.first().copied().or_else(of_certificate);
        Some(Self { host, chain, facts })
    }

    /// The port of DoH.
    fn doh(&self, config: &Config) -> Option<u16> {
        let first = config.resolver.encrypted.listen_doh.first()?;
        self.facts.is_some().then_some(first.port())
    }

    fn has_dot(&self, config: &Config) -> bool {
        let mut all = config.resolver.encrypted.listen_dot.iter();
        let is_below = |host| {
            self.facts
                .as_ref()
                .is_some_and(|facts| facts.covers_below(host))
        };
        all.any(|address| address.port() == DOT_PORT) && self.host.as_ref().is_some_and(is_below)
    }

    fn is_public(&self) -> bool {
        let roots = rustls_native_certs::load_native_certs().certs;
        let roots: Vec<Vec<u8>> = roots.into_iter().map(|der| der.to_vec()).collect();
        is_vouched_for(&self.chain, &roots)
    }

    /// Who vouches for the certificate, where the chain says so and no public authority does.
    fn authorities(&self) -> Vec<Vec<u8>> {
        const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
        if self.is_public() {
            return Vec::new();
        }
        let mut begins = self.chain.windows(BEGIN.len()).enumerate();
        let behind_own = begins.by_ref().filter(|(_, text)| *text == BEGIN).nth(1);
        let rest = behind_own.and_then(|(at, _)| self.chain.get(at..));
        rest.and_then(|pem| authorities(pem).ok())
            .unwrap_or_default()
    }
}

/// What a system's profile cannot say is refused: a device that is thought to be locked, or to use
/// the filter in one network only, should be.
fn check_system(asked: &cli::Profile) -> Result<(), ProfileError> {
    if asked.system == System::Apple {
        return Ok(());
    }
    if !asked.wifi.is_empty() {
        return Err(ProfileError::AppleOnly("--wifi"));
    }
    if asked.locked {
        return Err(ProfileError::AppleOnly("--locked"));
    }
    Ok(())
}

/// Warns when devices that trust public authorities alone will not trust the box, because its
/// certificate is a school's own and the profile does not carry who issued it. Android is told so
/// in its steps, whatever the certificate.
fn warn_of_private(
    asked: &cli::Profile,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let Some(tls) = &config.resolver.encrypted.tls else {
        return Ok(());
    };
    if asked.ca.is_some() || asked.system == System::Android {
        return Ok(());
    }
    let roots: Vec<Vec<u8>> = rustls_native_certs::load_native_certs()
        .certs
        .into_iter()
        .map(|der| der.to_vec())
        .collect();
    if is_vouched_for(&certificate::read(&tls.cert)?, &roots) {
        return Ok(());
    }
    console.note(styled(WARNING, console.words.profile_is_private()))
}

fn gather(asked: &cli::Profile, config: &Config) -> Result<Profile, Fault> {
    check_group(&asked.group, asked.token, config)?;
    let facts = facts(config)?;
    let host = host(asked, config, facts.as_ref())?;
    let way = way(asked, config)?;
    if let (Way::Tls, Some(facts)) = (way, &facts)
        && !facts.covers_below(&host)
    {
        return Err(ProfileError::NoWildcard(host.into()).into());
    }
    Ok(Profile {
        school: config.school.name.clone(),
        group: asked.group.clone(),
        token: asked.token,
        host,
        way,
        addresses: asked.address.clone(),
        authorities: carried(asked)?,
        networks: asked.wifi.clone(),
        is_locked: asked.locked,
    })
}

/// Only a group that is there can have a token, and the token has to be its own: with another
/// group's a device would be put where its profile does not say, with none it would lose DNS.
fn check_group(name: &str, token: Token, config: &Config) -> Result<(), Fault> {
    let groups = match Database::open_existing(config)? {
        Some(database) => database.ask(|reader| reader.groups())?,
        None => Vec::new(),
    };
    check_token(&groups, name, token)
}

fn check_token(groups: &[Group], name: &str, token: Token) -> Result<(), Fault> {
    let Some(group) = groups.iter().find(|group| group.name == name) else {
        return Err(Fault::UnknownGroup(name.to_owned()));
    };
    let hash = token.hash();
    if group.tokens.iter().any(|mark| mark.hash == hash) {
        return Ok(());
    }
    let holder = groups
        .iter()
        .find(|group| group.tokens.iter().any(|mark| mark.hash == hash));
    Err(ProfileError::NotItsToken {
        group: name.to_owned(),
        holder: holder.map(|holder| holder.name.clone()),
    }
    .into())
}

/// What the certificate of the settings says, where there is one.
fn facts(config: &Config) -> Result<Option<CertificateFacts>, Fault> {
    let Some(tls) = &config.resolver.encrypted.tls else {
        return Ok(None);
    };
    let chain = certificate::read(&tls.cert)?;
    let facts =
        CertificateFacts::from_pem(&chain).map_err(|source| CertificateError::Unusable {
            path: tls.cert.clone(),
            source,
        })?;
    Ok(Some(facts))
}

/// The name devices know the box by: the one asked for, else the first of the settings, else the
/// first of the certificate.
fn host(
    asked: &cli::Profile,
    config: &Config,
    facts: Option<&CertificateFacts>,
) -> Result<Name, Fault> {
    if let Some(text) = &asked.host {
        return Name::from_text(text).map_err(|source| Fault::Name {
            text: text.clone(),
            source,
        });
    }
    let tls = config.resolver.encrypted.tls.as_ref();
    let of_settings = tls.and_then(|tls| tls.names.first().copied());
    let of_certificate = || facts?.own_names().first().copied();
    let host = of_settings.or_else(of_certificate);
    host.ok_or_else(|| ProfileError::NoName.into())
}

fn way(asked: &cli::Profile, config: &Config) -> Result<Way, ProfileError> {
    let encrypted = &config.resolver.encrypted;
    let by_tls = asked.dot || asked.system == System::Android;
    if asked.dot && asked.system == System::Windows {
        return Err(ProfileError::NoDot);
    }
    let (listeners, key) = if by_tls {
        (&encrypted.listen_dot, "listen-dot")
    } else {
        (&encrypted.listen_doh, "listen-doh")
    };
    let first = listeners.first().ok_or(ProfileError::NoListener(key))?;
    if !by_tls {
        return Ok(Way::Https(first.port()));
    }
    if listeners.iter().any(|address| address.port() == DOT_PORT) {
        Ok(Way::Tls)
    } else {
        Err(ProfileError::DotPort(first.port()))
    }
}

/// The certificates the profile carries.
fn carried(asked: &cli::Profile) -> Result<Vec<Vec<u8>>, Fault> {
    let Some(file) = &asked.ca else {
        return Ok(Vec::new());
    };
    let pem = certificate::read(file)?;
    authorities(&pem).map_err(|source| {
        let path = file.clone();
        CertificateError::Unusable { path, source }.into()
    })
}

/// Writes the file for its owner's eyes: it holds the group's token.
fn write(file: &Path, text: &str) -> Result<(), Fault> {
    let written = lachan_sys::replace_file(file, |out| {
        out.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        out.write_all(text.as_bytes())
    });
    written.map_err(|source| Fault::Write {
        path: file.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::{GroupId, Tier};

    /// A profile by DoH, at an odd port.
    pub(super) fn sample() -> Profile {
        Profile {
            school: "Trường THCS <Lê & Lợi>".into(),
            group: "lop-6a".into(),
            token: Token::from_bytes([7; 10]),
            host: Name::from_text("dns.truong.vn").unwrap(),
            way: Way::Https(8443),
            addresses: vec!["192.168.1.2".parse().unwrap(), "fd00::2".parse().unwrap()],
            authorities: vec![b"not really DER".to_vec()],
            networks: Vec::new(),
            is_locked: false,
        }
    }

    fn config(resolver: &str) -> Config {
        Config::parse(&format!("version = \"v1\"\n[resolver]\n{resolver}\n"), "x").unwrap()
    }

    fn asked(arguments: &str) -> cli::Profile {
        let token = Token::from_bytes([7; 10]);
        let line = format!("lachan profile {arguments} --group a --token {token}");
        let words = Words::new(lachan_config::Language::English);
        let read = cli::parse(line.split(' ').map(Into::into), words).unwrap();
        match read.command {
            cli::Command::Profile(profile) => profile,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_url_and_the_server_name_hold_the_token() {
        let profile = sample();
        let token = profile.token;
        let url = |port| profile.url(port);
        assert_eq!(url(443), format!("https://dns.truong.vn/dns-query/{token}"));
        assert_eq!(
            url(8443),
            format!("https://dns.truong.vn:8443/dns-query/{token}")
        );
        assert_eq!(profile.server_name(), format!("{token}.dns.truong.vn"));
    }

    #[test]
    fn devices_are_sent_only_where_something_listens() {
        let tls = "[resolver.tls]\ncert = \"/c\"\nkey = \"/k\"";
        let doh = config(&format!("listen-doh = [\"10.0.0.1:8443\"]\n{tls}"));
        let dot = config(&format!("listen-dot = [\"10.0.0.1:853\"]\n{tls}"));
        let odd = config(&format!("listen-dot = [\"10.0.0.1:8853\"]\n{tls}"));
        for (arguments, config, expected) in [
            ("apple", &doh, Ok(Way::Https(8443))),
            ("windows", &doh, Ok(Way::Https(8443))),
            ("apple", &dot, Err(ProfileError::NoListener("listen-doh"))),
            ("apple --dot", &dot, Ok(Way::Tls)),
            ("android", &dot, Ok(Way::Tls)),
            ("android", &doh, Err(ProfileError::NoListener("listen-dot"))),
            ("android", &odd, Err(ProfileError::DotPort(8853))),
            ("windows --dot", &dot, Err(ProfileError::NoDot)),
        ] {
            assert_eq!(way(&asked(arguments), config), expected, "{arguments}");
        }
    }

    #[test]
    fn a_profile_is_made_with_the_group_s_own_token_only() {
        let [own, others, nobodys] = [1, 2, 3].map(|byte| Token::from_bytes([byte; 10]));
        let group = |number, name, token: Token| {
            let mut group = Group::new(GroupId(number), name, Tier::Thcs);
            group.tokens = vec![token.mark()];
            group
        };
        let groups = [group(1, "6A", own), group(2, "6B", others)];
        assert!(check_token(&groups, "6A", own).is_ok());
        for (token, expected) in [(others, Some("6B")), (nobodys, None)] {
            let refused = check_token(&groups, "6A", token);
            let Err(Fault::Profile(ProfileError::NotItsToken { group, holder })) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!((&*group, holder.as_deref()), ("6A", expected));
        }
        let unknown = check_token(&groups, "6C", own);
        assert!(matches!(unknown, Err(Fault::UnknownGroup(name)) if name == "6C"));
    }

    #[test]
    fn the_name_asked_for_comes_before_that_of_the_settings() {
        let tls = "[resolver.tls]\ncert = \"/c\"\nkey = \"/k\"\nnames = [\"dns.truong.vn\"]";
        let named = config(tls);
        let of = |arguments: &str, config: &Config| {
            host(&asked(arguments), config, None).map(|name| name.to_string())
        };
        assert_eq!(of("apple", &named).unwrap(), "dns.truong.vn");
        assert_eq!(of("apple --host khac.vn", &named).unwrap(), "khac.vn");
        assert!(matches!(
            of("apple", &config("")),
            Err(Fault::Profile(ProfileError::NoName))
        ));
        assert!(of("apple --host 10.0.0.1", &named).is_err());
    }
}
