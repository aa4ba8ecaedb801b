//! Blocked events as people and programs are shown them.

use jiff::tz::TimeZone;
use lachan_policy::book::Book;
use lachan_policy::{Category, GroupId};
use lachan_store::{Behind, Event};
use serde_json::{Value, json};

use crate::policy_source::UNKNOWN;
use crate::table::Table;
use crate::time::{rfc3339, shown_unix};
use crate::words::Words;

/// What names the parts of events.
#[derive(Clone, Copy)]
pub(crate) struct EventRows<'r> {
    pub(crate) words: Words,
    pub(crate) zone: &'r TimeZone,
    /// Categories are shown by their bit when there is no ruleset to name them.
    pub(crate) book: Option<&'r Book>,
}

impl EventRows<'_> {
    /// The lines of a table.
    pub(crate) fn table(&self, found: &[Event]) -> Vec<String> {
        let words = self.words;
        let mut table = Table::new([
            &words.time(),
            &words.group(),
            &words.tier(),
            &words.category(),
            &words.count(),
            &words.name(),
            &words.rule(),
        ])
        .right(&[4]);
        for event in found {
            table.row(self.cells(event));
        }
        table.lines()
    }

    /// The cells of one event.
    pub(crate) fn cells(&self, event: &Event) -> [String; 7] {
        let words = self.words;
        let time = event
            .minute
            .map(|minute| shown_unix(minute.saturating_mul(60), self.zone));
        [
            time.unwrap_or_else(|| words.time_unknown()),
            event
                .group_name
                .clone()
                .unwrap_or_else(|| words.unknown_device_group()),
            event.tier.to_string(),
            self.category(event.category),
            event.count.to_string(),
            self.name(event),
            event.source.to_string(),
        ]
    }

    /// The name asked for, and what was closed behind it.
    fn name(&self, event: &Event) -> String {
        let words = self.words;
        let Some(name) = &event.name else {
            return words.name_not_kept();
        };
        match &event.behind {
            Some(Behind::Name(behind)) => words.name_before(name, behind),
            Some(Behind::Unnamed) => words.name_before_address(name),
            None => name.clone(),
        }
    }

    /// The name of a category.
    pub(crate) fn category(&self, category: Option<Category>) -> String {
        let Some(category) = category else {
            return String::new();
        };
        let info = self.book.and_then(|book| book.category(category));
        info.map_or_else(
            || self.category_id(category),
            |info| self.words.of(&info.name).to_owned(),
        )
    }

    /// The id of a category.
    pub(crate) fn category_id(&self, category: Category) -> String {
        let info = self.book.and_then(|book| book.category(category));
        info.map_or_else(|| category.bit().to_string(), |info| info.id.clone())
    }

    /// One event for programs. Field names are part of the interface.
    pub(crate) fn as_json(&self, event: &Event) -> Value {
        let at = event
            .minute
            .and_then(|minute| jiff::Timestamp::from_second(minute.checked_mul(60)?).ok());
        let unknown = (event.group == GroupId(0)).then(|| UNKNOWN.to_owned());
        json!({
            "id": event.id,
            "at": at.map(|at| rfc3339(at, self.zone)),
            "group": event.group_name.clone().or(unknown),
            "tier": event.tier.id(),
            "category": event.category.map(|category| self.category_id(category)),
            "channel": event.channel.id(),
            "source": event.source.to_string(),
            "name": event.name,
            // What the name leads to, where that was closed and not the name itself.
            "behind": event.behind.as_ref().map(|behind| match behind {
                Behind::Name(name) => json!({ "kind": "name", "name": name }),
                Behind::Unnamed => json!({ "kind": "unnamed" }),
            }),
            "device": event.device.map(|device| format!("{device:016x}")),
            "count": event.count,
        })
    }
}
