//! A read-only memory map of a whole file.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::{Advice, Mmap};

/// A file mapped into memory for reading. The mapping stays valid when the file is replaced by
/// renaming another over it: it keeps the old one.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps the whole file, for access at random places.
    ///
    /// # Errors
    /// What opening or mapping gives; [`io::ErrorKind::InvalidData`] for an empty file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file is empty",
            ));
        }
        // SAFETY: a map is unsound only while somebody changes or cuts the mapped file. Rulesets
        // are never written in place: `replace_file` writes a new file and renames it over the old
        // name, which leaves the mapped inode as it was; the folder belongs to the service's own
        // user (mode 0700). A person who truncates it by hand as root ends the daemon with a word
        // (`die_loudly_on_bus_error`); its service manager starts it again, and it falls back.
        let map = unsafe { Mmap::map(&file)? };
        // Read-ahead would drag the cold part of the file into memory with the hot one.
        map.advise(Advice::Random)?;
        Ok(Self { map })
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replace_file;
    use std::io::Write as _;

    #[test]
    fn a_map_outlives_the_replacement_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace_file(&path, |file| file.write_all(b"old")).unwrap();
        let map = MappedFile::open(&path).unwrap();
        replace_file(&path, |file| file.write_all(b"newer")).unwrap();
        assert_eq!(map.as_ref(), b"old");
        assert_eq!(MappedFile::open(&path).unwrap().as_ref(), b"newer");
    }

    #[test]
    fn empty_and_missing_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert_eq!(
            MappedFile::open(&path).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        std::fs::write(&path, b"").unwrap();
        assert_eq!(
            MappedFile::open(&path).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
