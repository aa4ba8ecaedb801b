//! The socket file: where it stands, who may use it, and what happens to one that is there already.
//!
//! It is bound under another name, given its mode, and renamed: under its own name it never stands
//! with another mode, and there is never a moment without one.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use lachan_config::Access;
use lachan_config::values::control::MAX_SOCKET_PATH;

/// Mode of the folder, if it has to be made: nobody else looks in, the group may pass.
const FOLDER_MODE: u32 = 0o750;

/// Why the socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    /// Somebody answers there.
    #[error("another running program answers at {}", .0.display())]
    Live(PathBuf),
    /// Something else has its name.
    #[error("{} is no socket and is not replaced", .0.display())]
    NotASocket(PathBuf),
    /// The system.
    #[error("the control socket {} cannot be opened", .path.display())]
    System {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The listening socket. Its file goes when it is closed or dropped, if it is still its own.
#[derive(Debug)]
pub(crate) struct ControlSocket {
    listener: UnixListener,
    file: SocketFile,
}

/// The file of a socket.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    mark: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // One that another process put there since is its own.
        if fs::symlink_metadata(&self.path).is_ok_and(|now| mark(&now) == self.mark) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn mark(about: &fs::Metadata) -> (u64, u64) {
    (about.dev(), about.ino())
}

impl ControlSocket {
    /// Opens the socket. One left behind by a dead process is replaced.
    ///
    /// # Errors
    /// [`SocketError`].
    pub(crate) fn open(path: &Path, access: Access) -> Result<Self, SocketError> {
        let system = |source| SocketError::System {
            path: path.to_owned(),
            source,
        };
        if path.as_os_str().len() > MAX_SOCKET_PATH {
            return Err(system(io::ErrorKind::InvalidFilename.into()));
        }
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(folder);
            made.map_err(system)?;
        }
        refuse_others(path)?;
        let beside = path.with_file_name(format!(".c{}", std::process::id()));
        // Left behind by a process of this number that died on this line.
        let _ = fs::remove_file(&beside);
        let listener = UnixListener::bind(&beside).map_err(system)?;
        let moved = fs::set_permissions(&beside, Permissions::from_mode(mode(access)))
            .and_then(|()| fs::rename(&beside, path))
            .and_then(|()| fs::symlink_metadata(path));
        let about = moved.map_err(|error| {
            let _ = fs::remove_file(&beside);
            system(error)
        })?;
        let file = SocketFile {
            path: path.to_owned(),
            mark: mark(&about),
        };
        Ok(Self { listener, file })
    }

    /// The listener, and the file to be held as long as it is used.
    pub(crate) fn into_parts(self) -> (UnixListener, SocketFile) {
        (self.listener, self.file)
    }
}

fn mode(access: Access) -> u32 {
    match access {
        Access::Owner => 0o600,
        Access::Group => 0o660,
    }
}

/// Fails unless the name is free or a dead socket's.
fn refuse_others(path: &Path) -> Result<(), SocketError> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(SocketError::System {
                path: path.to_owned(),
                source,
            });
        }
    };
    if !about.file_type().is_socket() {
        return Err(SocketError::NotASocket(path.to_owned()));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(SocketError::Live(path.to_owned())),
        // The file is there and nobody listens: whoever made it is dead.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SocketError::System {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _folder: tempfile::TempDir,
        path: PathBuf,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("control.sock");
        Place {
            _folder: folder,
            path,
        }
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_stands_with_its_mode_and_goes_when_it_is_closed() {
        for (access, mode) in [(Access::Owner, 0o600), (Access::Group, 0o660)] {
            let place = place();
            let socket = ControlSocket::open(&place.path, access).unwrap();
            assert_eq!(mode_of(&place.path), mode);
            assert_eq!(mode_of(place.path.parent().unwrap()), FOLDER_MODE);
            assert!(UnixStream::connect(&place.path).is_ok());
            drop(socket);
            assert_eq!(
                fs::read_dir(place.path.parent().unwrap()).unwrap().count(),
                0
            );
        }
    }

    #[test]
    fn a_dead_one_is_replaced_and_a_live_one_refused() {
        let place = place();
        fs::create_dir_all(place.path.parent().unwrap()).unwrap();
        drop(UnixListener::bind(&place.path).unwrap());
        let live = ControlSocket::open(&place.path, Access::Owner).unwrap();
        let refused = ControlSocket::open(&place.path, Access::Owner);
        assert!(matches!(refused, Err(SocketError::Live(_))), "{refused:?}");
        drop(live);
        assert!(ControlSocket::open(&place.path, Access::Owner).is_ok());
    }

    #[test]
    fn what_is_no_socket_stays() {
        let place = place();
        fs::create_dir_all(place.path.parent().unwrap()).unwrap();
        fs::write(&place.path, "notes").unwrap();
        let refused = ControlSocket::open(&place.path, Access::Owner);
        assert!(
            matches!(refused, Err(SocketError::NotASocket(_))),
            "{refused:?}"
        );
        assert_eq!(fs::read(&place.path).unwrap(), b"notes");
    }

    #[test]
    fn another_s_socket_is_not_taken_away() {
        let place = place();
        let first = ControlSocket::open(&place.path, Access::Owner).unwrap();
        fs::remove_file(&place.path).unwrap();
        let second = ControlSocket::open(&place.path, Access::Owner).unwrap();
        drop(first);
        assert!(UnixStream::connect(&place.path).is_ok());
        drop(second);
        assert!(!place.path.exists());
    }

    #[test]
    fn a_path_that_is_too_long_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a".repeat(200));
        let refused = ControlSocket::open(&path, Access::Owner);
        assert!(
            matches!(refused, Err(SocketError::System { .. })),
            "{refused:?}"
        );
    }
}
