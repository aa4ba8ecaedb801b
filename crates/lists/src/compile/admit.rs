//! Which entries come into a ruleset, and how far they reach there.
//!
//! Merged public lists taken blindly as suffix rules would also block a quarter of the unlisted
//! web, through parents that stand for many tenants (`reference/peer-measurements.md`, C).

use std::collections::HashSet;

use lachan_policy::ruleset::MAX_DEPTH;
use lachan_policy::{Name, Scope};

use super::ListSpec;

/// Why an entry does not come into the ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Rejection {
    /// A public suffix of either section, or a bare top-level domain.
    #[error(
        "this is a public suffix: it stands for everybody who registers a name under it; mark the list to allow that"
    )]
    PublicSuffix,
    /// More labels than a ruleset looks at.
    #[error("the name has more than {MAX_DEPTH} labels")]
    TooDeep,
    /// A URL path beyond all use.
    #[error("the path is longer than 2,048 bytes")]
    LongPath,
}

impl Rejection {
    /// A stable id for reports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PublicSuffix => "public-suffix",
            Self::TooDeep => "too-deep",
            Self::LongPath => "long-path",
        }
    }
}

/// An entry that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) scope: Scope,
    /// It reaches less far than its list wrote, because the name stands for many tenants.
    pub(super) narrowed: bool,
}

/// Decides about one entry.
pub(super) fn admit(
    spec: &ListSpec,
    tenants: &HashSet<Name>,
    name: &Name,
    scope: Scope,
    says_tenants: bool,
) -> Result<Admitted, Rejection> {
    let labels = name.label_count();
    if labels > MAX_DEPTH {
        return Err(Rejection::TooDeep);
    }
    if !spec.public_suffixes && (labels < 2 || name.is_public_suffix()) {
        return Err(Rejection::PublicSuffix);
    }
    let means_tenants = spec.covers_tenants || says_tenants;
    if scope == Scope::Suffix && !means_tenants && tenants.contains(name) {
        return Ok(Admitted {
            scope: Scope::Exact,
            narrowed: true,
        });
    }
    Ok(Admitted {
        scope,
        narrowed: false,
    })
}
