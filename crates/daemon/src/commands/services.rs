//! `lachan services`: one switch for a service with all its names. A switch is an exception about
//! the service (`lachan exceptions` shows it too); its opposite ends it, so that a person need not
//! know what was done before.

use std::sync::Arc;

use lachan_config::Config;
use lachan_lists::open::open_verified;
use lachan_policy::book::ServiceInfo;
use lachan_policy::{GroupId, Level, Name, Policy, Role, Tier, Verdict};
use lachan_store::{Act, StoredException, Subject, Wish};
use serde_json::{Value, json};

use super::exceptions::{Making, end_of, holds, subject};
use crate::author;
use crate::cli::{self, Switch};
use crate::console::{Console, action_style, styled};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::network::Links;
use crate::policy_source::{People, UNKNOWN, tier_group};
use crate::rule::{category_id, decide, rule};
use crate::table::Table;
use crate::time::Now;

/// Shows services, or turns a switch.
///
/// # Errors
/// [`Fault`]: the settings, the database, or why the change was refused.
pub(crate) fn services(asked: &cli::Services, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match asked {
        cli::Services::List {
            group,
            tier,
            settings,
            json,
        } => {
            let config = database::config(settings)?;
            Listing::of(group.as_deref(), *tier, &config)?.show(*json, console)?;
        }
        cli::Services::Open(switch) => turn(switch, true, console)?,
        cli::Services::Close(switch) => turn(switch, false, console)?,
        cli::Services::Reset {
            service,
            group,
            role,
            person,
        } => {
            let config = database::config(&person.settings)?;
            let act = author::act(person.author.as_deref(), Role::from(*role), &Now::system());
            reset(service, group.as_deref(), &act, &config, console)?;
        }
    }
    Ok(Exit::Done)
}

/// All services, as they are for a group or a tier.
struct Listing {
    policy: Policy,
    group: usize,
    /// The group's name; `None` for a tier by itself.
    name: Option<String>,
    config: Config,
}

impl Listing {
    fn of(group: Option<&str>, tier: Option<Tier>, config: &Config) -> Result<Self, Fault> {
        let ruleset = Arc::new(open_verified(&config.paths.ruleset)?);
        let people = match Database::open_existing(config)? {
            Some(database) => database.ask(People::read)?,
            None => People::default(),
        };
        let unknown = config.resolver.unknown_devices.tier;
        let policy = people.policy_with_tiers(ruleset, unknown, &Links::default())?;
        let real = policy.groups().all().len() - Tier::ALL.len();
        let (group, name) = match (group, tier) {
            (_, Some(tier)) => (tier_group(&policy, tier), None),
            (None, None) => (0, Some(UNKNOWN.to_owned())),
            (Some(name), None) => {
                let is_it = |name_of: &str| name_of.to_lowercase() == name.to_lowercase();
                let all = &policy.groups().all()[..real];
                let position = all.iter().position(|group| is_it(&group.name));
                let position = position.ok_or_else(|| Fault::UnknownGroup(name.to_owned()))?;
                (position, Some(all[position].name.clone()))
            }
        };
        Ok(Self {
            policy,
            group,
            name,
            config: config.clone(),
        })
    }

    /// The verdict on a service, by a host of it; `None` where the book names none.
    fn verdict(&self, service: &ServiceInfo) -> Option<(Name, Verdict)> {
        let host = Name::from_text(&service.host).ok()?;
        let at = Now::system().moment(&self.config.school.time_zone);
        Some((host, decide(&self.policy, &host, self.group, at)))
    }

    fn show(&self, json: bool, console: &mut Console<'_>) -> Result<(), Fault> {
        let services = &self.policy.ruleset().book().data().services;
        if json {
            let all = services.iter().map(|service| self.as_json(service));
            return console.json(&all.collect::<Vec<_>>());
        }
        let words = console.words;
        let mut table = Table::new([
            &words.service(),
            &words.name(),
            &words.category(),
            &words.state(),
            &words.because_of(),
        ]);
        for service in services {
            let verdict = self.verdict(service).map(|(_, verdict)| verdict);
            let because = verdict
                .as_ref()
                .map(|verdict| words.level_named(verdict.level));
            let state = verdict.map_or_else(
                || words.not_known(),
                |verdict| words.action_named(verdict.action),
            );
            let book = self.policy.ruleset().book();
            let category = book.category(service.category);
            table.row([
                service.id.clone(),
                words.of(&service.name).to_owned(),
                category.map_or_else(String::new, |info| words.of(&info.name).to_owned()),
                state,
                because.unwrap_or_default(),
            ]);
        }
        console.line(words.services_for(&self.whom(console)))?;
        table
            .lines()
            .into_iter()
            .try_for_each(|line| console.line(line))
    }

    fn whom(&self, console: &Console<'_>) -> String {
        let words = console.words;
        let tier = self.policy.groups().all()[self.group].tier;
        let tier = words.tier_named(self.policy.ruleset().book(), tier);
        match &self.name {
            None => tier,
            Some(name) if name == UNKNOWN => words.of_unknown_devices(&tier),
            Some(name) => words.of_group(name, &tier),
        }
    }

    fn as_json(&self, service: &ServiceInfo) -> Value {
        let verdict = self.verdict(service);
        let rule = verdict
            .as_ref()
            .and_then(|(host, verdict)| rule(&self.policy, host, self.group, verdict));
        let verdict = verdict.map(|(_, verdict)| verdict);
        json!({
            "id": service.id,
            "name": { "vi": service.name.vi, "en": service.name.en },
            "category": category_id(&self.policy, service.category),
            "action": verdict.as_ref().map(|verdict| verdict.action.id()),
            "level": verdict.as_ref().map(|verdict| Level::id(verdict.level)),
            "rule": rule,
        })
    }
}

/// Opens or closes a service.
fn turn(switch: &Switch, allow: bool, console: &mut Console<'_>) -> Result<(), Fault> {
    let config = database::config(&switch.person.settings)?;
    let now = Now::system();
    let wish = Wish {
        subject: subject(&format!("service:{}", switch.service), &config)?,
        allow,
        reason: switch.reason.clone(),
        group: switch.group.clone(),
        until: end_of(&switch.end, now, &config)?,
    };
    let act = author::act(switch.person.author.as_deref(), switch.role.into(), &now);
    let database = Database::open(&config)?;
    let made = switches(&wish.subject, wish.group.as_deref(), act.role, &database)?;
    let same = made
        .iter()
        .find(|made| made.allow == allow && made.until == wish.until);
    if let Some(same) = same {
        return console.line(console.words.already_switched(same.id));
    }
    let making = Making {
        database: &database,
        config: &config,
        now,
    };
    let others = made.iter().map(|made| made.id).collect();
    making.make(&act, wish, others, false, console)
}

fn reset(
    service: &str,
    group: Option<&str>,
    act: &Act,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let database = Database::open(config)?;
    // A switch of a service that the lists no longer know can be taken back, too.
    let made = switches(
        &Subject::Service(service.to_owned()),
        group,
        act.role,
        &database,
    )?;
    if made.is_empty() {
        return Err(Fault::NoSwitch(service.to_owned()));
    }
    for old in &made {
        database.store().end_exception(act, old.id)?;
    }
    let text = console.words.service_reset(service, made.len());
    console.line(styled(action_style(lachan_policy::Action::Allow), text))
}

/// The switches that hold of a service, for exactly this group or for the whole school, in a role.
fn switches(
    about: &Subject,
    group: Option<&str>,
    role: Role,
    database: &Database,
) -> Result<Vec<StoredException>, Fault> {
    let group = group.map(|name| number_of(name, database)).transpose()?;
    let now = Now::system().known().map(|now| now.as_second());
    let mut made = database.ask(|reader| reader.exceptions())?;
    made.retain(|made| {
        made.subject == *about && made.group == group && made.role == role && holds(made, now)
    });
    Ok(made)
}

fn number_of(name: &str, database: &Database) -> Result<GroupId, Fault> {
    let groups = database.ask(|reader| reader.groups())?;
    let mut groups = groups.iter();
    let found = groups.find(|group| group.name.to_lowercase() == name.to_lowercase());
    found
        .map(|group| group.id)
        .ok_or_else(|| Fault::UnknownGroup(name.to_owned()))
}
