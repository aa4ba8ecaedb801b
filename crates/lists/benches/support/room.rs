//! Where a bench writes: one folder, told with its size before anything is written, and gone when
//! the bench ends, also by a panic. What ends it without its doing (Ctrl-C) leaves the folder to
//! `scripts/bench`, which made the one around it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const MIB: u64 = 1 << 20;
/// How a full disk shows in what a panic says: by the kernel's word and by SQLite's.
const FULL: [&str; 2] = ["No space left on device", "disk is full"];

/// The folder of a run.
pub(crate) struct Room {
    folder: TempDir,
}

impl Room {
    /// Makes the folder in `TMPDIR`, or in `otherwise` where that is not set. Says where and how much
    /// the bench will write at most; ends it when there is less room than that.
    pub(crate) fn open(bench: &'static str, otherwise: &str, mebibytes: u64) -> Self {
        let place = std::env::var_os("TMPDIR").map_or_else(|| otherwise.into(), PathBuf::from);
        // The folder that holds a file which need not exist.
        let free = lachan_sys::free_bytes(&place.join("bench"));
        let free = free.unwrap_or_else(|error| panic!("{}: {error}", place.display())) / MIB;
        let shown = place.display();
        say(
            bench,
            &format!(
                "writes up to {mebibytes} MiB in {shown} ({free} MiB are free) and removes it"
            ),
        );
        if free < mebibytes {
            say(
                bench,
                &format!(
                    "not enough room on the disk: free {} MiB more, or set TMPDIR to a folder on another",
                    mebibytes - free
                ),
            );
            std::process::exit(1);
        }
        watch(bench);
        let mut folder = tempfile::Builder::new();
        let folder = folder.prefix("lachan-bench-").tempdir_in(place).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes panics of this process say so plainly when a disk was full.
pub(crate) fn watch(bench: &'static str) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        let text = panic.to_string();
        if FULL.iter().any(|word| text.contains(word)) {
            say(
                bench,
                "the disk became full; free some room, or set TMPDIR to a folder on another",
            );
        }
    }));
}

fn say(bench: &str, text: &str) {
    let _ = writeln!(std::io::stderr(), "bench {bench}: {text}");
}
