//! `lachan status`: what is running and how it fares, once; `top` shows it live.

use super::cache::{ask, unexpected};
use super::top::draw;
use crate::cli;
use crate::console::Console;
use crate::control::{Answer, Request};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::Words;

/// Shows the running filter.
///
/// # Errors
/// [`Fault`]: the settings, or a filter that cannot be asked.
pub(crate) fn status(asked: &cli::Status, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    console.words = Words::of_environment_or(config.school.language);
    if asked.metrics {
        let Answer::Metrics { text } = ask(&config, &Request::Metrics)? else {
            return Err(unexpected(&config));
        };
        return console
            .out
            .write_all(text.as_bytes())
            .map(|()| Exit::Done)
            .map_err(Fault::Output);
    }
    let Answer::Status(status) = ask(&config, &Request::Status)? else {
        return Err(unexpected(&config));
    };
    if asked.json {
        console.json(&status)?;
        return Ok(Exit::Done);
    }
    let view = draw::View {
        words: console.words,
        zone: &config.school.time_zone,
    };
    for line in view.status(&status) {
        console.line(line.painted(usize::MAX))?;
    }
    Ok(Exit::Done)
}
