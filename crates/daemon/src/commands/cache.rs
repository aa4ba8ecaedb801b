//! `lachan cache`: the running filter's cache of answers.

use lachan_config::Config;
use lachan_policy::Name;
use serde_json::json;

use crate::cli;
use crate::console::Console;
use crate::control::{Answer, Client, ClientError, Request};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;

/// Forgets cached answers.
///
/// # Errors
/// [`Fault`]: the settings, a name that is none, or a filter that cannot be asked.
pub(crate) fn cache(asked: &cli::Cache, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let cli::Cache::Flush {
        name,
        below,
        settings,
        json,
    } = asked;
    let name = name.as_deref().map(read_name).transpose()?;
    let config = database::config(settings)?;
    let request = Request::FlushCache {
        name: name.map(Box::new),
        below: *below,
    };
    let Answer::Flushed { count } = ask(&config, &request)? else {
        return Err(unexpected(&config));
    };
    if *json {
        console.json(&json!({ "flushed": count }))?;
    } else {
        console.line(console.words.flushed(count))?;
    }
    Ok(Exit::Done)
}

fn read_name(text: &str) -> Result<Name, Fault> {
    Name::from_text(text).map_err(|source| Fault::Name {
        text: text.to_owned(),
        source,
    })
}

/// Asks the running filter of these settings.
///
/// # Errors
/// [`Fault::Control`].
pub(super) fn ask(config: &Config, request: &Request) -> Result<Answer, Fault> {
    let path = &config.control.socket;
    Client::connect(path)
        .and_then(|client| client.ask(request))
        .map_err(|source| failed(config, source))
}

/// A filter that cannot be asked.
pub(super) fn failed(config: &Config, source: ClientError) -> Fault {
    Fault::Control {
        path: config.control.socket.clone(),
        source,
    }
}

/// A filter that answered something else.
pub(super) fn unexpected(config: &Config) -> Fault {
    failed(config, ClientError::Unexpected)
}
