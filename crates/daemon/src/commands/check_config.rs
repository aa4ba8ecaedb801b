//! `lachan check-config`: the settings file, without starting.

use lachan_config::{Config, TEMPLATE};

use crate::cli;
use crate::console::Console;
use crate::database::config_path;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::path;

/// Tells every mistake of a settings file, or prints the template.
///
/// # Errors
/// [`Fault::Config`] with all mistakes, [`Fault::Output`].
pub(crate) fn check_config(
    asked: &cli::CheckConfig,
    console: &mut Console<'_>,
) -> Result<Exit, Fault> {
    if asked.template {
        return console
            .out
            .write_all(TEMPLATE.as_bytes())
            .map(|()| Exit::Done)
            .map_err(Fault::Output);
    }
    let file = config_path(asked.file.as_deref());
    Config::load(&file)?;
    console.line(console.words.config_sound(&path(&file)))?;
    Ok(Exit::Done)
}
