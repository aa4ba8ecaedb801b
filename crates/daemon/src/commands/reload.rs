//! `lachan reload`: what SIGHUP does, and how it went.

use super::cache::{ask, unexpected};
use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::control::{Answer, Request};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;

/// Has the running filter read everything again.
///
/// # Errors
/// [`Fault`]: the settings with their mistakes, or a filter that cannot be asked.
pub(crate) fn reload(asked: &cli::Reload, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    let Answer::Reloaded { needs_restart } = ask(&config, &Request::Reload)? else {
        return Err(unexpected(&config));
    };
    if needs_restart {
        console.line(styled(WARNING, console.words.reloaded_in_part()))?;
    } else {
        console.line(console.words.reloaded())?;
    }
    Ok(Exit::Done)
}
