//! What the system says of a process: memory, files, bytes written, processor time. Texts of
//! `/proc` (proc(5)) are read by small pure functions; what is not there is `None`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A process as the system sees it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Process {
    /// Bytes of memory in use, those of mapped files included.
    pub(crate) resident: Option<u64>,
    /// Of these, bytes that are no file's and cannot be given back.
    pub(crate) anonymous: Option<u64>,
    /// Open descriptors.
    pub(crate) open_files: Option<u64>,
    /// Most descriptors it may have open.
    pub(crate) most_files: Option<u64>,
    /// Bytes it had written to a disk since its start.
    pub(crate) written: Option<u64>,
    /// Seconds of processor time since its start.
    pub(crate) processor: Option<f64>,
}

impl Process {
    /// This process.
    pub(crate) fn own() -> Self {
        Self::at(Path::new("/proc/self"))
    }

    /// The process of a folder of `/proc`.
    fn at(folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let status = text("status");
        Self {
            resident: kibibytes(&status, "VmRSS:"),
            anonymous: kibibytes(&status, "RssAnon:"),
            open_files: files_in(folder.join("fd")),
            most_files: most_files(&text("limits")),
            written: number_after(&text("io"), "write_bytes:"),
            processor: processor(&text("stat"), rustix::param::clock_ticks_per_second()),
        }
    }
}

fn files_in(folder: PathBuf) -> Option<u64> {
    u64::try_from(fs::read_dir(folder).ok()?.count()).ok()
}

/// The first word behind a key at the begin of a line, as a number.
pub(crate) fn number_after(text: &str, key: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// `VmRSS:      1234 kB` in bytes.
pub(crate) fn kibibytes(text: &str, key: &str) -> Option<u64> {
    number_after(text, key)?.checked_mul(1024)
}

/// The soft limit of `Max open files`; none when it is unlimited.
fn most_files(limits: &str) -> Option<u64> {
    number_after(limits, "Max open files")
}

/// User and system time of `/proc/PID/stat`, in seconds. The program's name, in parentheses, may
/// hold anything; the fields are counted from behind it.
fn processor(stat: &str, ticks_a_second: u64) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u32>().ok();
    let ticks = f64::from(next()?) + f64::from(next()?);
    let second = u32::try_from(ticks_a_second.max(1)).ok()?;
    Some(ticks / f64::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn this_process_is_told() {
        let own = Process::own();
        assert!(own.resident > Some(1 << 20), "{own:?}");
        assert!(
            own.open_files > Some(2) && own.most_files >= own.open_files,
            "{own:?}"
        );
        assert!(own.processor.is_some());
    }

    #[test]
    fn texts_of_the_system_are_read() {
        assert_eq!(
            kibibytes("Name: x\nVmRSS:\t  12 kB\n", "VmRSS:"),
            Some(12_288)
        );
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";
        assert_eq!(most_files(limits), Some(1024));
        assert_eq!(
            most_files("Max open files   unlimited  unlimited  files"),
            None
        );
        let stat = "7 (a ) (b) S 1 7 7 0 -1 4194560 8 0 0 0 250 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(processor(stat, 100), Some(3.0));
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in "\\PC{0,80}") {
            let _ = (kibibytes(&text, "VmRSS:"), most_files(&text), processor(&text, 100));
        }
    }
}
