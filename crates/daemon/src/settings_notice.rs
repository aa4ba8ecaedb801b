//! What the box put back by itself, settings or a restore: told on the pages until somebody has read it, for a
//! line of the log is read by nobody who wonders where her change went.
//!
//! It stands beside the settings file (`lachan.toml.notice`, 0600), where neither a restore nor its way back
//! reaches it, and holds key paths and names of people, never values.

use std::io;

use lachan_api::ports::{Finding, Severity};
use lachan_config::Language;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::settings_file::{SettingsFile, Settled, forget_file, read_file, write_private};
use crate::time::Now;
use crate::words::Words;

/// Most key paths that are told.
const MOST_CHANGED: usize = 50;

/// Why something went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Why {
    /// Nobody confirmed the change in time, or the machine was started anew before anybody could.
    Unconfirmed,
    /// The box could not start with it.
    NoStart,
    /// Twice it started with it and did not live for a minute.
    Died,
    /// It could not start with what a backup had brought.
    Restore,
}

/// What a fault said, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) vi: String,
    pub(crate) en: String,
}

impl Reason {
    pub(crate) fn of(fault: &Fault) -> Self {
        let told = |language| fault.report(Words::new(language));
        Self {
            vi: told(Language::Vietnamese),
            en: told(Language::English),
        }
    }
}

/// What went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// Unix seconds; `None` where the box did not know the time.
    pub(crate) at: Option<i64>,
    pub(crate) why: Why,
    /// Who had made the change; empty where that is not known.
    pub(crate) by: String,
    /// Key paths of the settings that are as before.
    pub(crate) changed: Vec<String>,
    /// What kept the box from starting.
    pub(crate) reason: Option<Reason>,
}

/// Settings that were put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PutBack {
    /// What they were.
    pub(crate) before: String,
    /// What they are.
    pub(crate) after: String,
}

/// What became of a change that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// None does.
    Nothing,
    /// It waits still.
    Waits,
    /// The file before is back, and people will be told.
    PutBack(PutBack),
}

/// Settles a change, and leaves a notice where the settings before are back.
///
/// # Errors
/// The file system, of what is settled. A notice that cannot be written is only a line of the log.
pub(crate) fn settle_and_tell(
    file: &SettingsFile,
    why: Why,
    reason: Option<Reason>,
    settle: impl FnOnce(&SettingsFile) -> io::Result<Settled>,
) -> io::Result<Outcome> {
    let text = || {
        let read = file.read().ok();
        read.and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    };
    let (note, before) = (file.note(), text());
    match settle(file)? {
        Settled::Nothing => Ok(Outcome::Nothing),
        Settled::Waits => Ok(Outcome::Waits),
        Settled::PutBack => {
            let after = text();
            let (_, changed) = lachan_api::shown_differences(&before, &after);
            let changed = changed.as_object().into_iter().flatten();
            tell(
                file,
                &Notice {
                    at: now(),
                    why,
                    by: note.map(|note| note.by).unwrap_or_default(),
                    changed: changed
                        .map(|(key, _)| key.clone())
                        .take(MOST_CHANGED)
                        .collect(),
                    reason,
                },
            );
            Ok(Outcome::PutBack(PutBack { before, after }))
        }
    }
}

/// Leaves a notice, in the place of one that nobody read yet.
pub(crate) fn tell(file: &SettingsFile, notice: &Notice) {
    let written = serde_json::to_vec(notice)
        .map_err(io::Error::other)
        .and_then(|text| write_private(&file.notice(), &text));
    if let Err(error) = written {
        tracing::warn!(%error, "people cannot be told what the box put back");
    }
}

/// That a restore was taken back because the box did not start with it.
pub(crate) fn of_restore(fault: &Fault) -> Notice {
    Notice {
        at: now(),
        why: Why::Restore,
        by: String::new(),
        changed: Vec::new(),
        reason: Some(Reason::of(fault)),
    }
}

impl Notice {
    /// In a sentence, for the overview.
    pub(crate) fn finding(&self, words: Words) -> Finding {
        Finding {
            code: "went-back".to_owned(),
            severity: Severity::Warning,
            checked: true,
            title: match self.why {
                Why::Unconfirmed => words.settings_went_back_unconfirmed(),
                Why::NoStart => words.settings_went_back_no_start(),
                Why::Died => words.settings_went_back_died(),
                Why::Restore => words.restore_went_back(),
            },
            remedy: Some(words.went_back_remedy()),
        }
    }
}

/// The notice that nobody dismissed yet; one that cannot be read tells nobody anything.
pub(crate) fn told(file: &SettingsFile) -> Option<Notice> {
    let text = read_file(&file.notice()).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Somebody has read it. Whether there was one.
///
/// # Errors
/// The file system.
pub(crate) fn dismiss(file: &SettingsFile) -> io::Result<bool> {
    let was_there = file.notice().exists();
    forget_file(&file.notice())?;
    Ok(was_there)
}

fn now() -> Option<i64> {
    Now::system().known().map(|now| now.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings_file::Uptime;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_went_back_is_told_until_somebody_dismisses_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.toml");
        let old = "version = \"v1\"\n[school]\nname = \"A\"\n";
        fs::write(&path, old).unwrap();
        let file = SettingsFile::new(&path);
        assert_eq!(told(&file), None);
        let new = old.replace("\"A\"", "\"Secret\"");
        file.write(new.as_bytes(), "Cô An (an)", None).unwrap();
        let now = Uptime::now();
        let waits = settle_and_tell(&file, Why::NoStart, None, |file| file.settle(&now, false));
        assert_eq!(waits.unwrap(), Outcome::Waits);
        assert_eq!(told(&file), None);
        let reason = Reason {
            vi: "cổng đã có".into(),
            en: "the port is taken".into(),
        };
        let back = settle_and_tell(&file, Why::NoStart, Some(reason.clone()), |file| {
            file.settle(&now, true)
        });
        let back = back.unwrap();
        assert!(matches!(&back, Outcome::PutBack(PutBack { after, .. }) if after == old));
        let notice = told(&file).unwrap();
        assert_eq!(
            (notice.why, notice.by.as_str()),
            (Why::NoStart, "Cô An (an)")
        );
        assert_eq!(notice.changed, ["school.name"]);
        assert_eq!(notice.reason, Some(reason));
        let about = fs::metadata(file.notice()).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
        // Key paths, and no values.
        assert!(
            !fs::read_to_string(file.notice())
                .unwrap()
                .contains("Secret")
        );
        assert!(dismiss(&file).unwrap());
        assert_eq!((told(&file), dismiss(&file).unwrap()), (None, false));
    }
}
