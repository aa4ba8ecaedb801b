//! `lachan exceptions`: what people open or close beside the lists.

mod effect;

use std::sync::Arc;

use effect::Effect;
use lachan_config::Config;
use lachan_lists::open::{open, open_verified};
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Group, GroupId, Role};
use lachan_store::{Act, StoredException, Subject, TypedError, Wish};
use serde_json::{Value, json};

use crate::author;
use crate::cli::{self, AddException, OpenOrClose, SchoolRole};
use crate::console::Console;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::policy_source::People;
use crate::rule::known_categories;
use crate::table::Table;
use crate::time::{Now, TimeError, parse_end, shown_unix};
use crate::words::Words;

/// Changes or shows exceptions.
///
/// # Errors
/// [`Fault`]: the settings, the database, or why the change was refused.
pub(crate) fn exceptions(
    asked: &cli::Exceptions,
    console: &mut Console<'_>,
) -> Result<Exit, Fault> {
    match asked {
        cli::Exceptions::Add(wanted) => add(wanted, console)?,
        cli::Exceptions::End { id, role, person } => end(*id, *role, person, console)?,
        cli::Exceptions::List {
            all,
            settings,
            json,
        } => {
            list(*all, *json, &database::config(settings)?, console)?;
        }
    }
    Ok(Exit::Done)
}

fn add(wanted: &AddException, console: &mut Console<'_>) -> Result<(), Fault> {
    let config = database::config(&wanted.person.settings)?;
    let now = Now::system();
    let wish = Wish {
        subject: subject(&wanted.target, &config)?,
        allow: wanted.action == OpenOrClose::Allow,
        reason: wanted.reason.clone(),
        group: wanted.group.clone(),
        until: end_of(&wanted.end, now, &config)?,
    };
    let act = author::act(wanted.person.author.as_deref(), wanted.role.into(), &now);
    let database = Database::open(&config)?;
    let made = Making {
        database: &database,
        config: &config,
        now,
    };
    made.make(&act, wish, Vec::new(), wanted.json, console)
}

/// What making an exception needs.
pub(super) struct Making<'m> {
    pub(super) database: &'m Database,
    pub(super) config: &'m Config,
    pub(super) now: Now,
}

impl Making<'_> {
    /// Makes an exception in the place of others, and says at once if it decides nothing.
    pub(super) fn make(
        &self,
        act: &Act,
        wish: Wish,
        others: Vec<i64>,
        json: bool,
        console: &mut Console<'_>,
    ) -> Result<(), Fault> {
        let made = self
            .database
            .store()
            .replace_exceptions(act, others, wish)?;
        let ruleset = open_verified(&self.config.paths.ruleset).ok().map(Arc::new);
        let looked = ruleset.as_ref().map(|ruleset| self.look(&made, ruleset));
        if json {
            let effect = looked.as_ref().and_then(|looked| looked.as_ref().ok());
            let effect = effect.and_then(Option::as_ref);
            return console.json(&json!({
                "exception": as_json(&made, ruleset.as_deref()),
                "effective": effect.map(Effect::is_effective),
                "without_effect": effect.map(Effect::as_json),
            }));
        }
        let about = typed(&made.subject, ruleset.as_deref());
        console.line(console.words.exception_added(made.id, &about))?;
        match (looked, &ruleset) {
            (Some(Ok(None)), _) => Ok(()),
            (Some(Ok(Some(effect))), Some(ruleset)) => effect.tell(ruleset.book(), console),
            _ => console.note(console.words.effect_unknown(made.id)),
        }
    }

    /// What the exception does. It is saved by now, so a failure here is told, not the command's.
    fn look(
        &self,
        made: &StoredException,
        ruleset: &Arc<Ruleset>,
    ) -> Result<Option<Effect>, Fault> {
        let people = self.database.ask(People::read)?;
        let unknown = self.config.resolver.unknown_devices.tier;
        let at = self.now.moment(&self.config.school.time_zone);
        effect::effect(made, &people, Arc::clone(ruleset), unknown, at)
    }
}

/// When something ends, in Unix seconds.
pub(super) fn end_of(end: &cli::End, now: Now, config: &Config) -> Result<Option<i64>, TimeError> {
    let zone = &config.school.time_zone;
    parse_end(end.until.as_deref(), end.lasting.as_deref(), now, zone)
}

/// What an exception is about, as it is typed: a category by its id where the ruleset can be read.
fn typed(subject: &Subject, ruleset: Option<&Ruleset>) -> String {
    subject.typed(ruleset.map(Ruleset::book))
}

/// What the exception is about. Services and categories are looked up in the ruleset in use.
pub(super) fn subject(text: &str, config: &Config) -> Result<Subject, Fault> {
    // A name needs no ruleset.
    let needs_book = text.starts_with("service:") || text.starts_with("category:");
    let ruleset = needs_book
        .then(|| open_verified(&config.paths.ruleset))
        .transpose()?;
    let book = ruleset.as_ref().map(Ruleset::book);
    Subject::from_typed(text, book).map_err(|error| match error {
        TypedError::Service(id) => Fault::UnknownService(id),
        TypedError::Category(id) => Fault::UnknownCategory {
            id,
            known: book.map_or_else(String::new, known_categories),
        },
        TypedError::Name(source) => Fault::Name {
            text: text.to_owned(),
            source,
        },
    })
}

fn end(
    id: i64,
    role: SchoolRole,
    person: &cli::Person,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let config = database::config(&person.settings)?;
    let act = author::act(person.author.as_deref(), Role::from(role), &Now::system());
    Database::open(&config)?.store().end_exception(&act, id)?;
    console.line(console.words.exception_ended(id))
}

fn list(all: bool, json: bool, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let now = Now::system().known().map(|now| now.as_second());
    let (mut found, groups) = match Database::open_existing(config)? {
        Some(database) => {
            database.ask(|reader| Ok((reader.all_exceptions()?, reader.groups()?)))?
        }
        None => (Vec::new(), Vec::new()),
    };
    found.retain(|exception| all || holds(exception, now));
    let ruleset = open(&config.paths.ruleset).ok();
    if json {
        let all = found
            .iter()
            .map(|exception| as_json(exception, ruleset.as_ref()));
        return console.json(&all.collect::<Vec<_>>());
    }
    show(&found, &groups, ruleset.as_ref(), config, console)
}

pub(super) fn holds(exception: &StoredException, now: Option<i64>) -> bool {
    exception.holds(now)
}

fn as_json(exception: &StoredException, ruleset: Option<&Ruleset>) -> Value {
    json!({
        "id": exception.id,
        "about": typed(&exception.subject, ruleset),
        "action": if exception.allow { "allow" } else { "block" },
        "role": exception.role.id(),
        "author": exception.author,
        "reason": exception.reason,
        "group": exception.group.map(|group| group.0),
        "made": exception.made,
        "until": exception.until,
        "ended": exception.ended.as_ref().map(|ended| json!({"at": ended.at, "by": ended.by})),
    })
}

/// The group it is for, by name; a group that was removed by its number.
fn whom(group: Option<GroupId>, groups: &[Group], words: Words) -> String {
    let Some(id) = group else {
        return words.whole_school();
    };
    let found = groups.iter().find(|group| group.id == id);
    found.map_or_else(|| words.removed_group(id.0), |group| group.name.clone())
}

fn show(
    found: &[StoredException],
    groups: &[Group],
    ruleset: Option<&Ruleset>,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    if found.is_empty() {
        return console.line(words.no_exceptions());
    }
    let zone = &config.school.time_zone;
    let mut table = Table::new([
        &words.number(),
        &words.about(),
        &words.action(),
        &words.group(),
        &words.author(),
        &words.until(),
        &words.reason(),
    ])
    .right(&[0]);
    for exception in found {
        let action = if exception.allow {
            words.opens()
        } else {
            words.closes()
        };
        let end = exception
            .ended
            .as_ref()
            .map_or(exception.until, |ended| ended.at);
        table.row([
            exception.id.to_string(),
            typed(&exception.subject, ruleset),
            action,
            whom(exception.group, groups, words),
            format!("{} ({})", exception.author, exception.role.id()),
            end.map_or_else(String::new, |end| shown_unix(end, zone)),
            exception.reason.clone(),
        ]);
    }
    for line in table.lines() {
        console.line(line)?;
    }
    Ok(())
}
