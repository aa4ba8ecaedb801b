//! Who may use which route: one table, so that no handler can forget to ask. What is not in it is served to nobody. A route
//! with `{unit}` in its path is served only to whom that unit is at or below her own.

use crate::role::{Right, Roles};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody who reaches the hub, signed in or not.
    Anyone,
    /// Whoever is signed in, also while her password or one-time codes are still to be set.
    Own,
    /// Whoever may do this.
    May(Right),
    /// Whoever may do this and whose part is the whole tree.
    Everywhere(Right),
}

impl Access {
    /// Whether roles admit to it.
    pub(crate) fn admits(self, roles: &Roles) -> bool {
        match self {
            Self::Anyone | Self::Own => true,
            Self::May(right) | Self::Everywhere(right) => roles.may(right),
        }
    }
}

/// The routes below `/api/v1`.
const TABLE: &[(&str, &str, Access)] = {
    use Access::*;
    use Right::*;
    &[
        ("GET", "/session", Anyone),
        ("POST", "/session", Anyone),
        ("DELETE", "/session", Own),
        ("POST", "/setup/account", Anyone),
        ("GET", "/account", Own),
        ("PATCH", "/account", Own),
        ("POST", "/account/password", Own),
        ("POST", "/account/totp", Own),
        ("POST", "/account/totp/confirm", Own),
        ("DELETE", "/account/totp", Own),
        ("GET", "/kinds", May(ReadUnits)),
        ("PUT", "/kinds/{kind}", Everywhere(ManageUnits)),
        ("GET", "/units/{unit}", May(ReadUnits)),
        ("PATCH", "/units/{unit}", May(ManageUnits)),
        ("GET", "/units/{unit}/children", May(ReadUnits)),
        ("POST", "/units/{unit}/children", May(ManageUnits)),
        ("GET", "/units/{unit}/below", May(ReadUnits)),
        ("GET", "/units/{unit}/history", May(ReadUnits)),
        ("POST", "/units/{unit}/move", May(ManageUnits)),
        ("POST", "/units/{unit}/merge", May(ManageUnits)),
        ("GET", "/units/{unit}/accounts", May(ManageAccounts)),
        ("POST", "/units/{unit}/accounts", May(ManageAccounts)),
        (
            "PATCH",
            "/units/{unit}/accounts/{account}",
            May(ManageAccounts),
        ),
        (
            "DELETE",
            "/units/{unit}/accounts/{account}",
            May(ManageAccounts),
        ),
        (
            "POST",
            "/units/{unit}/accounts/{account}/password",
            May(ManageAccounts),
        ),
        ("GET", "/units/{unit}/audit", May(ReadAudit)),
        ("POST", "/units/{unit}/audit/check", May(ReadAudit)),
        ("GET", "/units/{unit}/codes", May(EnrolBoxes)),
        ("POST", "/units/{unit}/codes", May(EnrolBoxes)),
        ("DELETE", "/units/{unit}/codes/{code}", May(EnrolBoxes)),
        ("GET", "/units/{unit}/boxes", May(ReadFleet)),
        ("DELETE", "/units/{unit}/boxes/{box}", May(EnrolBoxes)),
        ("GET", "/units/{unit}/asks", May(ReadAsks)),
        ("POST", "/units/{unit}/asks/{ask}/answer", May(AnswerAsks)),
    ]
};

/// Who may use a route; `None` when nobody was thought of, so that nobody may.
pub(crate) fn of(method: &str, path: &str) -> Option<Access> {
    // A HEAD is a GET without a body.
    let method = if method == "HEAD" { "GET" } else { method };
    let found = TABLE.iter().find(|(m, p, _)| *m == method && *p == path);
    found.map(|(_, _, access)| *access)
}

/// All routes of the table.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|(method, path, _)| (*method, *path))
}
