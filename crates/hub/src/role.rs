//! What officers may do: one table of roles and rights. An account has one role or several, within its part of the tree.
//!
//! Who manages accounts and units has no other role: whoever hands out rights does not use them, so that nobody publishes
//! by giving herself the two roles that publishing takes. What an administrator could still do, make a second account, stands in
//! the log under both names.

/// A role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages accounts and the tree of units.
    Administrator,
    /// Edits lists, proposes changes, answers schools.
    Editor,
    /// Approves what others propose.
    Approver,
    /// Looks after the boxes: codes to join, fleet, rollout.
    Operator,
    /// Reads statistics.
    Analyst,
    /// Takes reports and questions in.
    Intake,
    /// Reads lists, fleet and statistics; changes nothing.
    Viewer,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Make, change and remove accounts.
    ManageAccounts,
    /// Change the tree of units, and what kinds are called.
    ManageUnits,
    /// Read the tree.
    ReadUnits,
    /// Read who changed what.
    ReadAudit,
    /// Make and take back codes by which boxes join; take boxes off.
    EnrolBoxes,
    /// See every box: version, age of lists, trouble.
    ReadFleet,
    /// Read what schools ask for.
    ReadAsks,
    /// Answer it.
    AnswerAsks,
    /// Read lists and what is proposed.
    ReadLists,
    /// Edit lists and propose changes.
    EditLists,
    /// Approve what somebody else proposed.
    ApproveLists,
    /// Read statistics.
    ReadStatistics,
}

const TABLE: [(Role, &[Right]); 7] = {
    use Right::*;
    [
        (
            Role::Administrator,
            &[ManageAccounts, ManageUnits, ReadUnits, ReadAudit],
        ),
        (
            Role::Editor,
            &[ReadUnits, ReadAsks, AnswerAsks, ReadLists, EditLists],
        ),
        (
            Role::Approver,
            &[ReadUnits, ReadAudit, ReadAsks, ReadLists, ApproveLists],
        ),
        (
            Role::Operator,
            &[ReadUnits, ReadAudit, EnrolBoxes, ReadFleet, ReadLists],
        ),
        (Role::Analyst, &[ReadUnits, ReadStatistics, ReadLists]),
        (Role::Intake, &[ReadUnits, ReadAsks, AnswerAsks]),
        (
            Role::Viewer,
            &[ReadUnits, ReadFleet, ReadLists, ReadStatistics],
        ),
    ]
};

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::Editor,
        Self::Approver,
        Self::Operator,
        Self::Analyst,
        Self::Intake,
        Self::Viewer,
    ];

    /// The id used in the API and the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Analyst => "analyst",
            Self::Intake => "intake",
            Self::Viewer => "viewer",
        }
    }

    /// The role of an id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }

    /// Whether the role may do something.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        let rights = TABLE.iter().find(|(role, _)| *role == self);
        rights.is_some_and(|(_, rights)| rights.contains(&right))
    }

    /// Whether accounts of the role must have one-time codes: who changes what reaches schools, or hands out rights. A hub stands on
    /// the Internet.
    #[must_use]
    pub const fn needs_totp(self) -> bool {
        !matches!(self, Self::Analyst | Self::Viewer)
    }
}

/// The roles of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles(Vec<Role>);

/// Why roles do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    /// None is given.
    #[error("an account has one role at least")]
    None,
    /// An administrator has no other role.
    #[error("an administrator of accounts has no other role")]
    Administrator,
}

impl Roles {
    /// Roles that go together.
    ///
    /// # Errors
    /// [`RolesError`].
    pub fn new(roles: &[Role]) -> Result<Self, RolesError> {
        let kept: Vec<Role> = Role::ALL
            .into_iter()
            .filter(|role| roles.contains(role))
            .collect();
        match kept.as_slice() {
            [] => Err(RolesError::None),
            [_] => Ok(Self(kept)),
            several if several.contains(&Role::Administrator) => Err(RolesError::Administrator),
            _ => Ok(Self(kept)),
        }
    }

    /// As they are stored; a role that is not known any more gives nothing.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.split(' ').filter_map(Role::named).collect())
    }

    /// To be stored.
    #[must_use]
    pub fn to_text(&self) -> String {
        let ids: Vec<&str> = self.0.iter().map(|role| role.id()).collect();
        ids.join(" ")
    }

    /// Each of them.
    #[must_use]
    pub fn all(&self) -> &[Role] {
        &self.0
    }

    /// Whether one of them may do something.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.0.iter().any(|role| role.may(right))
    }

    /// Whether one of them needs one-time codes.
    #[must_use]
    pub fn needs_totp(&self) -> bool {
        self.0.iter().any(|role| role.needs_totp())
    }

    /// Whether it manages accounts.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.0.contains(&Role::Administrator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.id()), Some(role));
        }
        assert_eq!(Role::named("admin"), None);
    }

    #[test]
    fn who_hands_out_rights_does_not_use_them() {
        for right in [
            Right::EditLists,
            Right::ApproveLists,
            Right::EnrolBoxes,
            Right::AnswerAsks,
        ] {
            assert!(!Role::Administrator.may(right), "{right:?}");
        }
        for role in Role::ALL {
            let manages = role.may(Right::ManageAccounts) || role.may(Right::ManageUnits);
            assert_eq!(manages, role == Role::Administrator);
            assert!(role.may(Right::ReadUnits));
        }
    }

    #[test]
    fn nobody_edits_and_approves_by_one_role() {
        for role in Role::ALL {
            assert!(!(role.may(Right::EditLists) && role.may(Right::ApproveLists)));
        }
    }

    #[test]
    fn roles_go_together_but_the_administrator_s() {
        let roles = Roles::new(&[Role::Operator, Role::Editor, Role::Operator]).unwrap();
        assert_eq!(roles.to_text(), "editor operator");
        assert_eq!(Roles::from_text("editor operator"), roles);
        assert_eq!(Roles::new(&[]), Err(RolesError::None));
        assert_eq!(
            Roles::new(&[Role::Administrator, Role::Viewer]),
            Err(RolesError::Administrator)
        );
        assert!(!Roles::from_text("king").may(Right::ReadUnits));
    }
}
