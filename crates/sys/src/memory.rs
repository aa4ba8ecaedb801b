//! Giving memory that was freed back to the system, which glibc's allocator does by itself only
//! with what lies at the very end of a heap: one small piece that lives keeps all below it.

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
