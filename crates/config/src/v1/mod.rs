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
mod school;
mod upstream;
mod web;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::config::Config;
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Report, Section};
use crate::values::{self, Log, LogFormat, LogLevel, Paths, Store, store};
use crate::version;

/// Longest path, as Linux has it (`PATH_MAX`), the closing zero apart.
const MAX_PATH: usize = 4095;

/// Reads the whole file. What is wrong is noted in the report; the result then means nothing.
pub(crate) fn read(table: &DeTable<'_>, report: &Report) -> Config {
    let mut root = Section::root(table, report);
    // `version` was judged before this reader was chosen.
    let _ = root.field(version::KEY);
    let school = school::read(root.section("school"));
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
        names_from_devices: section
            .field("names-from-devices")
            .and_then(|field| field.count(&store::NAMES_FROM_DEVICES))
            .unwrap_or(default.names_from_devices),
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
