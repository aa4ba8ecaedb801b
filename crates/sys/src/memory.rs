//! Giving memory back to the system: what was freed, which glibc's allocator does by itself only
//! with what lies at the very end of a heap (one small piece that lives keeps all below it), and the
//! program's own code, most of which runs once.

use std::io;
use std::ops::Range;

/// Gives back what the allocator holds and nobody uses, of all its arenas; whether there was any.
/// Where the allocator is not glibc's, nothing happens.
///
/// Takes each arena's lock for about a millisecond of every ten MiB it holds, so it is for a thread
/// that nobody waits for, and for moments after much was freed.
pub fn give_back_memory() -> bool {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: `malloc_trim` takes the allocator's own locks and only touches memory that is
        // free; it may be called at any time from any thread.
        let released = unsafe { libc::malloc_trim(0) };
        released != 0
    }
    #[cfg(not(target_env = "gnu"))]
    false
}

/// Lets go of the program's code that lies in memory: what is still needed comes back from the file,
/// page by page, as it runs. Most of a program runs at its start only, and the kernel maps whole
/// stretches around each page that does.
///
/// # Errors
/// When the system does not tell what is mapped where; then all is as before.
pub fn give_back_code() -> io::Result<()> {
    let program = std::env::current_exe()?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    for range in maps
        .lines()
        .filter_map(|line| code_of(line, &program.to_string_lossy()))
    {
        let length = range.len();
        let start: *mut libc::c_void = std::ptr::without_provenance_mut(range.start);
        // SAFETY: the kernel says that the range maps a file, can be run and cannot be written, so
        // nothing stands in it but what the file has, and that is read again at the next touch.
        let refused = unsafe { libc::madvise(start, length, libc::MADV_DONTNEED) };
        if refused != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// The range of a line of proc_pid_maps(5), if it is code of the program and can never have been
/// written.
fn code_of(line: &str, program: &str) -> Option<Range<usize>> {
    let mut words = line.split_whitespace();
    let (range, rights) = (words.next()?, words.next()?);
    let path = line.get(line.find('/')?..)?;
    if rights != "r-xp" || path != program {
        return None;
    }
    let (from, to) = range.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(number(from)?..number(to)?)
}

#[cfg(test)]
#[cfg(target_env = "gnu")]
mod tests {
    use std::fs;

    fn anonymous() -> u64 {
        let text = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let line = text.lines().find(|line| line.starts_with("Anonymous:"));
        let words = line.unwrap().split_whitespace().nth(1).unwrap();
        words.parse().unwrap()
    }

    #[test]
    fn only_code_of_the_program_is_let_go() {
        let of = |line| super::code_of(line, "/usr/bin/la chan");
        let code = "55d0a000-55d0c000 r-xp 00002000 fe:00 42    /usr/bin/la chan";
        assert_eq!(of(code), Some(0x55d0_a000..0x55d0_c000));
        for other in [
            code.replace("r-xp", "r--p").as_str(),
            code.replace("r-xp", "rwxp").as_str(),
            code.replace("la chan", "la chan (deleted)").as_str(),
            code.replace("/usr/bin/la chan", "").as_str(),
            "55d0a000-55d0c000",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn code_that_was_let_go_runs_again() {
        // Of the program's code alone: other tests may run beside.
        let resident = || -> u64 {
            let program = std::env::current_exe().unwrap();
            let text = fs::read_to_string("/proc/self/smaps").unwrap();
            let mut is_code = false;
            let mut total = 0;
            for line in text.lines() {
                if let Some(size) = line.strip_prefix("Rss:").filter(|_| is_code) {
                    let size = size.trim().trim_end_matches(" kB");
                    total += size.parse::<u64>().unwrap();
                } else if line.contains("-") && !line.contains(": ") {
                    is_code = super::code_of(line, &program.to_string_lossy()).is_some();
                }
            }
            total
        };
        let before = resident();
        assert!(before > 0);
        super::give_back_code().unwrap();
        let after = resident();
        assert!(after < before, "{before} KiB, then {after} KiB");
    }

    #[test]
    fn freed_memory_below_a_piece_that_lives_is_given_back() {
        // Small pieces, which come from a heap; every hundredth lives on.
        let pieces: Vec<Vec<u8>> = (0..40_000).map(|_| vec![1; 1000]).collect();
        let full = anonymous();
        let kept: Vec<_> = pieces.into_iter().step_by(100).collect();
        super::give_back_memory();
        let left = anonymous();
        assert!(full > left + 20_000, "{full} KiB, then {left} KiB");
        assert_eq!(kept.len(), 400);
    }
}
