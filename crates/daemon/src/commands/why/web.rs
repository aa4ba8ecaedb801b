//! The "why?" tool for the box's own pages: the same explanation, of the policy that decides now.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use lachan_api::ports::WhyFault;
use lachan_config::Config;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{GroupId, Tier};
use serde_json::Value;

use super::client::Device;
use super::explain;
use super::question::{Question, name_of};
use crate::network::{self, Links};
use crate::policy_source::People;
use crate::time::Now;

/// What is asked.
pub(crate) struct Asked<'a> {
    /// The name, or a URL whose host is meant.
    pub(crate) name: &'a str,
    /// For a group.
    pub(crate) group: Option<GroupId>,
    /// For the device at an address.
    pub(crate) address: Option<IpAddr>,
    /// Unix seconds; `None` for now.
    pub(crate) at: Option<i64>,
}

/// Explains a name, as `lachan why --json` prints it.
///
/// # Errors
/// [`WhyFault`].
pub(crate) fn answer(
    asked: &Asked<'_>,
    people: &People,
    ruleset: Arc<Ruleset>,
    config: &Config,
) -> Result<Value, WhyFault> {
    let read = name_of(asked.name);
    let (name, is_from_url) = read.map_err(|_| WhyFault::Name(asked.name.to_owned()))?;
    let at = match asked.at {
        Some(unix) => Some(Timestamp::from_second(unix).map_err(|_| WhyFault::Time)?),
        None => Now::system().known(),
    };
    // Only the device that an address stands for is found by interfaces.
    let links = match asked.address {
        Some(_) => network::links().unwrap_or_default(),
        None => Links::default(),
    };
    let unknown = config.resolver.unknown_devices.tier;
    let policy = people.policy_with_tiers(ruleset, unknown, &links);
    let policy = policy.map_err(|error| {
        tracing::error!(%error, "the groups cannot be used");
        WhyFault::Failed
    })?;
    let groups = policy.groups();
    let real = groups.all().len() - Tier::ALL.len();
    let (group, client) = match (asked.address, asked.group) {
        (Some(address), _) => {
            let (group, client) = Device::at(address, &links, config).recognised(groups);
            (group, Some(client))
        }
        (None, Some(id)) => {
            let found = groups.position(id).filter(|position| *position < real);
            (found.ok_or(WhyFault::Group)?, None)
        }
        (None, None) => (0, None),
    };
    let group_name = groups.all().get(group).map(|group| group.name.clone());
    let question = Question {
        name,
        is_from_url,
        policy,
        group,
        group_name,
        client,
        at,
        zone: config.school.time_zone.clone(),
    };
    serde_json::to_value(explain::explain(&question)).map_err(|error| {
        tracing::error!(%error, "an explanation cannot be written");
        WhyFault::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;

    fn check(asked: &Asked<'_>) -> Result<Value, WhyFault> {
        let ruleset = testing::shipped_ruleset();
        answer(asked, &People::default(), ruleset, &Config::default())
    }

    #[test]
    fn the_pages_are_told_what_the_command_line_is() {
        let asked = Asked {
            name: "https://vietcombank.com.vn/x",
            group: None,
            address: None,
            at: Some(1_795_397_400),
        };
        let told = check(&asked).unwrap();
        assert_eq!(told["name"], "vietcombank.com.vn");
        assert_eq!(told["group"], "unknown");
        assert_eq!(told["tiers"].as_object().unwrap().len(), Tier::ALL.len());
        let bad = Asked {
            name: "a b",
            ..asked
        };
        assert_eq!(check(&bad), Err(WhyFault::Name("a b".into())));
        let bad = Asked {
            name: "a.vn",
            // A group that stands for a tier is none that anybody made.
            group: Some(GroupId(u32::MAX - 8)),
            ..bad
        };
        assert_eq!(check(&bad), Err(WhyFault::Group));
        let bad = Asked {
            group: None,
            at: Some(i64::MAX),
            ..bad
        };
        assert_eq!(check(&bad), Err(WhyFault::Time));
    }
}
