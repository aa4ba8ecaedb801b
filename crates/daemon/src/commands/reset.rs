//! `lachan reset`.

use lachan_store::OpenError;

use crate::backup::{
    BackupError, Places, carry_out_reset, check_filter_may_replace, check_settled, stage_reset,
};
use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::{Words, path};

/// Has the box begin as new, at once or at the filter's next start.
///
/// # Errors
/// [`Fault`]: the settings, [`BackupError`].
pub(crate) fn reset(asked: &cli::Reset, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    console.words = Words::of_environment_or(config.school.language);
    let words = console.words;
    if !asked.yes {
        console.line(styled(WARNING, words.reset_would(asked.keep_network)))?;
        return Ok(Exit::No);
    }
    let settings = database::config_path(asked.settings.config.as_deref());
    let places = Places::new(&settings, &config.paths);
    check_settled(&places)?;
    check_filter_may_replace(&places)?;
    stage_reset(&places, asked.keep_network)?;
    match carry_out_reset(&places) {
        Ok(left) => {
            console.line(words.reset_done())?;
            for left in left.unwrap_or_default() {
                console.note(styled(WARNING, words.reset_left(&path(&left))))?;
            }
        }
        Err(BackupError::Database(error)) if matches!(*error, OpenError::InUse(_)) => {
            console.line(styled(WARNING, words.reset_waits()))?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}
