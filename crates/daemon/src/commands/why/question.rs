//! What is asked: the name, for whom, at what time, of which ruleset.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lachan_config::Config;
use lachan_lists::open::open_verified;
use lachan_policy::{Moment, Name, NameError, Policy};

use super::client::{Device, Recognised};
use crate::cli;
use crate::database::{self, Database};
use crate::fault::Fault;
use crate::network::{self, Links};
use crate::policy_source::{People, tier_group};
use crate::time::{Now, moment, parse_moment};

/// A question to the policy.
pub(super) struct Question {
    /// The name.
    pub(super) name: Name,
    /// Whether it was the host of a URL.
    pub(super) is_from_url: bool,
    /// Ruleset, groups and exceptions, with a group for each tier at the end.
    pub(super) policy: Policy,
    /// Position of the group.
    pub(super) group: usize,
    /// The group's name; `None` when a tier was asked for.
    pub(super) group_name: Option<String>,
    /// The device that was asked for, and by what it was recognised.
    pub(super) client: Option<Recognised>,
    /// The time; `None` while it is not known.
    pub(super) at: Option<Timestamp>,
    /// The school's zone.
    pub(super) zone: TimeZone,
}

impl Question {
    /// Reads what the question needs. Settings and database are left alone when a ruleset is named
    /// and no settings are.
    ///
    /// # Errors
    /// [`Fault`]: a wrong argument, or a file that cannot be used.
    pub(super) fn of(asked: &cli::Why) -> Result<Self, Fault> {
        let (name, is_from_url) = name_of(asked.name.as_deref().unwrap_or_default())?;
        let needs_config =
            asked.ruleset.is_none() || asked.settings.config.is_some() || asked.client.is_some();
        let config = if needs_config {
            Some(database::config(&asked.settings)?)
        } else {
            None
        };
        let people = config.as_ref().map(people).transpose()?.unwrap_or_default();
        let is_configured = config.is_some();
        let config = config.unwrap_or_default();
        let zone = config.school.time_zone.clone();
        let now = Now::system();
        let at = match &asked.at {
            Some(text) => Some(parse_moment(text, now, &zone)?),
            None => now.known(),
        };
        let file = asked.ruleset.as_ref().unwrap_or(&config.paths.ruleset);
        let ruleset = Arc::new(open_verified(file)?);
        let unknown = config.resolver.unknown_devices.tier;
        // Only the device that an address stands for is found by interfaces.
        let links = match asked.client {
            Some(_) => network::links().unwrap_or_default(),
            None => Links::default(),
        };
        let policy = people.policy_with_tiers(ruleset, unknown, &links)?;
        let device = asked
            .client
            .map(|address| Device::at(address, &links, &config));
        let (group, group_name, client) = match device {
            Some(device) => {
                let (group, client) = device.recognised(policy.groups());
                let name = policy.groups().all()[group].name.clone();
                (group, Some(name), Some(client))
            }
            None => {
                let (group, name) = group(asked, &policy, is_configured)?;
                (group, name, None)
            }
        };
        Ok(Self {
            name,
            is_from_url,
            policy,
            group,
            group_name,
            client,
            at,
            zone,
        })
    }

    /// The time as policy takes it.
    pub(super) fn moment(&self) -> Option<Moment> {
        self.at.map(|at| moment(at, &self.zone))
    }
}

/// Groups and exceptions of the box; none when it never ran.
fn people(config: &Config) -> Result<People, Fault> {
    let database = Database::open_existing(config)?;
    database.map_or_else(
        || Ok(People::default()),
        |database| database.ask(People::read),
    )
}

/// Whose verdict is asked for: a tier's, a group's, or that of unknown devices.
fn group(
    asked: &cli::Why,
    policy: &Policy,
    is_configured: bool,
) -> Result<(usize, Option<String>), Fault> {
    if let Some(tier) = asked.tier {
        return Ok((tier_group(policy, tier), None));
    }
    let groups = policy.groups().all();
    let Some(name) = &asked.group else {
        let unknown = &groups[0];
        return Ok(match is_configured {
            true => (0, Some(unknown.name.clone())),
            false => (tier_group(policy, unknown.tier), None),
        });
    };
    if !is_configured {
        return Err(Fault::GroupNeedsConfig(name.clone()));
    }
    let real = &groups[..groups.len() - lachan_policy::Tier::ALL.len()];
    let position = real
        .iter()
        .position(|group| group.name.to_lowercase() == name.to_lowercase());
    let position = position.ok_or_else(|| Fault::UnknownGroup(name.clone()))?;
    Ok((position, Some(groups[position].name.clone())))
}

/// The name, or the host of a URL; and which of the two it was.
pub(super) fn name_of(text: &str) -> Result<(Name, bool), Fault> {
    let host = host_of(text.trim());
    let read = Name::from_text(host.unwrap_or_else(|| text.trim()));
    let read = read.and_then(|name| {
        if name.is_root() {
            Err(NameError::Empty)
        } else {
            Ok(name)
        }
    });
    let name = read.map_err(|source| Fault::Name {
        text: text.to_owned(),
        source,
    })?;
    Ok((name, host.is_some()))
}

/// The host of a URL (RFC 3986 §3.2): behind the scheme and user, before port, path and query.
/// `None` when the text is no URL.
fn host_of(text: &str) -> Option<&str> {
    let behind_scheme = text.split_once("://").map(|(_, rest)| rest);
    let is_url = behind_scheme.is_some() || text.contains(['/', '?', '#', ':', '@']);
    if !is_url || text.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let authority = behind_scheme
        .unwrap_or(text)
        .split(['/', '?', '#', '\\'])
        .next()?;
    let host = authority.rsplit('@').next()?;
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<(&str, bool)>) {
        let read = name_of(text)
            .ok()
            .map(|(name, is_url)| (name.to_string(), is_url));
        let read = read.as_ref().map(|(name, is_url)| (name.as_str(), *is_url));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn names_and_urls_give_a_host() {
        check("fb88.com", Some(("fb88.com", false)));
        check(" WWW.FB88.com. ", Some(("www.fb88.com", false)));
        check("2bánh.vn", Some(("xn--2bnh-6na.vn", false)));
        check("https://fb88.com/a?b#c", Some(("fb88.com", true)));
        check("http://u:p@fb88.com:8080/", Some(("fb88.com", true)));
        check("fb88.com/khuyen-mai", Some(("fb88.com", true)));
        check("fb88.com:443", Some(("fb88.com", true)));
        check("https://evil.com\\@fb88.com/", Some(("evil.com", true)));
        check("192.0.2.1", None);
        check("http://[2001:db8::1]/", None);
        check("2001:db8::1", None);
        check("https://", None);
        check("", None);
        check(".", None);
        check("a b.vn", None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader_of_names(text in "\\PC{0,40}") {
            let _ = name_of(&text);
        }
    }
}
