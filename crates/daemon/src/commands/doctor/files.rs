//! The files: database and ruleset.

use std::path::Path;

use lachan_config::Tls;
use lachan_lists::verify::{VerifyError, verify};
use lachan_policy::ruleset::Header;

use super::Case;
use super::finding::Finding;
use crate::certificate;
use crate::database::Database;
use crate::fault::Fault;
use crate::files::previous;
use crate::time::Now;
use crate::words::{Words, path};

/// Days after which a ruleset is called old: gambling and fraud move to new names within weeks.
const OLD_DAYS: i64 = 30;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let config = case.config;
    let ruleset = Ruleset {
        path: path(&config.paths.ruleset),
        verified: verify(&config.paths.ruleset),
        has_previous: previous(&config.paths.ruleset).exists(),
        has_rules: config.paths.rules.is_dir(),
        now: Now::system().known().map(|now| now.as_second()),
    };
    let mut findings = vec![
        database(case.words, &config.paths.database(), people(case)),
        of_ruleset(case.words, &ruleset),
    ];
    let encrypted = &config.resolver.encrypted;
    if let Some(tls) = encrypted.tls.as_ref().filter(|_| encrypted.is_on()) {
        findings.extend(of_certificate(case.words, tls, ruleset.now));
    }
    findings
}

/// The certificate of encrypted DNS.
fn of_certificate(words: Words, tls: &Tls, now: Option<i64>) -> Vec<Finding> {
    const CHECK: &str = "certificate";
    let concerns = match certificate::judge(tls, now) {
        Ok(concerns) => concerns,
        Err(error) => {
            let text = words.encrypted_dns_off(&words.certificate_error(&error));
            return vec![Finding::fault(CHECK, text, words.certificate_remedy())];
        }
    };
    if concerns.is_empty() {
        let text = words.certificate_sound(&path(&tls.cert));
        return vec![Finding::good(CHECK, text)];
    }
    let each = concerns.iter().map(|concern| {
        let text = words.certificate_concern(concern);
        Finding::warning(CHECK, text, words.certificate_remedy())
    });
    each.collect()
}

/// How many groups and exceptions the database holds; `None` without a database.
fn people(case: &Case<'_>) -> Result<Option<(usize, usize)>, Fault> {
    let Some(database) = Database::open_existing(case.config)? else {
        return Ok(None);
    };
    let read = database.ask(|reader| Ok((reader.groups()?.len(), reader.exceptions()?.len())));
    read.map(Some)
}

fn database(words: Words, file: &Path, read: Result<Option<(usize, usize)>, Fault>) -> Finding {
    const CHECK: &str = "database";
    let file = path(file);
    match read {
        Ok(None) => Finding::good(CHECK, words.database_not_yet(&file)),
        Ok(Some((0, _))) => {
            let text = words.database_without_groups(&file);
            Finding::warning(CHECK, text, words.groups_remedy())
        }
        Ok(Some((groups, exceptions))) => {
            Finding::good(CHECK, words.database_sound(&file, groups, exceptions))
        }
        Err(fault) => Finding::fault(CHECK, fault.explained(words), words.database_remedy(&file)),
    }
}

/// What was seen of the ruleset.
struct Ruleset {
    path: String,
    verified: Result<Header, VerifyError>,
    has_previous: bool,
    has_rules: bool,
    now: Option<i64>,
}

fn of_ruleset(words: Words, seen: &Ruleset) -> Finding {
    const CHECK: &str = "ruleset";
    let compile = words.compile_remedy(&seen.path);
    let header = match &seen.verified {
        Ok(header) => header,
        Err(VerifyError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = words.ruleset_not_there(&seen.path);
            return if seen.has_rules {
                Finding::warning(CHECK, text, compile)
            } else {
                Finding::fault(CHECK, text, words.rules_remedy())
            };
        }
        Err(error) => {
            let text = words.ruleset_bad(&seen.path, &error.to_string());
            return if seen.has_previous {
                Finding::warning(CHECK, text, compile)
            } else {
                Finding::fault(CHECK, text, compile)
            };
        }
    };
    let days = seen
        .now
        .filter(|_| header.built > 0)
        .map(|now| (now - header.built).max(0) / 86_400);
    match days {
        None => Finding::unknown(CHECK, words.ruleset_ageless(header.names)),
        Some(days) if days > OLD_DAYS => {
            Finding::warning(CHECK, words.ruleset_old(header.names, days), compile)
        }
        Some(days) => Finding::good(CHECK, words.ruleset_sound(header.names, days)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;
    use std::io;

    const WORDS: Words = Words::new(Language::Vietnamese);
    const NOW: i64 = 1_795_397_400;

    fn header(built: i64) -> Header {
        Header {
            file_length: 0,
            seed: 0,
            names: 7_356,
            lines: 0,
            depth: 0,
            shallowest: 0,
            built,
            sections: Vec::new(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Ruleset), expected: Level, part: &str) {
        let mut seen = Ruleset {
            path: "/x/current.ruleset".into(),
            verified: Ok(header(NOW - 86_400)),
            has_previous: false,
            has_rules: true,
            now: Some(NOW),
        };
        change(&mut seen);
        let finding = of_ruleset(WORDS, &seen);
        assert_eq!(finding.level, expected, "{finding:?}");
        assert!(finding.text.contains(part), "{finding:?}");
    }

    #[test]
    fn a_ruleset_is_judged_by_its_state_and_age() {
        check(|_| (), Level::Good, "7356");
        check(
            |seen| seen.verified = Ok(header(NOW - 40 * 86_400)),
            Level::Warning,
            "40",
        );
        check(|seen| seen.now = None, Level::Unknown, "7356");
        check(|seen| seen.verified = Ok(header(0)), Level::Unknown, "7356");
    }

    #[test]
    fn a_missing_or_damaged_ruleset_is_a_fault_where_nothing_can_stand_in() {
        let missing = || Err(VerifyError::Io(io::ErrorKind::NotFound.into()));
        let damaged = || {
            Err(VerifyError::Length {
                expected: 9,
                actual: 7,
            })
        };
        check(
            |seen| seen.verified = missing(),
            Level::Warning,
            "/x/current.ruleset",
        );
        check(
            |seen| {
                seen.verified = missing();
                seen.has_rules = false;
            },
            Level::Fault,
            "/x/current.ruleset",
        );
        check(|seen| seen.verified = damaged(), Level::Fault, "7 bytes");
        check(
            |seen| {
                seen.verified = damaged();
                seen.has_previous = true;
            },
            Level::Warning,
            "7 bytes",
        );
    }

    #[test]
    fn a_database_is_judged_by_what_is_in_it() {
        let file = Path::new("/x/lachan.db");
        for (read, expected) in [
            (Ok(None), Level::Good),
            (Ok(Some((0, 0))), Level::Warning),
            (Ok(Some((5, 2))), Level::Good),
            (Err(Fault::UnknownGroup("x".into())), Level::Fault),
        ] {
            assert_eq!(database(WORDS, file, read).level, expected);
        }
    }
}
