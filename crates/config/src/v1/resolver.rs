//! `[resolver]` of `v1`, and what must fit together in it: listeners that share no port, upstreams
//! that are not this box, a block answer that has what it needs.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use lachan_policy::{Name, Tier};

use super::{absolute, cache, local, rate_limit, upstream};
use crate::fault::{AddressForm, Fault, Quoted, Unusable, Wanted};
use crate::reader::{Field, Section};
use crate::values::encrypted as connections;
use crate::values::resolver as bounds;
use crate::values::upstream::{MAX_CA_FILES, MAX_EXEMPT, MAX_FORWARD, MAX_UPSTREAMS};
use crate::values::{
    BlockAnswer, Dnssec, Ech, ForwardZone, HttpsRecords, Mode, RebindProtection, Resolver,
    UnknownDevices, Upstream,
};

use super::encrypted;

pub(super) fn read(mut section: Section<'_>) -> Resolver {
    let default = Resolver::default();
    let listen = listeners(&mut section);
    let upstreams = upstreams(&mut section, &listen);
    let forward = forward_zones(&mut section, &listen);
    let (block_answer, block_answer_by_tier) = block_answers(&mut section);
    let resolver = Resolver {
        encrypted: encrypted::read(&mut section, &listen),
        forward,
        mode: mode(&mut section),
        dnssec: dnssec(&mut section),
        dnssec_skip: exempt(&mut section, "dnssec-skip"),
        rebind_protection: rebind_protection(&mut section),
        rebind_allow: exempt(&mut section, "rebind-allow"),
        ca_files: ca_files(&mut section),
        block_answer,
        block_answer_by_tier,
        lease_files: lease_files(&mut section),
        local_domains: local_domains(&mut section).unwrap_or(default.local_domains),
        local: local::read(&mut section),
        ech: ech(&mut section),
        https_records: https_records(&mut section),
        rate_limit: rate_limit::read(section.section("rate-limit")),
        unknown_devices: unknown_devices(section.section("unknown-devices")),
        ..limits(&mut section)
    };
    section.close();
    Resolver {
        listen: listen.into_iter().map(|(_, address)| address).collect(),
        upstreams: upstreams.unwrap_or(default.upstreams),
        ..resolver
    }
}

/// The plain durations, sizes and counts.
fn limits(section: &mut Section<'_>) -> Resolver {
    let default = Resolver::default();
    let mut duration = |key, bounds| section.field(key).and_then(|field| field.duration(bounds));
    let upstream_timeout = duration("upstream-timeout", &bounds::UPSTREAM_TIMEOUT);
    let block_ttl = duration("block-ttl", &bounds::BLOCK_TTL);
    let tcp_idle_timeout = duration("tcp-idle-timeout", &bounds::TCP_IDLE_TIMEOUT);
    let mut count = |key, bounds| section.field(key).and_then(|field| field.count(bounds));
    let max_misses = count("max-misses", &bounds::MAX_MISSES);
    let max_tcp_connections = count("max-tcp-connections", &connections::MAX_CONNECTIONS);
    let max_connections_per_client = count(
        "max-connections-per-client",
        &connections::MAX_CONNECTIONS_PER_CLIENT,
    );
    let cache_size = section
        .field("cache-size")
        .and_then(|f| f.size(&bounds::CACHE_SIZE));
    Resolver {
        upstream_timeout: upstream_timeout.unwrap_or(default.upstream_timeout),
        block_ttl: block_ttl.unwrap_or(default.block_ttl),
        tcp_idle_timeout: tcp_idle_timeout.unwrap_or(default.tcp_idle_timeout),
        max_misses: max_misses.unwrap_or(default.max_misses),
        max_tcp_connections: max_tcp_connections.unwrap_or(default.max_tcp_connections),
        max_connections_per_client: max_connections_per_client
            .unwrap_or(default.max_connections_per_client),
        cache_size: cache_size.unwrap_or(default.cache_size),
        cache: cache::read(section),
        ..default
    }
}

/// A value with the place it was read from, to name in a mistake about two of them.
type Placed<T> = (String, T);

/// Listeners that share no port.
pub(super) type Listening = Vec<Placed<SocketAddr>>;

/// The listeners: those of the file that could be read, or the defaults.
fn listeners(section: &mut Section<'_>) -> Listening {
    let Some(field) = section.field("listen") else {
        let place = |(index, address)| (format!("resolver.listen[{index}]"), address);
        return bounds::DEFAULT_LISTEN
            .into_iter()
            .enumerate()
            .map(place)
            .collect();
    };
    let elements = field
        .some_elements(Wanted::Texts, bounds::MAX_LISTEN)
        .unwrap_or_default();
    let mut listen = Listening::new();
    add_listeners(elements, &mut listen);
    listen
}

/// Adds those listeners of a list that could be read and share no port with another.
pub(super) fn add_listeners(elements: Vec<Field<'_>>, listen: &mut Listening) {
    for element in elements {
        if let Some(address) = element.parsed(listen_address) {
            add_listener(&element, address, listen);
        }
    }
}

/// Adds a listener that shares no port with another, or notes that it does.
pub(super) fn add_listener(element: &Field<'_>, address: SocketAddr, listen: &mut Listening) {
    let taken = listen.iter();
    match taken
        .clone()
        .find(|(_, other)| shares_port(*other, address))
    {
        None => listen.push((element.path.clone(), address)),
        Some((first, other)) => clash(element, address, first, *other),
    }
}

pub(super) fn listen_address(text: &str) -> Result<SocketAddr, Fault> {
    let form = AddressForm::Port;
    let address = SocketAddr::from_str(text).map_err(|_| Fault::NotAnAddress {
        given: Quoted::new(text),
        form,
    })?;
    particular_or_any(address.ip()).map_err(|why| Fault::UnusableAddress {
        given: Quoted::new(text),
        why,
    })?;
    Ok(canonical(address))
}

fn clash(field: &Field<'_>, address: SocketAddr, first: &str, other: SocketAddr) {
    let given = Quoted::new(&address.to_string());
    let first = first.to_owned();
    let _: Option<()> = field.refuse(if address == other {
        Fault::Repeated { given, first }
    } else {
        Fault::PortClash {
            given,
            other: other.to_string(),
            first,
        }
    });
}

/// Whether two listeners of one machine cannot both be bound. An unspecified address takes every
/// address of its family; port 0 is another free port each time.
fn shares_port(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() != 0
        && a.port() == b.port()
        && a.is_ipv4() == b.is_ipv4()
        && (a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified())
}

fn upstreams(section: &mut Section<'_>, listen: &[Placed<SocketAddr>]) -> Option<Vec<Upstream>> {
    let elements = section
        .field("upstreams")?
        .elements(Wanted::Texts, MAX_UPSTREAMS)?;
    Some(each_once(elements, |text| other_machine(text, listen)))
}

/// An upstream that is not this box.
fn other_machine(text: &str, listen: &[Placed<SocketAddr>]) -> Result<Upstream, Fault> {
    let upstream = upstream::parse(text)?;
    match listen
        .iter()
        .find(|(_, listener)| answers_itself(*listener, upstream.address))
    {
        None => Ok(upstream),
        Some((listener, _)) => Err(Fault::UpstreamIsSelf {
            given: Quoted::new(text),
            listener: listener.clone(),
        }),
    }
}

fn forward_zones(section: &mut Section<'_>, listen: &[Placed<SocketAddr>]) -> Vec<ForwardZone> {
    let field = section.field("forward");
    let elements = field.and_then(|field| field.elements(Wanted::Tables, MAX_FORWARD));
    let mut domains = HashMap::new();
    let tables = elements.unwrap_or_default();
    tables
        .iter()
        .filter_map(|field| forward_zone(field.table()?, &mut domains, listen))
        .collect()
}

fn forward_zone(
    mut section: Section<'_>,
    seen: &mut HashMap<Name, String>,
    listen: &[Placed<SocketAddr>],
) -> Option<ForwardZone> {
    let domain = section.required("domain").and_then(|field| {
        let domain = field.parsed(domain_name)?;
        once(&field, domain, seen)
    });
    let upstreams = section.required("upstreams").and_then(|field| {
        let elements = field.some_elements(Wanted::Texts, MAX_UPSTREAMS)?;
        Some(each_once(elements, |text| other_machine(text, listen)))
    });
    section.close();
    Some(ForwardZone {
        domain: domain?,
        upstreams: upstreams?,
    })
}

fn mode(section: &mut Section<'_>) -> Mode {
    const MODES: [(&str, Mode); 2] = [("forward", Mode::Forward), ("recurse", Mode::Recurse)];
    let field = section.field("mode");
    field.and_then(|f| f.choice(&MODES)).unwrap_or_default()
}

fn dnssec(section: &mut Section<'_>) -> Dnssec {
    const WAYS: [(&str, Dnssec); 4] = [
        ("auto", Dnssec::Auto),
        ("validate", Dnssec::Validate),
        ("trust-upstream", Dnssec::TrustUpstream),
        ("off", Dnssec::Off),
    ];
    let field = section.field("dnssec");
    field.and_then(|f| f.choice(&WAYS)).unwrap_or_default()
}

fn rebind_protection(section: &mut Section<'_>) -> RebindProtection {
    const WORDS: [(&str, RebindProtection); 2] =
        [("on", RebindProtection::On), ("off", RebindProtection::Off)];
    let field = section.field("rebind-protection");
    field.and_then(|f| f.choice(&WORDS)).unwrap_or_default()
}

/// A list of domains that some check passes over.
fn exempt(section: &mut Section<'_>, key: &'static str) -> Vec<Name> {
    let field = section.field(key);
    let elements = field.and_then(|field| field.elements(Wanted::Texts, MAX_EXEMPT));
    each_once(elements.unwrap_or_default(), domain_name)
}

pub(super) fn ca_files(section: &mut Section<'_>) -> Vec<PathBuf> {
    let field = section.field("ca-files");
    let elements = field.and_then(|field| field.elements(Wanted::Texts, MAX_CA_FILES));
    let files = elements.unwrap_or_default();
    files.iter().filter_map(absolute).collect()
}

/// Whether a question to `upstream` would arrive at `listener`, as far as the file shows it.
fn answers_itself(listener: SocketAddr, upstream: SocketAddr) -> bool {
    let any_and_here = listener.ip().is_unspecified()
        && upstream.ip().is_loopback()
        && listener.is_ipv4() == upstream.is_ipv4();
    listener.port() == upstream.port() && (listener.ip() == upstream.ip() || any_and_here)
}

/// The answer of the whole school, and that of each tier, by its position.
fn block_answers(section: &mut Section<'_>) -> (BlockAnswer, [BlockAnswer; Tier::ALL.len()]) {
    // The addresses are checked even where they are not used, so that switching over cannot fail.
    let addresses = section
        .field("block-addresses")
        .map(|field| block_addresses(&field));
    let mut answer = |field: Field<'_>| block_answer(&field, addresses.as_ref());
    let all = section.field("block-answer").map(&mut answer);
    let all = all.unwrap_or_default();
    let mut table = section.section("block-answer-by-tier");
    let by_tier = Tier::ALL.map(|tier| {
        let own = table.field(tier.id()).map(&mut answer);
        own.unwrap_or_else(|| all.clone())
    });
    table.close();
    (all, by_tier)
}

/// One answer; `addresses` are those of `block-addresses`, if they are set and, within, right.
fn block_answer(field: &Field<'_>, addresses: Option<&Option<Vec<IpAddr>>>) -> BlockAnswer {
    const ANSWERS: [(&str, Answer); 3] = [
        ("nxdomain", Answer::Nxdomain),
        ("nodata", Answer::Nodata),
        ("address", Answer::Address),
    ];
    match field.choice(&ANSWERS) {
        None | Some(Answer::Nxdomain) => BlockAnswer::Nxdomain,
        Some(Answer::Nodata) => BlockAnswer::Nodata,
        Some(Answer::Address) => match addresses {
            Some(Some(addresses)) if !addresses.is_empty() => {
                BlockAnswer::Address(addresses.clone())
            }
            Some(None) => BlockAnswer::default(), // wrong, and already noted
            _ => field.refuse(Fault::BlockAddressMissing).unwrap_or_default(),
        },
    }
}

/// The words of `block-answer`.
#[derive(Clone, Copy)]
enum Answer {
    Nxdomain,
    Nodata,
    Address,
}

/// `None` when something in it is wrong and noted.
fn block_addresses(field: &Field<'_>) -> Option<Vec<IpAddr>> {
    let elements = field.elements(Wanted::Texts, bounds::MAX_BLOCK_ADDRESSES)?;
    let count = elements.len();
    let addresses = each_once(elements, |text| {
        let address = plain_address(text)?;
        let usable = if address.is_loopback() {
            Err(Unusable::Loopback)
        } else {
            particular(address)
        };
        usable.map_err(|why| Fault::UnusableAddress {
            given: Quoted::new(text),
            why,
        })?;
        Ok(address)
    });
    (addresses.len() == count).then_some(addresses)
}

fn lease_files(section: &mut Section<'_>) -> Vec<PathBuf> {
    let field = section.field("lease-files");
    let elements = field.and_then(|field| field.elements(Wanted::Texts, bounds::MAX_LEASE_FILES));
    let mut seen = HashMap::new();
    let path = |field: Field<'_>| once(&field, absolute(&field)?, &mut seen);
    elements
        .unwrap_or_default()
        .into_iter()
        .filter_map(path)
        .collect()
}

fn local_domains(section: &mut Section<'_>) -> Option<Vec<Name>> {
    let field = section.field("local-domains")?;
    let elements = field.elements(Wanted::Texts, bounds::MAX_LOCAL_DOMAINS)?;
    Some(each_once(elements, domain_name))
}

pub(super) fn domain_name(text: &str) -> Result<Name, Fault> {
    Name::from_text(text).map_err(|why| Fault::NotAName {
        given: Quoted::new(text),
        why,
    })
}

pub(super) fn plain_address(text: &str) -> Result<IpAddr, Fault> {
    let form = AddressForm::Address;
    let address = IpAddr::from_str(text).map_err(|_| Fault::NotAnAddress {
        given: Quoted::new(text),
        form,
    })?;
    Ok(address.to_canonical())
}

fn ech(section: &mut Section<'_>) -> Ech {
    const WHATS: [(&str, bool); 2] = [("strip", false), ("keep", true)];
    let kept_for = section.field("ech-kept-for").map(|field| tiers(&field));
    let keeps = section.field("ech").and_then(|field| field.choice(&WHATS));
    match keeps {
        Some(true) => Ech::Keep,
        Some(false) | None => Ech::Strip(kept_for.unwrap_or_default()),
    }
}

/// The tiers of a list that could be read; one that was there before is a mistake.
pub(super) fn tiers(field: &Field<'_>) -> Vec<Tier> {
    let all = Tier::ALL.map(|tier| (tier.id(), tier));
    let elements = field.elements(Wanted::Texts, Tier::ALL.len());
    let mut seen = HashMap::new();
    let one = |field: Field<'_>| once(&field, field.choice(&all)?, &mut seen);
    elements
        .unwrap_or_default()
        .into_iter()
        .filter_map(one)
        .collect()
}

fn https_records(section: &mut Section<'_>) -> HttpsRecords {
    const WHATS: [(&str, HttpsRecords); 2] = [
        ("keep", HttpsRecords::Keep),
        ("nodata", HttpsRecords::Nodata),
    ];
    let field = section.field("https-records");
    field
        .and_then(|field| field.choice(&WHATS))
        .unwrap_or_default()
}

fn unknown_devices(mut section: Section<'_>) -> UnknownDevices {
    let tiers = Tier::ALL.map(|tier| (tier.id(), tier));
    let tier = section.field("tier").and_then(|field| field.choice(&tiers));
    section.close();
    tier.map_or_else(UnknownDevices::default, |tier| UnknownDevices { tier })
}

/// The elements that could be read; one that was there before is a mistake.
pub(super) fn each_once<T: Clone + Eq + Hash>(
    elements: Vec<Field<'_>>,
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> Vec<T> {
    let mut seen = HashMap::new();
    let once = |field: Field<'_>| once(&field, field.parsed(&parse)?, &mut seen);
    elements.into_iter().filter_map(once).collect()
}

/// The value, unless the same was seen at another place.
pub(super) fn once<T: Clone + Eq + Hash>(
    field: &Field<'_>,
    value: T,
    seen: &mut HashMap<T, String>,
) -> Option<T> {
    if let Some(first) = seen.get(&value) {
        let given = Quoted::new(field.text(Wanted::Text)?);
        return field.refuse(Fault::Repeated {
            given,
            first: first.clone(),
        });
    }
    seen.insert(value.clone(), field.path.clone());
    Some(value)
}

/// An address of one machine.
pub(super) fn particular(address: IpAddr) -> Result<(), Unusable> {
    if address.is_unspecified() {
        Err(Unusable::Unspecified)
    } else {
        particular_or_any(address)
    }
}

/// An address a socket can be bound to.
fn particular_or_any(address: IpAddr) -> Result<(), Unusable> {
    match address.to_canonical() {
        address if address.is_multicast() => Err(Unusable::Multicast),
        IpAddr::V4(Ipv4Addr::BROADCAST) => Err(Unusable::Broadcast),
        _ => Ok(()),
    }
}

/// `::ffff:192.0.2.1` as the IPv4 address it is; everything else as it stands, scope included.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}
