//! The file format `v1`: which keys there are, how values are written, which fit together.
//!
//! Each reader takes its table apart key by key; a key that is not set, or is wrong and noted, gives
//! its default, so that the next keys are judged too.

mod cache;
mod dhcp;
mod encrypted;
mod local;
mod network;
mod ops;
mod proxy;
mod rate_limit;
mod resolver;
mod upstream;
mod web;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use toml::de::DeTable;

use crate::config::Config;
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Report, Section, nearest};
use crate::values::{
    self, Language, Log, LogFormat, LogLevel, MAX_CONTACT, MAX_CONTACTS, MAX_NAME, Paths, School,
    Store, store,
};
use crate::version;

/// Longest path, as Linux has it (`PATH_MAX`), the closing zero apart.
const MAX_PATH: usize = 4095;

/// Reads the whole file. What is wrong is noted in the report; the result then means nothing.
pub(crate) fn read(table: &DeTable<'_>, report: &Report) -> Config {
    let mut root = Section::root(table, report);
    // `version` was judged before this reader was chosen.
    let _ = root.field(version::KEY);
    let school = school(root.section("school"));
    let paths = paths(root.section("paths"));
    let resolver = resolver::read(root.section("resolver"));
    let proxy = proxy::read(root.section("proxy"), listening(&resolver));
    let web = web::read(root.section("web"), all_listening(&resolver, &proxy));
    let config = Config {
        school,
        network: network::read(root.section("network"), &proxy, &resolver),
        resolver,
        proxy,
        web,
        store: store(root.section("store")),
        control: ops::control(root.section("control"), &paths),
        metrics: ops::metrics(root.section("metrics")),
        log: log(root.section("log")),
        paths,
    };
    root.close();
    config
}

/// The resolver's listeners over TCP, with their places.
fn listening(resolver: &values::Resolver) -> resolver::Listening {
    let encrypted = &resolver.encrypted;
    let all = [
        ("resolver.listen", &resolver.listen),
        ("resolver.listen-dot", &encrypted.listen_dot),
        ("resolver.listen-doh", &encrypted.listen_doh),
    ];
    let each = all.into_iter().flat_map(|(place, listen)| {
        let place = move |address: &SocketAddr| (place.to_owned(), *address);
        listen.iter().map(place)
    });
    each.collect()
}

/// As [`listening`], with the proxy's.
fn all_listening(resolver: &values::Resolver, proxy: &values::Proxy) -> resolver::Listening {
    let mut all = listening(resolver);
    let explicit = proxy.explicit.iter().copied();
    all.extend(explicit.map(|address| ("proxy.explicit".to_owned(), address)));
    let pages = proxy.block_page.iter();
    let pages = pages.flat_map(|ip| [80, 443].map(|port| SocketAddr::new(*ip, port)));
    all.extend(pages.map(|address| ("proxy.block-page".to_owned(), address)));
    if proxy.transparent.is_on() {
        for port in [proxy.transparent_http, proxy.transparent_tls] {
            let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
            all.push(("proxy.transparent".to_owned(), any));
        }
    }
    all
}

fn school(mut section: Section<'_>) -> School {
    const LANGUAGES: [(&str, Language); 2] =
        [("vi", Language::Vietnamese), ("en", Language::English)];
    let default = School::default();
    let school = School {
        name: section
            .field("name")
            .and_then(|f| f.parsed(name))
            .unwrap_or(default.name),
        language: section
            .field("language")
            .and_then(|f| f.choice(&LANGUAGES))
            .unwrap_or_default(),
        time_zone: section
            .field("time-zone")
            .and_then(|f| f.parsed(time_zone))
            .unwrap_or(default.time_zone),
        contact: section
            .field("contact")
            .and_then(|f| f.elements(Wanted::Texts, MAX_CONTACTS))
            .map_or_else(Vec::new, contacts),
    };
    section.close();
    school
}

fn contacts(elements: Vec<Field<'_>>) -> Vec<String> {
    elements
        .iter()
        .filter_map(|field| field.parsed(contact))
        .collect()
}

/// A URI of one of the schemes that no browser opens by itself (the registry of
/// draft-ietf-dnsop-structured-dns-error).
fn contact(text: &str) -> Result<String, Fault> {
    if text.len() > MAX_CONTACT {
        return Err(Fault::TooLong { most: MAX_CONTACT });
    }
    // RFC 3986 §2: what may stand in a URI.
    let fits = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
    let is_one = text.split_once(':').is_some_and(|(scheme, rest)| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        match scheme {
            "tel" => digits > 2,
            "mailto" | "sips" => rest
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
            _ => false,
        }
    });
    if is_one && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Fault::NotAContact(Quoted::new(text)))
    }
}

fn name(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter(Quoted::new(text)));
    }
    if text.chars().count() > MAX_NAME {
        return Err(Fault::TooLong { most: MAX_NAME });
    }
    Ok(text.to_owned())
}

fn time_zone(text: &str) -> Result<TimeZone, Fault> {
    values::zone(text).ok_or_else(|| {
        let zones = TimeZoneDatabase::bundled();
        let names = zones
            .available()
            .map(|name| name.to_string())
            .collect::<Vec<_>>();
        let near = nearest_zone(text, &names);
        Fault::NotATimeZone {
            given: Quoted::new(text),
            near,
        }
    })
}

/// Zones are written with `_`, which [`nearest`] takes for `-`.
fn nearest_zone(text: &str, names: &[String]) -> Option<String> {
    let dashed = names
        .iter()
        .map(|name| name.replace('_', "-"))
        .collect::<Vec<_>>();
    let near = nearest(text, dashed.iter().map(String::as_str))?;
    let index = dashed.iter().position(|name| name == near)?;
    names.get(index).cloned()
}

fn paths(mut section: Section<'_>) -> Paths {
    let data = section.field("data").and_then(|field| absolute(&field));
    let default = data.map_or_else(Paths::default, |data| Paths::below(&data));
    let mut path = |key| section.field(key).and_then(|field| absolute(&field));
    let paths = Paths {
        rules: path("rules").unwrap_or(default.rules),
        ruleset: path("ruleset").unwrap_or(default.ruleset),
        data: default.data,
    };
    section.close();
    paths
}

pub(super) fn absolute(field: &Field<'_>) -> Option<PathBuf> {
    let text = field.text(Wanted::Text)?;
    if text.is_empty() {
        return field.refuse(Fault::Empty);
    }
    if text.chars().any(char::is_control) {
        return field.refuse(Fault::ControlCharacter(Quoted::new(text)));
    }
    if text.len() > MAX_PATH {
        return field.refuse(Fault::TooLong { most: MAX_PATH });
    }
    let path = Path::new(text);
    if path.is_relative() {
        return field.refuse(Fault::RelativePath(Quoted::new(text)));
    }
    Some(path.to_owned())
}

fn store(mut section: Section<'_>) -> Store {
    let default = Store::default();
    let mut duration = |key, bounds| section.field(key).and_then(|field| field.duration(bounds));
    let store = Store {
        flush: duration("flush", &store::FLUSH).unwrap_or(default.flush),
        events_kept: duration("events-kept", &store::EVENTS_KEPT).unwrap_or(default.events_kept),
        counters_kept: duration("counters-kept", &store::COUNTERS_KEPT)
            .unwrap_or(default.counters_kept),
        max_queued_events: section
            .field("max-queued-events")
            .and_then(|field| field.count(&store::MAX_QUEUED_EVENTS))
            .unwrap_or(default.max_queued_events),
    };
    section.close();
    store
}

fn log(mut section: Section<'_>) -> Log {
    const LEVELS: [LogLevel; 5] = [
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Info,
        LogLevel::Debug,
        LogLevel::Trace,
    ];
    const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let levels = LEVELS.map(|level| (level.id(), level));
    let log = Log {
        level: section
            .field("level")
            .and_then(|f| f.choice(&levels))
            .unwrap_or_default(),
        format: section
            .field("format")
            .and_then(|f| f.choice(&FORMATS))
            .unwrap_or_default(),
    };
    section.close();
    log
}
