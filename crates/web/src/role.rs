//! Who works with the box, from where, and what each may do: one table for all routes.

use std::fmt;

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the box: everything but what only the counsellor sees.
    Admin,
    /// Opens sites for her groups' lessons, answers pupils.
    Teacher,
    /// Reads private reports and alerts. Nobody else does.
    Counsellor,
    /// Reads how the school fares: numbers, no names.
    Principal,
    /// As the principal, until a day that is set.
    Inspector,
}

/// From where somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Where the box is looked after.
    Management,
    /// Networks of staff.
    Staff,
    /// Everywhere else.
    Pupils,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Make, change and remove accounts.
    ManageAccounts,
    /// Read who changed what.
    ReadAudit,
    /// Read numbers of the whole school.
    ReadOverview,
    /// Read blocked attempts with their names, of her groups or of all.
    ReadBlocks,
    /// Read how often what kind was blocked, without names.
    CountBlocks,
    /// Ask why a name is open or closed.
    AskWhy,
    /// Read names and tiers of groups, the table of categories, services.
    ReadPolicy,
    /// Change groups, exceptions, services.
    ChangePolicy,
    /// Read which lists there are.
    ReadLists,
    /// See how the machine fares, and what is wrong with it.
    ReadSystem,
    /// Open a site for a lesson of her groups.
    OpenForLesson,
    /// Read and answer what pupils ask for.
    AnswerRequests,
    /// Read private reports and alerts.
    ReadReports,
    /// Change the settings of the box, its certificates and the tokens of groups.
    ChangeSettings,
    /// Back the whole box up, restore it, or have it begin anew.
    ManageBox,
}

/// What the roles may do.
const TABLE: [(Role, &[Right]); 5] = {
    use Right::*;
    [
        (
            Role::Admin,
            &[
                ManageAccounts,
                ReadAudit,
                ReadOverview,
                ReadBlocks,
                CountBlocks,
                AskWhy,
                ReadPolicy,
                ChangePolicy,
                ReadLists,
                ReadSystem,
                OpenForLesson,
                AnswerRequests,
                ChangeSettings,
                ManageBox,
            ],
        ),
        (
            Role::Teacher,
            &[
                ReadOverview,
                ReadBlocks,
                CountBlocks,
                AskWhy,
                ReadPolicy,
                OpenForLesson,
                AnswerRequests,
            ],
        ),
        (Role::Counsellor, &[ReadOverview, ReadPolicy, ReadReports]),
        (
            Role::Principal,
            &[ReadAudit, ReadOverview, CountBlocks, ReadPolicy, ReadLists],
        ),
        (
            Role::Inspector,
            &[ReadAudit, ReadOverview, ReadPolicy, ReadLists],
        ),
    ]
};

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::Teacher,
        Self::Counsellor,
        Self::Principal,
        Self::Inspector,
    ];

    /// The id used in the API and the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Teacher => "teacher",
            Self::Counsellor => "counsellor",
            Self::Principal => "principal",
            Self::Inspector => "inspector",
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
        TABLE
            .iter()
            .any(|(role, rights)| *role == self && rights.contains(&right))
    }

    /// Whether the role may work from a side. Who can change everything, or reads what children
    /// confide, only from the management side; nobody from a pupils' network.
    #[must_use]
    pub const fn works_from(self, side: Side) -> bool {
        match (self, side) {
            (_, Side::Management) => true,
            (Self::Teacher | Self::Principal | Self::Inspector, Side::Staff) => true,
            (_, Side::Staff | Side::Pupils) => false,
        }
    }

    /// Whether an account of the role must have an end.
    #[must_use]
    pub const fn must_end(self) -> bool {
        matches!(self, Self::Inspector)
    }

    /// Whether the role asks for one-time codes where nothing parts management from pupils.
    #[must_use]
    pub const fn needs_totp_on_flat_network(self) -> bool {
        matches!(self, Self::Admin | Self::Counsellor)
    }
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Management, Self::Staff, Self::Pupils];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Staff => "staff",
            Self::Pupils => "pupils",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
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
        assert_eq!(Role::named("Admin"), None);
    }

    #[test]
    fn only_the_counsellor_reads_what_children_confide() {
        let readers = Role::ALL.map(|role| role.may(Right::ReadReports));
        assert_eq!(readers, [false, false, true, false, false]);
    }

    #[test]
    fn only_administrators_change_accounts_and_policy() {
        for right in [
            Right::ManageAccounts,
            Right::ChangePolicy,
            Right::ReadSystem,
            Right::ChangeSettings,
            Right::ManageBox,
        ] {
            let all = Role::ALL.map(|role| role.may(right));
            assert_eq!(all, [true, false, false, false, false], "{right:?}");
        }
    }

    #[test]
    fn who_only_reads_numbers_sees_no_name() {
        for role in [Role::Counsellor, Role::Principal, Role::Inspector] {
            assert!(!role.may(Right::ReadBlocks) && !role.may(Right::AskWhy));
        }
    }

    #[test]
    fn nobody_works_from_a_pupils_network() {
        for role in Role::ALL {
            assert!(role.works_from(Side::Management));
            assert!(!role.works_from(Side::Pupils));
        }
        let staff = Role::ALL.map(|role| role.works_from(Side::Staff));
        assert_eq!(staff, [false, true, false, true, true]);
    }
}
