//! `lachan run`: the settings, the log, then the service until it is told to stop.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use lachan_config::{Config, LogFormat};
use lachan_policy::Role;
use lachan_store::Change;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::author;
use crate::backup::{LogEntry, Places, carry_out_reset, forget_before, place_staged, undo};
use crate::cli;
use crate::console::Console;
use crate::database::config_path;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::service::{self, Ended};
use crate::settings_file::{SettingsFile, Settled, Uptime};
use crate::settings_notice::{Outcome, PutBack, Reason, Why, of_restore, settle_and_tell, tell};
use crate::time::Now;
use crate::words::Words;

/// A filter that ends with a fault so soon after a restore does so because of it.
const TRIAL: Duration = Duration::from_secs(60);
/// Says to the next program that a restore was taken back already.
const TAKEN_BACK: &str = "LACHAN_RESTORE_TAKEN_BACK";

/// Runs the filter.
///
/// # Errors
/// [`Fault`]: what kept it from starting, or stopped it.
pub(crate) fn run(asked: &cli::Run, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let path = config_path(asked.settings.config.as_deref());
    let (mut put_back, why) = put_back_at_start(&path).unzip();
    let mut config = Config::load(&path)?;
    console.words = Words::of_environment_or(config.school.language);
    start_log(&config);
    match why {
        Some(Why::Died) => tracing::warn!(
            "the box started twice with the new settings and did not live for a minute; those before are back"
        ),
        Some(_) => tracing::warn!(
            "nobody confirmed the last change of the settings; those before are back"
        ),
        None => {}
    }
    let places = Places::new(&path, &config.paths);
    let is_new = is_reset(&places);
    let is_restored = restored(&places);
    if is_new || is_restored {
        config = Config::load(&path)?;
    }
    let began = Instant::now();
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
            Ok(Ended::Stopped) => {
                note_end(&path);
                return Ok(Exit::Done);
            }
            Ok(Ended::BeginsAgain) => match Config::load(&path) {
                Ok(_) => {
                    note_end(&path);
                    return Err(begin_again(console, false));
                }
                // Somebody spoiled the file meanwhile: another program would not start at all.
                Err(error) => {
                    let text = error.message(config.school.language);
                    tracing::error!(error = %text, "the settings have mistakes and are not used; those in use stay");
                }
            },
            Err(fault) if is_restored && began.elapsed() < TRIAL && take_back(&places, &fault) => {
                tell(&SettingsFile::new(&path), &of_restore(&fault));
                return Err(begin_again(console, true));
            }
            Err(fault) => {
                // With the settings that somebody has just tried; those before are known to work.
                put_back = match is_of_settings(&fault, &path, &config) {
                    true => {
                        let (now, reason) = (Uptime::now(), Some(Reason::of(&fault)));
                        self::put_back(&path, Why::NoStart, reason, |file| file.settle(&now, true))
                    }
                    false => None,
                };
                let before = put_back.as_ref().and_then(|_| Config::load(&path).ok());
                if let Some(before) = before {
                    let why = fault.report(console.words);
                    tracing::error!(%why, "the box cannot run with the new settings; those before are back");
                    config = before;
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

/// Puts settings back for a reason.
fn put_back(
    path: &Path,
    why: Why,
    reason: Option<Reason>,
    settle: impl FnOnce(&SettingsFile) -> io::Result<Settled>,
) -> Option<PutBack> {
    match settle_and_tell(&SettingsFile::new(path), why, reason, settle) {
        Ok(Outcome::PutBack(done)) => Some(done),
        Ok(Outcome::Nothing | Outcome::Waits) => None,
        Err(error) => {
            tracing::error!(%error, "settings cannot be put back");
            None
        }
    }
}

/// Before anything reads the settings: a change that nobody confirmed may be why the machine was started
/// anew, and one under which two starts did not live is why this one begins.
fn put_back_at_start(path: &Path) -> Option<(PutBack, Why)> {
    let now = Uptime::now();
    let unconfirmed = put_back(path, Why::Unconfirmed, None, |file| {
        file.settle(&now, false)
    });
    if let Some(done) = unconfirmed {
        return Some((done, Why::Unconfirmed));
    }
    let died = put_back(path, Why::Died, None, |file| file.begins(&now));
    died.map(|done| (done, Why::Died))
}

/// Notes that the program ends in order, so that its start is not counted against the settings.
fn note_end(path: &Path) {
    if let Err(error) = SettingsFile::new(path).ends() {
        tracing::warn!(%error, "it cannot be noted that the filter ended in order");
    }
}

/// Whether other settings may keep a fault from coming again. Where another filter runs already, to put
/// settings back would change them under it; unless they say to be elsewhere than it.
fn is_of_settings(fault: &Fault, path: &Path, config: &Config) -> bool {
    if !fault.is_another_running() {
        return true;
    }
    let before = SettingsFile::new(path).way_back();
    let before = before.and_then(|text| Config::from_bytes(&text, "lachan.toml").ok());
    before.is_some_and(|before| {
        before.paths.data != config.paths.data || before.control.socket != config.control.socket
    })
}

/// Begins as new where that was asked for. Whether it was.
fn is_reset(places: &Places) -> bool {
    match carry_out_reset(places) {
        Ok(None) => false,
        Ok(Some(left)) => {
            tracing::warn!("the box was reset: nothing that it kept of the school is left on it");
            for path in left {
                tracing::warn!(path = %path.display(), "left by the reset: it is not the box's, or cannot be removed");
            }
            true
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "the box cannot be reset");
            false
        }
    }
}

/// Puts a backup in its place that was to be restored. Whether there was one.
fn restored(places: &Places) -> bool {
    if let Err(error) = forget_before(places) {
        tracing::warn!(%error, "what was there before the last restore cannot be removed");
    }
    match place_staged(places) {
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

/// Takes back a restore under which the filter does not start, once: a box that filters by what it had
/// is better than one that does not. Whether it is staged.
fn take_back(places: &Places, fault: &Fault) -> bool {
    if std::env::var_os(TAKEN_BACK).is_some() {
        return false;
    }
    tracing::error!(error = %fault, "the filter does not start with what was restored");
    let entry = LogEntry {
        act: &author::act(None, Role::School, &Now::system()),
        change: Change::UndoRestore,
        school: "",
        about: Some(json!({ "reason": fault.to_string() })),
        made_at: None,
    };
    let undone = undo(places, &entry);
    if let Err(error) = &undone {
        tracing::error!(%error, "the restore cannot be taken back");
    }
    undone.is_ok()
}

/// Begins anew as the same process, so that nobody has to be there who starts us. Comes back only with
/// what kept it from that; then it is for the service manager to start us.
fn begin_again(console: &mut Console<'_>, is_taken_back: bool) -> Fault {
    // What waits in buffers would be lost.
    if let Err(error) = console.out.flush().and_then(|()| console.err.flush()) {
        tracing::debug!(%error, "the last words could not be written");
    }
    let mut arguments = std::env::args_os();
    let named = arguments.next().unwrap_or_default();
    // The file may have been replaced by a newer one since, which then has the same name.
    let own = std::env::current_exe().ok().filter(|own| own.exists());
    let mut program = Command::new(own.unwrap_or_else(|| named.clone().into()));
    program.arg0(&named).args(arguments);
    match is_taken_back {
        true => program.env(TAKEN_BACK, "1"),
        false => program.env_remove(TAKEN_BACK),
    };
    Fault::Runtime(program.exec())
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
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
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
    let stream = anstream::AutoStream::choice(&io::stderr());
    stream != anstream::ColorChoice::Never
}
