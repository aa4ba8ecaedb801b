//! What happens when a mapped file is cut while it is read: the kernel sends SIGBUS, and the
//! default is to die without a word.

use std::io;
use std::ptr;
use std::sync::OnceLock;

/// The message and the exit code of [`die_loudly_on_bus_error`].
static LAST_WORDS: OnceLock<(Vec<u8>, i32)> = OnceLock::new();

/// From now on a bus error prints `message` on standard error and ends the process with `code`, so
/// that whoever restarts it knows why. Reading on is no choice: a filter that reads zeros where
/// its lists were would open everything.
///
/// # Errors
/// When the kernel refuses the handler. The first call's message stays.
pub fn die_loudly_on_bus_error(message: &str, code: i32) -> io::Result<()> {
    LAST_WORDS.get_or_init(|| (format!("{message}\n").into_bytes(), code));
    // SAFETY: zeros are a valid `sigaction`: no flags, an empty mask, the default handler.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_bus_error as *const () as libc::sighandler_t;
    // SAFETY: `action` is a valid `sigaction` for the length of the call, its handler has the
    // signature that goes without SA_SIGINFO, and no old action is asked for.
    let refused = unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) };
    if refused == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Only what is allowed in a signal handler (signal-safety(7)): an atomic load, write, _exit.
extern "C" fn on_bus_error(_: libc::c_int) {
    let (message, code) = LAST_WORDS
        .get()
        .map_or((&[][..], 1), |(message, code)| (&message[..], *code));
    // SAFETY: the pointer and length are those of a slice that lives as long as the process.
    let _ = unsafe { libc::write(2, message.as_ptr().cast(), message.len()) };
    // SAFETY: _exit may be called from a handler and does not return.
    unsafe { libc::_exit(code) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// Runs this very test in a process of its own, where it is allowed to die.
    #[test]
    fn a_cut_map_ends_the_process_with_a_word() {
        if let Ok(path) = std::env::var("LACHAN_TEST_CUT") {
            super::die_loudly_on_bus_error("the file was cut", 3).unwrap();
            let map = crate::MappedFile::open(path.as_ref()).unwrap();
            std::fs::File::create(&path).unwrap();
            std::hint::black_box(map.as_ref()[5000]);
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, vec![1; 10_000]).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "bus::tests::a_cut_map_ends_the_process_with_a_word",
                "--nocapture",
            ])
            .env("LACHAN_TEST_CUT", &path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("the file was cut"));
    }
}
