//! What a request code stands for: the blocked attempts of today and yesterday whose code it is,
//! and why each was blocked at its time.
//!
//! No code is stored: the code of each row of the log is made anew and compared.

use jiff::Timestamp;
use lachan_config::Config;
use lachan_lists::open::open;
use lachan_policy::Name;
use lachan_policy::ruleset::Ruleset;
use lachan_resolver::{LoggedBlock, RequestCode, RequestKey};
use lachan_store::{Behind, Event, EventFilter, MAX_ROWS};
use serde_json::{Value, json};

use super::explain::{self, Explanation};
use super::question::Question;
use super::text;
use crate::cli;
use crate::commands::event_rows::EventRows;
use crate::console::{Console, TITLE, styled};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::request_key;
use crate::time::{Now, moment, rfc3339};
use crate::words::Words;

/// How far back is looked: a code told after school is asked about the next morning.
const BACK: i64 = 2 * 86_400;

/// Shows the blocks of a code.
///
/// # Errors
/// [`Fault`]: settings, key, database or ruleset cannot be used.
pub(super) fn by_code(
    asked: &cli::Why,
    code: RequestCode,
    console: &mut Console<'_>,
) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    let found = find(&config, code)?;
    if found.is_empty() {
        let text = console.words.code_unknown(&code.to_string());
        if asked.json {
            console.json(&json!({ "code": code.to_string(), "events": [], "why": [] }))?;
        } else {
            console.line(text)?;
        }
        return Ok(Exit::No);
    }
    let questions = questions(asked, &config, &found)?;
    let explained: Vec<(&Event, Question, Explanation)> = questions
        .into_iter()
        .map(|(event, question)| {
            let explanation = explain::explain(&question);
            (event, question, explanation)
        })
        .collect();
    let ruleset = open(&config.paths.ruleset).ok();
    let rows = EventRows {
        words: console.words,
        zone: &config.school.time_zone,
        book: ruleset.as_ref().map(Ruleset::book),
    };
    if asked.json {
        let events: Vec<Value> = found.iter().map(|event| rows.as_json(event)).collect();
        let why: Vec<&Explanation> = explained.iter().map(|(_, _, why)| why).collect();
        console.json(&json!({ "code": code.to_string(), "events": events, "why": why }))?;
        return Ok(Exit::Done);
    }
    let title = console.words.code_stands_for(&code.to_string());
    console.line(styled(TITLE, title))?;
    for line in rows.table(&found) {
        console.line(line)?;
    }
    for (event, question, explanation) in &explained {
        console.line("")?;
        if let Some(line) = behind(event, console.words) {
            console.line(line)?;
        }
        text::print(question, explanation, console)?;
    }
    Ok(Exit::Done)
}

/// That it was not the name asked for which was closed, but what stands behind it.
fn behind(event: &Event, words: Words) -> Option<String> {
    let name = event.name.as_deref()?;
    Some(match event.behind.as_ref()? {
        Behind::Name(behind) => words.behind_stands(name, behind),
        Behind::Unnamed => words.behind_stands_address(name, &event.source.to_string()),
    })
}

/// The events of a code, newest first.
fn find(config: &Config, code: RequestCode) -> Result<Vec<Event>, Fault> {
    let key = request_key::load(&config.paths).map_err(|source| Fault::Read {
        path: request_key::path(&config.paths),
        source,
    })?;
    let (Some(key), Some(database)) = (key, Database::open_existing(config)?) else {
        return Ok(Vec::new());
    };
    let since = Now::system().unix().saturating_sub(BACK).div_euclid(60);
    let mut filter = EventFilter {
        since: Some(since),
        limit: MAX_ROWS,
        ..EventFilter::default()
    };
    let mut found = Vec::new();
    loop {
        let page = database.ask(|reader| reader.events(&filter))?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        filter.before = Some(last.id);
        let of_code = |event: &Event| code_of(config, &key, event) == Some(code);
        found.extend(page.into_iter().filter(of_code));
    }
}

/// The code of an event; `None` where the answer had none.
fn code_of(config: &Config, key: &RequestKey, event: &Event) -> Option<RequestCode> {
    let at = Timestamp::from_second(event.minute?.checked_mul(60)?).ok()?;
    let name = event
        .name
        .as_deref()
        .map(Name::from_text)
        .transpose()
        .ok()?;
    let block = LoggedBlock {
        day: moment(at, &config.school.time_zone).local_day(),
        group: event.group,
        tier: event.tier,
        category: event.category,
        name: name.as_ref(),
    };
    Some(RequestCode::of(key, &block))
}

/// One question for each name that was closed and group, as at the newest time: where a name was
/// closed by another one behind it, about that one.
fn questions<'e>(
    asked: &cli::Why,
    config: &Config,
    found: &'e [Event],
) -> Result<Vec<(&'e Event, Question)>, Fault> {
    let mut seen = Vec::new();
    let mut questions = Vec::new();
    for event in found {
        let (Some(name), Some(minute)) = (&event.name, event.minute) else {
            continue;
        };
        if seen.contains(&(name, &event.behind, event.group)) {
            continue;
        }
        seen.push((name, &event.behind, event.group));
        let closed = match &event.behind {
            Some(Behind::Name(behind)) => behind,
            Some(Behind::Unnamed) | None => name,
        };
        let at = Timestamp::from_second(minute.saturating_mul(60)).ok();
        let mut about = cli::Why {
            name: Some(closed.clone()),
            code: None,
            group: event.group_name.clone(),
            client: None,
            tier: None,
            at: at.map(|at| rfc3339(at, &config.school.time_zone)),
            ruleset: asked.ruleset.clone(),
            settings: asked.settings.clone(),
            json: asked.json,
        };
        let question = match Question::of(&about) {
            // The group was removed meanwhile: its tier still says most.
            Err(Fault::UnknownGroup(_)) => {
                about.group = None;
                about.tier = Some(event.tier);
                Question::of(&about)?
            }
            question => question?,
        };
        questions.push((event, question));
    }
    Ok(questions)
}
