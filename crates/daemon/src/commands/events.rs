//! `lachan events`: what was blocked, newest first.

use std::time::Duration;

use jiff::tz::TimeZone;
use lachan_config::Config;
use lachan_lists::open::open;
use lachan_policy::book::Book;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Category, Group, GroupId};
use lachan_store::{Event, EventFilter, Reader, TopName};
use serde_json::{Value, json};

use crate::cli;
use crate::commands::event_rows::EventRows;
use crate::console::Console;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::policy_source::UNKNOWN;
use crate::rule::known_categories;
use crate::table::Table;
use crate::time::{Now, parse_since};
use crate::words::Words;

/// How often `--follow` looks for new events.
const LOOK: Duration = Duration::from_secs(1);

/// Shows blocked events.
///
/// # Errors
/// [`Fault`]: the settings, the database, or a filter that names nothing.
pub(crate) fn events(asked: &cli::Events, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    // Categories are shown by their bit when there is no ruleset to name them.
    let ruleset = open(&config.paths.ruleset).ok();
    let view = View {
        asked,
        words: console.words,
        config: &config,
        ruleset: ruleset.as_ref(),
    };
    let Some(database) = Database::open_existing(&config)? else {
        view.nothing(console)?;
        return Ok(Exit::Done);
    };
    if asked.top {
        view.top(&database, console)?;
    } else {
        view.events(&database, console)?;
    }
    Ok(Exit::Done)
}

/// What is asked, and what names it.
struct View<'v> {
    asked: &'v cli::Events,
    words: Words,
    config: &'v Config,
    ruleset: Option<&'v Ruleset>,
}

impl View<'_> {
    fn zone(&self) -> &TimeZone {
        &self.config.school.time_zone
    }

    fn book(&self) -> Option<&Book> {
        self.ruleset.map(Ruleset::book)
    }

    fn rows(&self) -> EventRows<'_> {
        EventRows {
            words: self.words,
            zone: self.zone(),
            book: self.book(),
        }
    }

    fn nothing(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.asked.json {
            return console.json(&Vec::<Value>::new());
        }
        console.line(self.words.no_events())
    }

    fn since(&self) -> Result<Option<i64>, Fault> {
        let since = self.asked.since.as_deref();
        let read = since
            .map(|text| parse_since(text, Now::system(), self.zone()))
            .transpose()?;
        Ok(read.map(|seconds| seconds.div_euclid(60)))
    }

    fn top(&self, database: &Database, console: &mut Console<'_>) -> Result<(), Fault> {
        let since = self.since()?.unwrap_or(0);
        let top = database.ask(|reader| reader.top_blocked(since, self.asked.limit))?;
        if top.is_empty() {
            return self.nothing(console);
        }
        if self.asked.json {
            return console.json(&top.iter().map(|top| self.top_json(top)).collect::<Vec<_>>());
        }
        let words = self.words;
        let mut table = Table::new([&words.count(), &words.name(), &words.category()]).right(&[0]);
        for top in &top {
            table.row([
                top.count.to_string(),
                top.name.clone(),
                self.rows().category(top.category),
            ]);
        }
        table
            .lines()
            .into_iter()
            .try_for_each(|line| console.line(line))
    }

    fn top_json(&self, top: &TopName) -> Value {
        let category = top
            .category
            .map(|category| self.rows().category_id(category));
        json!({ "name": top.name, "category": category, "count": top.count })
    }

    fn events(&self, database: &Database, console: &mut Console<'_>) -> Result<(), Fault> {
        let filter = self.filter(database)?;
        let mut found = database.ask(|reader| reader.events(&filter))?;
        if self.asked.follow {
            found.reverse();
            return self.follow(database, &filter, found, console);
        }
        if found.is_empty() {
            return self.nothing(console);
        }
        if self.asked.json {
            return console.json(
                &found
                    .iter()
                    .map(|event| self.rows().as_json(event))
                    .collect::<Vec<_>>(),
            );
        }
        self.rows()
            .table(&found)
            .into_iter()
            .try_for_each(|line| console.line(line))
    }

    /// Oldest first, then new ones as they are written, until somebody stops it.
    fn follow(
        &self,
        database: &Database,
        filter: &EventFilter,
        mut found: Vec<Event>,
        console: &mut Console<'_>,
    ) -> Result<(), Fault> {
        let mut last = 0;
        loop {
            for event in &found {
                self.one(event, console)?;
                last = last.max(event.id);
            }
            console.out.flush().map_err(Fault::Output)?;
            std::thread::sleep(LOOK);
            found = database.ask(|reader| newer(reader, filter, last))?;
            found.reverse();
        }
    }

    fn one(&self, event: &Event, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.asked.json {
            return console.line(self.rows().as_json(event));
        }
        console.line(self.rows().cells(event).join("  "))
    }

    fn filter(&self, database: &Database) -> Result<EventFilter, Fault> {
        let category = self
            .asked
            .category
            .as_deref()
            .map(|id| self.category_named(id));
        let group = self.asked.group.as_deref();
        Ok(EventFilter {
            since: self.since()?,
            group: group.map(|name| group_named(database, name)).transpose()?,
            tier: self.asked.tier,
            category: category.transpose()?,
            name: self.asked.name.clone(),
            limit: self.asked.limit,
            ..EventFilter::default()
        })
    }

    fn category_named(&self, id: &str) -> Result<Category, Fault> {
        let by_bit = || id.parse().ok().and_then(Category::new);
        let found = self
            .book()
            .map_or_else(by_bit, |book| book.category_named(id));
        let known = || self.book().map(known_categories).unwrap_or_default();
        found.ok_or_else(|| Fault::UnknownCategory {
            id: id.to_owned(),
            known: known(),
        })
    }
}

/// Events written after one, newest first.
fn newer(
    reader: &Reader,
    filter: &EventFilter,
    last: i64,
) -> Result<Vec<Event>, lachan_store::DbError> {
    let mut found = reader.events(filter)?;
    found.retain(|event| event.id > last);
    Ok(found)
}

fn group_named(database: &Database, name: &str) -> Result<GroupId, Fault> {
    if name == UNKNOWN {
        return Ok(GroupId(0));
    }
    let is_it = |group: &Group| group.name.to_lowercase() == name.to_lowercase();
    let groups = database.ask(|reader| reader.groups())?;
    let found = groups.into_iter().find(is_it);
    found
        .map(|group| group.id)
        .ok_or_else(|| Fault::UnknownGroup(name.to_owned()))
}
