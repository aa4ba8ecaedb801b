//! Who could open what is closed, found by trying: the same [`Policy::decide`] is asked with an
//! exception more, so that what people are promised is what holds.

use std::sync::Arc;

use super::{Ask, Policy};
use crate::category::CategorySet;
use crate::exception::{Exception, Exceptions, Target};
use crate::name::{Name, Scope};
use crate::tier::Role;

/// Roles from the one that needs nobody else up.
const ROLES: [Role; 3] = [Role::Teacher, Role::School, Role::Department];

impl Policy {
    /// The first role whose allow for this group would open the name at this moment; `None` where
    /// none would (a statutory block, an exam), or where it is open.
    ///
    /// It copies the exceptions, so it is for people's questions, not for the path of a query.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`](crate::Groups::all).
    #[must_use]
    pub fn who_opens(&self, ask: &Ask<'_>) -> Option<Role> {
        self.who_opens_by(ask, Target::Name(*ask.name, Scope::Suffix))
    }

    /// The same for an exception about a target that covers the name: a service of the name `ask` names a
    /// host of, or a whole category that `ask.found` holds.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`](crate::Groups::all).
    #[must_use]
    pub fn who_opens_by(&self, ask: &Ask<'_>, target: Target) -> Option<Role> {
        if !self.decide(ask).is_block() {
            return None;
        }
        let opens = |role: &Role| !self.with_allow(ask, target, *role).decide(ask).is_block();
        ROLES.into_iter().find(opens)
    }

    /// What to ask for a target, and with what: the host of a service, a page of a category.
    #[must_use]
    pub fn probe(&self, target: &Target) -> Option<(Name, CategorySet)> {
        match target {
            Target::Name(name, _) => Some((*name, CategorySet::EMPTY)),
            // A name that no list has (RFC 6761 §6.4).
            Target::Category(category) => {
                let name = Name::from_text("page.invalid").ok()?;
                Some((name, CategorySet::of(*category)))
            }
            Target::Service(index) => {
                let services = &self.ruleset.book().data().services;
                let host = &services.get(usize::from(*index))?.host;
                Some((Name::from_text(host).ok()?, CategorySet::EMPTY))
            }
        }
    }

    fn with_allow(&self, ask: &Ask<'_>, target: Target, role: Role) -> Self {
        let mut all = self.exceptions.all().to_vec();
        all.push(Exception {
            id: i64::MAX,
            target,
            allow: true,
            role,
            author: String::new(),
            reason: String::new(),
            group: Some(self.groups.all()[ask.group].id),
            until: None,
        });
        Self {
            ruleset: Arc::clone(&self.ruleset),
            groups: self.groups.clone(),
            exceptions: Exceptions::new(all),
            masks: self.masks.clone(),
        }
    }
}
