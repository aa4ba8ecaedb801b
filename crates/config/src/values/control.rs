//! `[control]`: how the command line reaches the running filter.

use std::path::PathBuf;

use super::Paths;

/// Longest path of a socket in bytes: `sun_path` holds 108 with the closing zero (unix(7)).
pub const MAX_SOCKET_PATH: usize = 107;

/// `[control]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Control {
    /// The Unix socket.
    pub socket: PathBuf,
    /// Who may use it.
    pub access: Access,
}

impl Control {
    /// The default of a box with these paths: among its state.
    #[must_use]
    pub fn below(paths: &Paths) -> Self {
        Self {
            socket: paths.state().join("control.sock"),
            access: Access::default(),
        }
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::below(&Paths::default())
    }
}

/// Who may use the control socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// The user the filter runs as, and root: mode 0600. The default: what is blocked is on that
    /// screen, and the cache can be emptied there.
    #[default]
    Owner,
    /// The filter's group too: mode 0660.
    Group,
}
