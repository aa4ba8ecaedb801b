//! `lachan run`: the settings, the log, then the service until it is told to stop.

use std::path::Path;

use lachan_config::{Config, LogFormat};
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::backup::{Places, forget_before, place_staged};
use crate::cli;
use crate::console::Console;
use crate::database::config_path;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::service;
use crate::words::Words;

/// Runs the filter.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn run(asked: &cli::Run, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let path = config_path(asked.settings.config.as_deref());
    let mut config = Config::load(&path)?;
    console.words = Words::of_environment_or(config.school.language);
    start_log(&config);
    if restored(&config, &path) {
        config = Config::load(&path)?;
    }
    let format = config.log.format;
    // Without the handler a cut ruleset still ends the process, only without a word.
    let last_words = last_words(console.words.ruleset_cut(), format);
    let _ = lachan_sys::die_loudly_on_bus_error(&last_words, Exit::File as i32);
    match service::serve(config, path, console) {
        Ok(()) => Ok(Exit::Done),
        // A log collector gets the reason as a line of its own form, like every other.
        Err(fault) if format == LogFormat::Json && !fault.is_broken_pipe() => {
            tracing::error!("{}", fault.report(console.words));
            Ok(fault.exit())
        }
        Err(fault) => Err(fault),
    }
}

/// Puts a backup in its place that was to be restored. Whether there was one.
fn restored(config: &Config, settings: &Path) -> bool {
    let places = Places {
        settings: settings.to_owned(),
        paths: config.paths.clone(),
    };
    if let Err(error) = forget_before(&places) {
        tracing::warn!(%error, "what was there before the last restore cannot be removed");
    }
    match place_staged(&places) {
        Ok(is_restored) => {
            if is_restored {
                tracing::info!("the backup that was to be restored is in its place");
            }
            is_restored
        }
        // A box filters with what it has; what is not placed yet is tried again at the next start.
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "a backup cannot be restored");
            false
        }
    }
}

/// What is said in a moment when nothing but bytes can be written.
fn last_words(text: String, format: LogFormat) -> String {
    match format {
        LogFormat::Text => text,
        LogFormat::Json => json!({ "level": "ERROR", "fields": { "message": text } }).to_string(),
    }
}

/// Starts the log on standard error. Only our own crates are heard below errors: hickory names
/// what devices ask for in its finer messages, and no such name is ever written.
fn start_log(config: &Config) {
    // The ids of our levels are those of tracing.
    let level = config.log.level.id().parse().unwrap_or(LevelFilter::INFO);
    let filter = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("lachan", level);
    let filter = filter.with_target("hickory", LevelFilter::OFF);
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match config.log.format {
        LogFormat::Json => lines.json().boxed(),
        LogFormat::Text => lines.with_ansi(has_colours()).boxed(),
    };
    // A log that somebody else began in this process goes on as it is.
    let _ = Registry::default()
        .with(lines.with_filter(filter))
        .try_init();
}

fn has_colours() -> bool {
    let stream = anstream::AutoStream::choice(&std::io::stderr());
    stream != anstream::ColorChoice::Never
}
