//! The first-run code: who reads it at the box makes the first account, from a browser. Random, good
//! once, shown at the start and kept in a file of its owner's only; gone with the first account.

use std::fs;
use std::io;
use std::path::PathBuf;

use lachan_config::Paths;
use lachan_web::TypedCode;

use crate::authority;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstRunError {
    /// The file cannot be read or written.
    #[error("{} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The kernel gave no randomness.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Where it lies.
pub(crate) fn path(paths: &Paths) -> PathBuf {
    paths.state().join("first-run-code")
}

/// The code of a box on which nobody has an account; made where there is none, so that the one that
/// was noted down holds over a restart.
///
/// # Errors
/// [`FirstRunError`].
pub(crate) fn load_or_make(paths: &Paths) -> Result<TypedCode, FirstRunError> {
    let file = path(paths);
    let failed = |source| FirstRunError::File {
        path: path(paths),
        source,
    };
    match authority::read_text(&file) {
        Ok(text) if is_code(text.trim()) => return Ok(TypedCode::typed(&text)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
        Err(error) => return Err(failed(error)),
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(FirstRunError::Random)?;
    let code = TypedCode::new(random);
    authority::write(&file, &format!("{}\n", code.as_str())).map_err(failed)?;
    Ok(code)
}

/// As it was written: three blocks of four. A file that was cut opens nothing.
fn is_code(text: &str) -> bool {
    let is_plain =
        |block: &str| block.len() == 4 && block.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.split('-').count() == 3 && text.split('-').all(is_plain)
}

/// Takes it away; one that is gone already is no error.
pub(crate) fn forget(paths: &Paths) -> io::Result<()> {
    match fs::remove_file(path(paths)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// As people read it: in blocks, whatever form it was read in.
pub(crate) fn shown(code: &TypedCode) -> String {
    let plain: Vec<char> = code.as_str().chars().filter(|c| *c != '-').collect();
    let blocks = plain
        .chunks(4)
        .map(|block| block.iter().collect::<String>());
    blocks.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn it_holds_over_a_restart_and_ends_with_the_first_account() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let first = load_or_make(&paths).unwrap();
        let again = load_or_make(&paths).unwrap();
        assert!(first.is(&again));
        assert_eq!(shown(&first), shown(&again));
        let mode = fs::metadata(path(&paths)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        forget(&paths).unwrap();
        forget(&paths).unwrap();
        assert!(!load_or_make(&paths).unwrap().is(&first));
    }

    #[test]
    fn a_file_that_was_cut_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        fs::create_dir_all(paths.state()).unwrap();
        for cut in [
            &b""[..],
            b"\n",
            b"abcd-",
            b"abcd-efgh-jkm",
            b"----",
            b"\xff",
        ] {
            fs::write(path(&paths), cut).unwrap();
            let code = load_or_make(&paths).unwrap();
            assert!(!code.is(&TypedCode::typed(&String::from_utf8_lossy(cut))));
            forget(&paths).unwrap();
        }
    }
}
