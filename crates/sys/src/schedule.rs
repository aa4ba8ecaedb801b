//! What the kernel's scheduler is told of a thread: that somebody waits for it, or that nobody does.
//!
//! A box may have one free core. A query that comes while the log is written or a miss is on its way
//! should not wait for either to finish its turn.

use std::io;

/// How long a thread that answers runs at a turn, in nanoseconds: the shortest the kernel takes
/// (since Linux 6.12; older ones take no notice). A thread with a shorter turn that wakes up goes before
/// one with a longer.
const SHORT_TURN: u64 = 100_000;

/// Somebody waits for each thing this thread does, and none of them takes long: it should run as soon
/// as it wakes up. Its share of the processor stays the same.
///
/// # Errors
/// When the kernel refuses, as in some containers; then all is as before.
pub fn answer_at_once() -> io::Result<()> {
    let mut about = attributes()?;
    about.sched_runtime = SHORT_TURN;
    // SAFETY: the pointer is to a whole `sched_attr` that states its own size and lives for the
    // length of the call; 0 is this thread.
    let refused = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const about, 0) };
    done(refused)
}

/// Nobody waits for what this thread does: it runs when no other wants to, and lets go as soon as
/// one does.
///
/// # Errors
/// When the kernel refuses; then all is as before.
pub fn work_behind_others() -> io::Result<()> {
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: the pointer is to a whole `sched_param` that lives for the length of the call; 0 is
    // this thread.
    let refused = unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const none) };
    done(refused.into())
}

/// What holds for this thread.
fn attributes() -> io::Result<libc::sched_attr> {
    // SAFETY: zeros are a valid `sched_attr`, which is numbers only.
    let mut about: libc::sched_attr = unsafe { std::mem::zeroed() };
    let size = u32::try_from(size_of::<libc::sched_attr>()).unwrap_or_default();
    // SAFETY: the pointer is to `size` bytes that may be written for the length of the call; 0 is this
    // thread.
    let refused = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut about, size, 0) };
    done(refused)?;
    about.size = size;
    Ok(about)
}

fn done(refused: libc::c_long) -> io::Result<()> {
    if refused == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a thread of its own, since what is told holds until its end.
    fn in_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(work).join()).unwrap()
    }

    #[test]
    fn a_thread_that_answers_keeps_its_share() {
        let (before, after) = in_thread(|| {
            let before = attributes().unwrap();
            answer_at_once().unwrap();
            (before, attributes().unwrap())
        });
        assert_eq!(
            (before.sched_policy, before.sched_nice),
            (after.sched_policy, after.sched_nice)
        );
        // Kernels before 6.12 tell 0, and keep to their own length.
        assert!(
            [0, SHORT_TURN].contains(&after.sched_runtime),
            "{}",
            after.sched_runtime
        );
        assert_eq!(before.sched_runtime > 0, after.sched_runtime > 0);
    }

    #[test]
    fn a_thread_nobody_waits_for_goes_last() {
        let policy = in_thread(|| {
            work_behind_others().unwrap();
            attributes().unwrap().sched_policy
        });
        assert_eq!(i64::from(policy), i64::from(libc::SCHED_IDLE));
    }
}
