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
use crate::service::{self, Ended, PutBack};
use crate::settings_file::{SettingsFile, Settled, Uptime};
use crate::words::Words;

/// Runs the filter.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn run(asked: &cli::Run, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let path = config_path(asked.settings.config.as_deref());
    // Before anything reads them: a change that nobody confirmed may be why the machine was started anew.
    let mut put_back = put_back(&path, false);
    let mut config = Config::load(&path)?;
    console.words = Words::of_environment_or(config.school.language);
    start_log(&config);
    if put_back.is_some() {
        tracing::warn!("nobody confirmed the last change of the settings; those before are back");
    }
    if restored(&config, &path) {
        config = Config::load(&path)?;
    }
    let format = config.log.format;
    // Without the handler a cut ruleset still ends the process, only without a word.
    let last_words = last_words(console.words.ruleset_cut(), format);
    let _ = lachan_sys::die_loudly_on_bus_error(&last_words, Exit::File as i32);
    loop {
        match service::serve(
            config.clone(),
            path.clone(),
            put_back.take().as_ref(),
            console,
        ) {
            Ok(Ended::Stopped) => return Ok(Exit::Done),
            Ok(Ended::Again) => config = again(config, &path),
            Err(fault) => {
                // With the settings that somebody has just tried; those before are known to work.
                put_back = self::put_back(&path, true);
                if put_back.is_some() {
                    let why = fault.report(console.words);
                    tracing::error!(%why, "the box cannot run with the new settings; those before are back");
                    config = again(config, &path);
                    continue;
                }
                // A log collector gets the reason as a line of its own form, like every other.
                if format == LogFormat::Json && !fault.is_broken_pipe() {
                    tracing::error!("{}", fault.report(console.words));
                    return Ok(fault.exit());
                }
                return Err(fault);
            }
        }
    }
}

/// The settings for another start; those in use where somebody spoiled the file meanwhile.
fn again(in_use: Config, path: &Path) -> Config {
    match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            let text = error.message(in_use.school.language);
            tracing::error!(error = %text, "the settings have mistakes and are not used; those in use stay");
            in_use
        }
    }
}

/// Puts settings back whose change nobody confirmed; `at_once` whatever time is left.
fn put_back(path: &Path, at_once: bool) -> Option<PutBack> {
    let file = SettingsFile::new(path);
    let text = || {
        let read = file.read().ok();
        read.and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    };
    let before = text();
    match file.settle(&Uptime::now(), at_once) {
        Ok(Settled::PutBack) => Some(PutBack {
            before,
            after: text(),
        }),
        Ok(Settled::Nothing | Settled::Waits) => None,
        Err(error) => {
            tracing::error!(%error, "settings that nobody confirmed cannot be put back");
            None
        }
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
