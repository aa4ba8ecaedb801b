//! `lachan backup` and `lachan restore`.

use std::fs::File;
use std::io::{self, BufRead as _, BufWriter, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use lachan_config::Config;
use lachan_policy::Role;
use lachan_store::{Change, NoteError, OpenError};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;

use crate::author;
use crate::backup::{
    self, BackupError, LogEntry, MIN_PASSPHRASE, Manifest, Part, Places, Staging, Wanted,
    check_filter_may_replace, check_settled, pack, place_staged, unpack,
};
use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::time::{Now, shown, shown_unix};
use crate::words::{Words, path};

/// Longest passphrase that is read.
const MOST_PASSPHRASE: u64 = 4096;

/// Writes a backup.
///
/// # Errors
/// [`Fault`]: the settings, [`BackupError`].
pub(crate) fn backup(asked: &cli::Backup, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (config, places) = here(&asked.settings, console)?;
    let (text, is_made) = match &asked.passphrase_file {
        Some(file) => (from_file(file)?, false),
        None => (backup::make_passphrase()?, true),
    };
    if text.chars().count() < MIN_PASSPHRASE {
        return Err(BackupError::Short.into());
    }
    let now = Now::system();
    let file = asked
        .out
        .clone()
        .unwrap_or_else(|| default_name(now, &config));
    let wanted = Wanted {
        places: &places,
        school: &config.school.name,
        made_at: now.known().map(|now| now.as_second()),
        has_lists: !asked.without_lists,
    };
    let bytes = write(&wanted, SecretString::from(text.clone()), &file)?;
    let words = console.words;
    if let Err(error) = note(&config, &wanted, now) {
        console.note(styled(
            WARNING,
            words.backup_not_noted(&error.explained(words)),
        ))?;
    }
    console.line(words.backup_written(&path(&file), &size(bytes)))?;
    if is_made {
        console.line(words.backup_passphrase(&text))?;
        console.note(styled(WARNING, words.backup_passphrase_once()))?;
    }
    Ok(Exit::Done)
}

/// Has the box know that there is a backup.
fn note(config: &Config, wanted: &Wanted<'_>, now: Now) -> Result<(), Fault> {
    let database = Database::open(config)?;
    let act = author::act(None, Role::School, &now);
    let about = json!({ "lists": wanted.has_lists });
    let store = database.store();
    store.note(&act, Change::MakeBackup, wanted.school, None, Some(about))?;
    if let Some(at) = wanted.made_at {
        let noted = store.note_backup(at);
        noted.map_err(|source| Fault::Machine(NoteError::Db(source)))?;
    }
    Ok(())
}

/// Writes the file, whole or not at all. Its length.
fn write(wanted: &Wanted<'_>, passphrase: SecretString, file: &Path) -> Result<u64, Fault> {
    let mut outcome = Ok(());
    let written = lachan_sys::replace_file(file, |out| {
        let mut buffered = BufWriter::new(&mut *out);
        outcome = pack(wanted, passphrase, &mut buffered).map(drop);
        buffered.flush()?;
        drop(buffered);
        match &outcome {
            // Nothing takes the name of an earlier backup.
            Err(_) => Err(io::ErrorKind::Other.into()),
            Ok(()) => out.metadata().map(|about| about.len()),
        }
    });
    outcome?;
    written.map_err(|source| Fault::Write {
        path: file.to_owned(),
        source,
    })
}

fn default_name(now: Now, config: &Config) -> PathBuf {
    let day = now.known().map(|now| {
        let text = shown(now, &config.school.time_zone);
        text.chars()
            .take_while(|c| !c.is_whitespace())
            .collect::<String>()
    });
    match day {
        Some(day) => format!("lachan-{}.age", day.replace('/', "-")).into(),
        None => "lachan.age".into(),
    }
}

/// Restores a backup, or takes the last restore back.
///
/// # Errors
/// [`Fault`]: the settings, [`BackupError`].
pub(crate) fn restore(asked: &cli::Restore, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (config, places) = here(&asked.settings, console)?;
    let Some(file) = &asked.file else {
        check_filter_may_replace(&places)?;
        let entry = LogEntry {
            act: &author::act(None, Role::School, &Now::system()),
            change: Change::UndoRestore,
            school: &config.school.name,
            about: None,
            made_at: None,
        };
        check_settled(&places)?;
        backup::undo(&places, &entry)?;
        return place(&places, console);
    };
    let opened = File::open(file).map_err(|source| Fault::Read {
        path: file.clone(),
        source,
    })?;
    let passphrase = match &asked.passphrase_file {
        Some(file) => from_file(file)?,
        None => ask(console)?,
    };
    let staging = Staging::begin(&places)?;
    let manifest = unpack(opened, SecretString::from(passphrase), staging.folder())?;
    show(&manifest, &config, console)?;
    staging.check(&places)?;
    if !asked.yes {
        console.line(styled(WARNING, console.words.backup_would_replace()))?;
        return Ok(Exit::No);
    }
    check_settled(&places)?;
    check_filter_may_replace(&places)?;
    staging.record(&LogEntry {
        act: &author::act(None, Role::School, &Now::system()),
        change: Change::RestoreBackup,
        school: &manifest.school,
        about: None,
        made_at: manifest.made_at,
    })?;
    staging.stage()?;
    place(&places, console)
}

/// Places what is staged, or says when it will be.
fn place(places: &Places, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match place_staged(places) {
        Ok(_) => {
            console.line(console.words.backup_restored())?;
            console.note(console.words.backup_other_network())?;
        }
        Err(BackupError::Database(error)) if matches!(*error, OpenError::InUse(_)) => {
            console.line(styled(WARNING, console.words.backup_waits_for_restart()))?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

fn show(manifest: &Manifest, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let school = match manifest.school.as_str() {
        "" => words.backup_no_school(),
        school => plain(school),
    };
    let when = match manifest.made_at {
        Some(at) => shown_unix(at, &config.school.time_zone),
        None => words.backup_no_time(),
    };
    console.line(words.backup_of(&school, &when, &plain(&manifest.program)))?;
    for entry in &manifest.parts {
        let part = Part::ALL.into_iter().find(|part| part.name() == entry.name);
        if let Some(part) = part {
            let what = words.backup_part_name(part);
            console.line(format!("  - {what} ({})", size(entry.bytes)))?;
        }
    }
    Ok(())
}

/// A text of the file, without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The settings in use, and where what they mean lies.
fn here(settings: &cli::Settings, console: &mut Console<'_>) -> Result<(Config, Places), Fault> {
    let config = database::config(settings)?;
    console.words = Words::of_environment_or(config.school.language);
    let file = database::config_path(settings.config.as_deref());
    let places = Places::new(&file, &config.paths);
    Ok((config, places))
}

fn from_file(file: &Path) -> Result<String, Fault> {
    let read = || -> io::Result<String> {
        let mut line = String::new();
        let opened = File::open(file)?;
        io::BufReader::new(opened.take(MOST_PASSPHRASE)).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    };
    read().map_err(|source| Fault::Read {
        path: file.to_owned(),
        source,
    })
}

/// Asks on the terminal, which does not show what is typed.
fn ask(console: &mut Console<'_>) -> Result<String, Fault> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Err(BackupError::NoTerminal.into());
    }
    write!(console.err, "{}", console.words.backup_ask_passphrase())
        .and_then(|()| console.err.flush())
        .map_err(Fault::Output)?;
    let before = tcgetattr(&input).ok();
    if let Some(mut silent) = before.clone() {
        silent.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(&input, OptionalActions::Flush, &silent);
    }
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    if let Some(before) = before {
        let _ = tcsetattr(&input, OptionalActions::Flush, &before);
    }
    console.note("")?;
    read.map_err(|source| Fault::Read {
        path: "/dev/stdin".into(),
        source,
    })?;
    Ok(line.trim().to_owned())
}

/// A length, as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1 << 20)),
    }
}
