//! Blocks as pages tell them: those of this device in this lesson, and the one of a request code.

use jiff::Timestamp;
use lachan_policy::{Ask, Category, CategorySet, GroupId, Name, Role, Tier};
use lachan_resolver::{LoggedBlock, RequestCode};
use lachan_store::{DbError, OwnBlock};
use lachan_web::{Blocked, Opener, Words};

use super::Known;
use super::codes::{Maker, Row};
use crate::time::moment;

/// How far back a device's blocks are told where no lesson goes on, in minutes.
const LATELY: i64 = 45;

/// A block that a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) code: RequestCode,
    pub(super) day: i64,
    pub(super) group: GroupId,
    pub(super) tier: Tier,
    pub(super) category: Option<Category>,
    pub(super) name: Option<Name>,
}

/// A block of the device that asks.
pub(super) struct OwnShown {
    minute: u16,
    name: Option<String>,
    category: Option<(String, String)>,
    code: Option<String>,
}

/// As the page takes them.
pub(super) fn as_shown(own: &[OwnShown]) -> Vec<Blocked<'_>> {
    fn shown(block: &OwnShown) -> Blocked<'_> {
        Blocked {
            minute: block.minute,
            name: block.name.as_deref(),
            category: block.category.as_ref().map(|(vi, en)| Words::new(vi, en)),
            code: block.code.as_deref(),
        }
    }
    own.iter().map(shown).collect()
}

impl Known<'_> {
    /// What was blocked for the device that asks since a moment (unix seconds), or lately; `None` where that
    /// is not known just now.
    pub(super) fn own_blocks(&self, since: Option<i64>) -> Option<Vec<OwnShown>> {
        let at = self.asker.at?;
        if !self.pupils.limits.may_look(self.asker.client) {
            return None;
        }
        let now = at.unix.div_euclid(60);
        let since = since.map_or(now - LATELY, |since| since.div_euclid(60));
        let store = &self.pupils.parts.store;
        let found = store
            .own_blocks(self.asker.client, at.local_day(), since)
            .inspect_err(tell)
            .ok()?;
        Some(found.iter().map(|block| self.own_block(block)).collect())
    }

    fn own_block(&self, block: &OwnBlock) -> OwnShown {
        let name = block
            .name
            .as_deref()
            .and_then(|name| Name::from_text(name).ok());
        let at = Timestamp::from_second(block.minute.saturating_mul(60)).ok();
        let at = at.map(|at| moment(at, &self.shown.zone));
        let category = block.category.and_then(|category| self.category(category));
        let code = at
            .zip(self.pupils.parts.key.as_ref())
            .and_then(|(at, key)| {
                let name = name.as_ref()?;
                let opener = self.opener(name, block.category);
                matches!(opener, Some(Role::Teacher | Role::School)).then(|| {
                    let logged = LoggedBlock {
                        day: at.local_day(),
                        group: block.group,
                        tier: block.tier,
                        category: block.category,
                        name: Some(name),
                    };
                    RequestCode::of(key, &logged).to_string()
                })
            });
        OwnShown {
            minute: at.map_or(0, |at| at.minute),
            name: name.map(|name| name.to_unicode()),
            category: category.map(|words| (words.vi.to_owned(), words.en.to_owned())),
            code,
        }
    }

    /// What people call a category.
    pub(super) fn category(&self, category: Category) -> Option<Words<'_>> {
        let book = self.asker.policy.ruleset().book();
        book.category(category).map(|info| (&info.name).into())
    }

    /// Who could open a name for the asker's group now, of what it was blocked as; `None` for nobody, or where it
    /// is open.
    pub(super) fn opener(&self, name: &Name, category: Option<Category>) -> Option<Role> {
        self.asker.policy.who_opens(&self.question(name, category))
    }

    /// Whether a name is open for the asker's group now.
    pub(super) fn is_open(&self, name: &Name, category: Option<Category>) -> bool {
        let verdict = self.asker.policy.decide(&self.question(name, category));
        !verdict.is_block()
    }

    /// What closed it may not be of the name itself, but of a URL, a page's words or what stands behind: so it is asked
    /// with its category, as if that were found.
    fn question<'n>(&self, name: &'n Name, category: Option<Category>) -> Ask<'n> {
        Ask {
            name,
            group: self.asker.group,
            at: self.asker.at,
            found: category.map_or(CategorySet::EMPTY, CategorySet::of),
        }
    }

    /// The block of the asker's group, of today or yesterday, whose code this is.
    pub(super) fn coded(&self, code: RequestCode) -> Result<Option<Coded>, DbError> {
        let (Some(key), Some(at)) = (&self.pupils.parts.key, self.asker.at) else {
            return Ok(None);
        };
        let group = self.asker.group_id();
        let maker = Maker {
            key,
            zone: &self.shown.zone,
            today: at.local_day(),
        };
        // What was not flushed yet, first: a pupil asks at once.
        let waiting = self.pupils.parts.store.watch().recents()?.read(None)?;
        let of_group = waiting.iter().filter(|recent| recent.group == group);
        let mut waiting = of_group.filter_map(|recent| {
            maker.made(&Row {
                minute: recent.minute,
                group,
                tier: recent.tier,
                category: recent.category,
                name: recent.name.as_deref(),
            })
        });
        let block = match waiting.find(|(made, _)| *made == code) {
            Some((_, block)) => Some(block),
            None => {
                let reader = self.pupils.parts.store.reader()?;
                self.pupils.codes.find(&reader, maker, group, code)?
            }
        };
        Ok(block.map(|block| Coded {
            code,
            day: block.day,
            group,
            tier: block.tier,
            category: block.category,
            name: block.name.and_then(|name| Name::from_text(&name).ok()),
        }))
    }
}

/// Who opens, as pages say it.
pub(super) const fn shown_opener(role: Option<Role>) -> Opener {
    match role {
        Some(Role::Teacher) => Opener::Teacher,
        Some(Role::School) => Opener::School,
        Some(Role::Department) => Opener::Department,
        None => Opener::Nobody,
    }
}

/// What cannot be read is the box's affair, and no page's.
pub(super) fn tell(error: &DbError) {
    tracing::error!(error = %super::super::chain(error), "a page for pupils has no answer");
}
