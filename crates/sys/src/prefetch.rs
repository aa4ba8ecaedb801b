//! Asking the processor for memory that will be read soon, for batches of look-ups whose waits
//! for memory are then one wait.

/// Asks for the cache line that holds the beginning of `value`. A hint: nothing is read that the
/// program sees, and where the processor has no such instruction nothing happens.
#[inline]
pub fn prefetch<T>(value: &T) {
    let line = std::ptr::from_ref(value);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads no memory that the program sees and never faults, whatever the
    // address; this one is even a live reference. SSE, which it needs, is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: `prfm` reads no memory that the program sees, never faults, and changes neither
    // registers, flags nor the stack, as the options say.
    unsafe {
        std::arch::asm!(
            "prfm pldl1keep, [{line}]",
            line = in(reg) line,
            options(readonly, nostack, preserves_flags),
        );
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = line;
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hint_changes_nothing() {
        let words = [1u64, 2, 3];
        words.iter().for_each(super::prefetch);
        super::prefetch(&[0u8; 0]);
        assert_eq!(words, [1, 2, 3]);
    }
}
