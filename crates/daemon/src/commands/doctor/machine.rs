//! The machine: room on the card and how fast it wears, memory, descriptors, the kernel's buffers.

use std::fs;
use std::path::{Path, PathBuf};

use lachan_resolver::RECEIVE_BUFFER;

use super::finding::Finding;
use super::{Case, ports, proc};
use crate::control::Status;
use crate::process::kibibytes;
use crate::words::Words;

const MIB: u64 = 1 << 20;
/// Below this the database cannot grow for a day, and no new ruleset can be written.
const NO_ROOM: u64 = 64 * MIB;
/// Below this a new ruleset of six million names and the old one do not fit side by side.
const LITTLE_ROOM: u64 = 512 * MIB;
/// Memory that must be free for a new ruleset to be compiled.
const LITTLE_MEMORY: u64 = 128 * MIB;
/// Written a day: a card of 32 GB bears some 30 TB, so this is its life within about 40 years; ten
/// times as much and it dies within a child's time at school.
const MUCH_WRITTEN: u64 = 2 << 30;
/// A rate is only told of what ran for this long.
const LONG_ENOUGH: u64 = 3600;
const DAY: u64 = 86_400;
/// Descriptors beside those of questions under way: listeners, TCP clients, database, log.
const OTHER_FILES: u64 = 256;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let words = case.words;
    let mut findings = vec![disk(words, room(&case.config.paths.data))];
    if let Some(status) = case.status {
        findings.extend(wear(words, status.process.written, status.uptime));
        findings.extend(files(
            words,
            status.process.most_files,
            case.config.resolver.max_misses,
        ));
        findings.push(losses(words, drops_of(status)));
    }
    let text = |file: &str| fs::read_to_string(file).unwrap_or_default();
    findings.push(memory(words, &text("/proc/meminfo")));
    findings.push(buffer(words, &text("/proc/sys/net/core/rmem_max")));
    findings
}

/// Free bytes where the data is, or will be, and the folder that was looked at.
fn room(data: &Path) -> (PathBuf, Option<u64>) {
    let folder = data
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(data);
    // Asked of a file in it: the folder may be a disk of its own.
    let inside = folder.join("lachan.db");
    (folder.to_owned(), lachan_sys::free_bytes(&inside).ok())
}

fn disk(words: Words, (folder, free): (PathBuf, Option<u64>)) -> Finding {
    const CHECK: &str = "disk";
    let folder = crate::words::path(&folder);
    match free {
        None => Finding::unknown(CHECK, words.disk_unknown(&folder)),
        Some(free) if free < NO_ROOM => Finding::fault(
            CHECK,
            words.disk_full_at(&folder, free / MIB),
            words.disk_remedy(),
        ),
        Some(free) if free < LITTLE_ROOM => Finding::warning(
            CHECK,
            words.disk_low(&folder, free / MIB),
            words.disk_remedy(),
        ),
        Some(free) => Finding::good(CHECK, words.disk_free(&folder, free / MIB)),
    }
}

/// How much the filter writes a day, once it ran for long enough to tell.
fn wear(words: Words, written: Option<u64>, uptime: u64) -> Option<Finding> {
    const CHECK: &str = "card-wear";
    let written = written.filter(|_| uptime >= LONG_ENOUGH)?;
    let daily = u64::try_from(u128::from(written) * u128::from(DAY) / u128::from(uptime));
    let daily = daily.unwrap_or(u64::MAX);
    Some(if daily > MUCH_WRITTEN {
        Finding::warning(CHECK, words.card_wears(daily / MIB), words.card_remedy())
    } else {
        Finding::good(CHECK, words.card_written(daily.div_ceil(MIB)))
    })
}

fn files(words: Words, most: Option<u64>, max_misses: u32) -> Option<Finding> {
    const CHECK: &str = "open-files";
    let needed = u64::from(max_misses) + OTHER_FILES;
    let most = most?;
    Some(if most < needed {
        Finding::warning(
            CHECK,
            words.files_few(most, needed),
            words.files_remedy(needed),
        )
    } else {
        Finding::good(CHECK, words.files_enough(most))
    })
}

fn memory(words: Words, meminfo: &str) -> Finding {
    const CHECK: &str = "memory";
    match kibibytes(meminfo, "MemAvailable:") {
        None => Finding::unknown(CHECK, words.memory_unknown()),
        Some(free) if free < LITTLE_MEMORY => {
            Finding::warning(CHECK, words.memory_low(free / MIB), words.memory_remedy())
        }
        Some(free) => Finding::good(CHECK, words.memory_free(free / MIB)),
    }
}

/// A burst of queries waits in the kernel; it gives no more room than the system allows.
fn buffer(words: Words, rmem_max: &str) -> Finding {
    const CHECK: &str = "receive-buffer";
    let wanted = RECEIVE_BUFFER as u64;
    match rmem_max.trim().parse::<u64>() {
        Err(_) => Finding::unknown(CHECK, words.buffer_unknown()),
        Ok(most) if most < wanted => {
            let text = words.buffer_small(most / 1024, wanted / 1024);
            Finding::warning(CHECK, text, words.buffer_remedy(wanted))
        }
        Ok(_) => Finding::good(CHECK, words.buffer_enough()),
    }
}

/// Queries that the kernel threw away before the filter could take them.
fn drops_of(status: &Status) -> Option<u64> {
    let folder = Path::new("/proc").join(status.pid.to_string());
    let inodes: Vec<_> = ports::inodes_of(&folder).collect();
    let tables = ["/proc/net/udp", "/proc/net/udp6"];
    let texts = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok());
    let sockets = texts.flat_map(|text| proc::sockets(&text));
    let is_ours = |socket: &proc::SocketLine| {
        let port = socket.local.port();
        inodes.contains(&socket.inode) && status.listeners.iter().any(|own| own.port() == port)
    };
    (!inodes.is_empty()).then(|| sockets.filter(is_ours).map(|socket| socket.drops).sum())
}

fn losses(words: Words, drops: Option<u64>) -> Finding {
    const CHECK: &str = "lost-queries";
    match drops {
        None => Finding::unknown_until(CHECK, words.losses_unknown(), words.run_as_root()),
        Some(0) => Finding::good(CHECK, words.no_losses()),
        Some(drops) => {
            let remedy = words.buffer_remedy(RECEIVE_BUFFER as u64);
            Finding::warning(CHECK, words.losses(drops), remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);

    #[test]
    fn room_is_judged_by_what_must_fit() {
        for (free, expected) in [
            (None, Level::Unknown),
            (Some(10 * MIB), Level::Fault),
            (Some(100 * MIB), Level::Warning),
            (Some(900 * MIB), Level::Good),
        ] {
            assert_eq!(disk(VI, ("/x".into(), free)).level, expected);
        }
    }

    #[test]
    fn room_is_looked_for_where_the_data_will_be() {
        let folder = tempfile::tempdir().unwrap();
        let (found, free) = room(&folder.path().join("not/yet/there"));
        assert_eq!(found, folder.path());
        assert!(free.is_some());
    }

    #[test]
    fn the_card_s_wear_is_told_by_the_day() {
        assert_eq!(wear(VI, Some(1), LONG_ENOUGH - 1), None);
        let finding = wear(VI, Some(MIB), 2 * DAY).unwrap();
        assert_eq!(finding.level, Level::Good, "{finding:?}");
        let finding = wear(VI, Some(1 << 30), LONG_ENOUGH).unwrap();
        assert_eq!(finding.level, Level::Warning, "{finding:?}");
        assert!(wear(VI, Some(u64::MAX), LONG_ENOUGH).is_some());
    }

    #[test]
    fn descriptors_must_do_for_the_questions_that_may_be_under_way() {
        assert_eq!(files(VI, Some(1024), 512).unwrap().level, Level::Good);
        let few = files(VI, Some(1024), 4096).unwrap();
        assert_eq!(few.level, Level::Warning);
        assert!(few.remedy.unwrap().contains("LimitNOFILE=4352"));
    }

    #[test]
    fn memory_and_buffers_are_read_from_the_system_s_texts() {
        assert_eq!(
            memory(VI, "MemTotal: 9 kB\nMemAvailable:  900000 kB\n").level,
            Level::Good
        );
        assert_eq!(
            memory(VI, "MemAvailable:  90000 kB\n").level,
            Level::Warning
        );
        assert_eq!(memory(VI, "").level, Level::Unknown);
        assert_eq!(buffer(VI, "212992\n").level, Level::Warning);
        assert_eq!(buffer(VI, "8388608\n").level, Level::Good);
        assert_eq!(buffer(VI, "").level, Level::Unknown);
    }

    #[test]
    fn lost_queries_are_told() {
        assert_eq!(losses(VI, Some(0)).level, Level::Good);
        assert_eq!(losses(VI, Some(7)).level, Level::Warning);
        assert_eq!(losses(VI, None).level, Level::Unknown);
    }
}
