//! Whether the system's clock follows a better one. The standard library tells the time, not what
//! it is worth.

use std::io;
use std::time::Duration;

/// What the kernel thinks of its clock (adjtimex(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockState {
    /// Whether a time service set it and goes on correcting it.
    pub is_synchronised: bool,
    /// How far off it may be at most, as that service says. Means little when not synchronised.
    pub error: Duration,
}

/// Asks the kernel. Needs no privilege and changes nothing.
///
/// # Errors
/// When the kernel refuses, as a sandbox may have it do.
pub fn clock_state() -> io::Result<ClockState> {
    // SAFETY: zeros are a valid `timex`; `modes` 0 asks for nothing to be set.
    let mut state: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: `state` is a valid `timex` that lives for the length of the call.
    let answer = unsafe { libc::adjtimex(&raw mut state) };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    let is_synchronised = answer != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0;
    let micros = u64::try_from(state.maxerror).unwrap_or(0);
    Ok(ClockState {
        is_synchronised,
        error: Duration::from_micros(micros),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_or_says_why_not() {
        match clock_state() {
            Ok(state) => assert!(state.error < Duration::from_secs(3600)),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
        }
    }
}
