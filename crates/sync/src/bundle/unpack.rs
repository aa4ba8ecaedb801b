//! The long work on lists, beside the runtime's own threads, and zstd within bounds.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// log₂ of the window that zstd may ask for at least: 8 MiB, what its levels up to 19 use.
const LEAST_WINDOW: u32 = 23;
/// … and at most: 128 MiB. A box has few of them.
const MOST_WINDOW: u32 = 27;

/// Unpacks a file of so many bytes unpacked; one that asks for more memory than such a file is worth is
/// refused.
pub(super) fn unpacked(
    path: &Path,
    length: u64,
) -> io::Result<zstd::Decoder<'static, BufReader<File>>> {
    let mut decoder = zstd::Decoder::new(File::open(path)?)?;
    decoder.window_log_max(window(length))?;
    Ok(decoder)
}

/// log₂ of the window for so many bytes: no more than all of them.
fn window(length: u64) -> u32 {
    let bits = u64::BITS - length.saturating_sub(1).leading_zeros();
    bits.clamp(LEAST_WINDOW, MOST_WINDOW)
}

/// Runs what takes the processor or the disk for long where no answer waits behind it.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    #[test]
    fn a_window_is_no_larger_than_the_list() {
        assert_eq!(window(0), LEAST_WINDOW);
        assert_eq!(window(8 << 20), 23);
        assert_eq!(window((8 << 20) + 1), 24);
        assert_eq!(window(100_000_000), 27);
        assert_eq!(window(u64::MAX), MOST_WINDOW);
    }

    #[test]
    fn a_short_list_that_asks_for_a_large_window_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let mut encoder = zstd::Encoder::new(File::create(&path).unwrap(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"a.vn\n").unwrap();
        encoder.finish().unwrap();
        let read = |length| {
            let mut text = Vec::new();
            unpacked(&path, length)?.read_to_end(&mut text)
        };
        assert!(read(5).is_err());
        assert_eq!(read(128 << 20).unwrap(), 5);
    }
}
