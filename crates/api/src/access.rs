//! Who may use which route: one table, so that no handler can forget to ask. What is not in it is
//! served to nobody.

use lachan_web::{Right, Role};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody who reaches the box, signed in or not.
    Anyone,
    /// Whoever is signed in, also while her password or one-time codes are still to be set.
    Own,
    /// Whoever may do one of these.
    May(&'static [Right]),
}

impl Access {
    /// Whether a role may use it.
    pub(crate) fn admits(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::Own => true,
            Self::May(rights) => rights.iter().any(|right| role.may(*right)),
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
        ("GET", "/accounts", May(&[ManageAccounts])),
        ("POST", "/accounts", May(&[ManageAccounts])),
        ("PATCH", "/accounts/{id}", May(&[ManageAccounts])),
        ("DELETE", "/accounts/{id}", May(&[ManageAccounts])),
        ("POST", "/accounts/{id}/password", May(&[ManageAccounts])),
        ("GET", "/audit", May(&[ReadAudit])),
        ("POST", "/why", May(&[AskWhy])),
        ("GET", "/groups", May(&[ReadPolicy])),
        ("POST", "/groups", May(&[ChangePolicy])),
        ("PUT", "/groups/{id}", May(&[ChangePolicy])),
        ("DELETE", "/groups/{id}", May(&[ChangePolicy])),
        ("POST", "/groups/check", May(&[ChangePolicy])),
        ("GET", "/groups/{id}/tokens", May(&[ChangeSettings])),
        ("POST", "/groups/{id}/tokens", May(&[ChangeSettings])),
        (
            "DELETE",
            "/groups/{id}/tokens/{first}",
            May(&[ChangeSettings]),
        ),
        ("GET", "/exceptions", May(&[ChangePolicy])),
        ("POST", "/exceptions", May(&[ChangePolicy])),
        ("DELETE", "/exceptions/{id}", May(&[ChangePolicy])),
        ("GET", "/tiers", May(&[ReadPolicy])),
        ("GET", "/categories", May(&[ReadPolicy])),
        ("GET", "/services", May(&[ReadPolicy])),
        ("PUT", "/services/{id}", May(&[ChangePolicy])),
        ("GET", "/lists", May(&[ReadLists])),
        ("POST", "/lists/trial", May(&[ChangePolicy])),
        ("GET", "/lists/trial", May(&[ChangePolicy])),
        ("DELETE", "/lists/trial", May(&[ChangePolicy])),
        ("GET", "/safe-search", May(&[ReadPolicy])),
        ("POST", "/safe-search/check", May(&[AskWhy])),
        ("GET", "/blocks", May(&[ReadBlocks, CountBlocks])),
        ("GET", "/blocks/names/{name}", May(&[ReadBlocks])),
        ("GET", "/passes", May(&[OpenForLesson])),
        ("POST", "/passes", May(&[OpenForLesson])),
        ("DELETE", "/passes/{id}", May(&[OpenForLesson])),
        ("GET", "/codes", May(&[OpenForLesson])),
        ("POST", "/codes", May(&[OpenForLesson])),
        ("GET", "/requests", May(&[AnswerRequests])),
        ("POST", "/requests", May(&[AnswerRequests])),
        ("POST", "/requests/{id}/answer", May(&[AnswerRequests])),
        ("GET", "/reports", May(&[ReadReports])),
        ("POST", "/reports/{id}/acknowledge", May(&[ReadReports])),
        ("POST", "/reports/{id}/note", May(&[ReadReports])),
        ("POST", "/reports/{id}/close", May(&[ReadReports])),
        ("GET", "/alerts", May(&[ReadReports])),
        ("GET", "/counsellor/key", May(&[ReadReports])),
        ("PUT", "/counsellor/key", May(&[ReadReports])),
        ("GET", "/overview", May(&[ReadOverview])),
        ("GET", "/live", May(&[ReadOverview])),
        ("GET", "/certificates", May(&[ChangeSettings])),
        ("POST", "/certificates/web/renew", May(&[ChangeSettings])),
        ("PUT", "/certificates/web", May(&[ChangeSettings])),
        ("PUT", "/certificates/dns", May(&[ChangeSettings])),
        ("DELETE", "/certificates/web", May(&[ChangeSettings])),
        (
            "GET",
            "/certificates/inspection/{kind}",
            May(&[ChangeSettings]),
        ),
        ("GET", "/settings", May(&[ChangeSettings])),
        ("PUT", "/settings/school", May(&[ChangeSettings])),
        ("PUT", "/settings/network", May(&[ChangeSettings])),
        ("PUT", "/settings/dns", May(&[ChangeSettings])),
        ("PUT", "/settings/dhcp", May(&[ChangeSettings])),
        ("PUT", "/settings/proxy", May(&[ChangeSettings])),
        ("PUT", "/settings/web", May(&[ChangeSettings])),
        ("GET", "/settings/text", May(&[ChangeSettings])),
        ("PUT", "/settings/text", May(&[ChangeSettings])),
        ("POST", "/settings/check", May(&[ChangeSettings])),
        ("POST", "/settings/undo", May(&[ChangeSettings])),
        ("POST", "/settings/confirm", May(&[ChangeSettings])),
        ("DELETE", "/settings/notice", May(&[ChangeSettings])),
        ("GET", "/settings/interfaces", May(&[ChangeSettings])),
        ("POST", "/settings/upstreams/test", May(&[ChangeSettings])),
        ("GET", "/system/status", May(&[ReadSystem])),
        ("GET", "/system/doctor", May(&[ReadSystem])),
        ("GET", "/system/notice", Own),
        ("GET", "/box", May(&[ManageBox])),
        ("POST", "/box/backup", May(&[ManageBox])),
        ("GET", "/box/backup/file", May(&[ManageBox])),
        ("POST", "/box/restore/file", May(&[ManageBox])),
        ("DELETE", "/box/restore/file", May(&[ManageBox])),
        ("POST", "/box/restore/check", May(&[ManageBox])),
        ("POST", "/box/restore", May(&[ManageBox])),
        ("POST", "/box/restore/undo", May(&[ManageBox])),
        ("POST", "/box/reset", May(&[ManageBox])),
        ("POST", "/setup/restore/file", Anyone),
        ("POST", "/setup/restore/check", Anyone),
        ("POST", "/setup/restore", Anyone),
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
