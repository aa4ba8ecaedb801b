//! Who sits at the command line: every change has an author in the audit log.

use lachan_policy::Role;
use lachan_store::Act;

use crate::time::Now;

/// The act of the person at the command line, in a role. `given` is `--author`.
pub(crate) fn act(given: Option<&str>, role: Role, now: &Now) -> Act {
    let author = given.map_or_else(of_system, str::to_owned);
    Act {
        author,
        role,
        at: now.known().map(|now| now.as_second()),
    }
}

/// `cli:NAME`: the user of the system; behind sudo the person who called it.
fn of_system() -> String {
    let uid = rustix::process::getuid();
    let sudo = std::env::var("SUDO_USER")
        .ok()
        .filter(|name| uid.is_root() && !name.is_empty());
    let users = || std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = sudo.or_else(|| user_named(&users(), uid.as_raw()));
    format!("cli:{}", name.unwrap_or_else(|| uid.as_raw().to_string()))
}

/// The name of a user number in the text of `/etc/passwd` (passwd(5)).
fn user_named(users: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    let line = users
        .lines()
        .find(|line| line.split(':').nth(2) == Some(&uid))?;
    line.split(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_number_gives_a_name() {
        let users = "root:x:0:0::/root:/bin/sh\nco-hoa:x:1000:1000::/home/h:/bin/sh\n";
        assert_eq!(user_named(users, 1000).as_deref(), Some("co-hoa"));
        assert_eq!(user_named(users, 7), None);
        assert!(of_system().starts_with("cli:"));
    }

    #[test]
    fn a_given_author_stands_as_given() {
        let act = act(Some("thầy An"), Role::School, &Now::system());
        assert_eq!((act.author.as_str(), act.role), ("thầy An", Role::School));
    }
}
