//! The policy book: categories, tiers, services, safe forms and modes, as `rules/` states them.
//!
//! It travels inside the ruleset as JSON, so that a ruleset explains itself: the bits in its rows
//! mean what its own book says, whatever version of the program reads it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::bypass::BypassKind;
use crate::category::{Category, CategorySet};
use crate::heuristics::{BadHeuristics, Heuristics, HeuristicsData};
use crate::inspection::{NeverInspected, NeverInspectedData};
use crate::name::Name;
use crate::tier::{BadCell, Masks, Tier};

/// A text in the two languages of every screen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// Vietnamese, shown first.
    pub vi: String,
    /// English.
    pub en: String,
}

/// One category as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryInfo {
    /// Its bit.
    pub bit: Category,
    /// Its row in `reference/tiers.md`, 1 to 32; a row may hold several.
    pub number: u8,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Why a school cares, for the block page.
    pub reason: Text,
    /// The kind that attempts count as where no list tells it; only for a category of ways round
    /// the filter. None in older books.
    #[serde(default)]
    pub bypass: Option<BypassKind>,
}

/// How YouTube is restricted, apart from search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// Not at all.
    #[default]
    Off,
    /// The provider's moderate form.
    Moderate,
    /// The provider's strict form.
    Strict,
}

/// One tier: its names, its safe forms and its column of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierInfo {
    /// Which tier.
    pub tier: Tier,
    /// Its name.
    pub name: Text,
    /// Youngest and oldest age; `None` for staff.
    pub ages: Option<(u8, u8)>,
    /// Safe search.
    pub safe_search: Strictness,
    /// YouTube's restricted mode.
    pub youtube: Strictness,
    /// The cells as codes (`K+A+N`), in the order of [`BookData::categories`].
    pub cells: Vec<String>,
}

/// One service of `rules/services.toml`: a single switch for all its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its category.
    pub category: Category,
    /// One host of it, by which people are shown whether it is open; empty in older books.
    #[serde(default)]
    pub host: String,
}

/// What answers a query in its safe form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SafeAnswer {
    /// The records of another host, resolved when needed because its addresses change.
    Host(String),
    /// Fixed addresses the provider publishes.
    Addresses(Vec<IpAddr>),
}

/// A [`SafeAnswer`], ready to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafeForm<'b> {
    /// The records of this host.
    Host(&'b Name),
    /// These addresses; none where the book names a host that cannot be read, which opens nothing.
    Addresses(&'b [IpAddr]),
}

/// Which setting of a tier governs an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// Governed by safe search.
    Search,
    /// Governed by the YouTube setting.
    Youtube,
}

/// A search engine or video site with a safe form reachable by DNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// What governs it.
    pub kind: EngineKind,
    /// The strict form.
    pub strict: SafeAnswer,
    /// The moderate form, where there is one; else the strict form serves.
    pub moderate: Option<SafeAnswer>,
    /// Parameters (`safe=active`) that make a search safe where its URL is visible; none in older
    /// books.
    #[serde(default)]
    pub parameters: Vec<String>,
}

/// What the modes open and close; their names are lists of the ruleset.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Modes {
    /// Categories that stay open in allowlist-only mode.
    pub allowlist_open: Vec<Category>,
    /// Categories that an online class closes.
    pub online_class_closed: Vec<Category>,
    /// Tiers for which only the walled garden stays open in allowlist-only mode; none in older
    /// books.
    #[serde(default)]
    pub garden: Vec<Tier>,
}

/// The book as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BookData {
    /// All categories.
    pub categories: Vec<CategoryInfo>,
    /// All tiers.
    pub tiers: Vec<TierInfo>,
    /// All services.
    pub services: Vec<ServiceInfo>,
    /// All engines with a safe form.
    pub engines: Vec<Engine>,
    /// Tiers in which search engines without a safe form are closed.
    pub unsafe_engines_closed: Vec<Tier>,
    /// The modes.
    pub modes: Modes,
    /// What is guessed of names that no list knows.
    #[serde(default)]
    pub heuristics: HeuristicsData,
    /// What is never inspected; nothing in older books, by which nothing is inspected at all.
    #[serde(default)]
    pub never_inspected: NeverInspectedData,
}

/// Why a book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Not the JSON expected.
    #[error("the policy book inside the ruleset cannot be read")]
    Json(#[from] serde_json::Error),
    /// Two categories share a bit or an id.
    #[error("category {0:?} stands twice, or its bit does")]
    DuplicateCategory(String),
    /// The heuristics.
    #[error("the heuristics cannot be used")]
    Heuristics(#[from] BadHeuristics),
    /// An entry of the list of what is never inspected.
    #[error("{0:?} is no entry of what is never inspected")]
    NeverInspected(String),
    /// One of the categories decisions rest on is missing.
    #[error("the book lacks the category {0:?}")]
    MissingCategory(&'static str),
    /// A tier is missing or stands twice.
    #[error("the book must hold the tier {0} exactly once")]
    Tier(Tier),
    /// A tier has not one cell for each category.
    #[error("tier {tier} has {got} cells for {expected} categories")]
    Cells {
        /// The tier.
        tier: Tier,
        /// How many cells it has.
        got: usize,
        /// How many there are categories.
        expected: usize,
    },
    /// A cell's code.
    #[error("tier {tier}, category {category}")]
    Cell {
        /// The tier.
        tier: Tier,
        /// The category's id.
        category: String,
        /// What is wrong.
        #[source]
        source: BadCell,
    },
}

/// The book, checked and compiled to masks.
#[derive(Debug, Clone)]
pub struct Book {
    data: BookData,
    masks: [Masks; 5],
    uncategorised: Category,
    statutory: Category,
    allowlist_open: CategorySet,
    online_class_closed: CategorySet,
    /// By bit: the category's position, or past the end.
    positions: [u8; Category::LIMIT as usize],
    /// By engine: the hosts of its strict and its moderate form.
    hosts: Vec<[Option<Name>; 2]>,
    heuristics: Heuristics,
    never_inspected: NeverInspected,
}

impl Book {
    /// Checks and compiles.
    ///
    /// # Errors
    /// [`BookError`] names the first thing that is wrong.
    pub fn new(data: BookData) -> Result<Self, BookError> {
        let mut bits = CategorySet::EMPTY;
        for (index, info) in data.categories.iter().enumerate() {
            let twice = data.categories[..index]
                .iter()
                .any(|other| other.id == info.id);
            if twice || bits.contains(info.bit) {
                return Err(BookError::DuplicateCategory(info.id.clone()));
            }
            bits = bits.union(CategorySet::of(info.bit));
        }
        let required = |id| {
            let found = data.categories.iter().find(|info| info.id == id);
            found
                .map(|info| info.bit)
                .ok_or(BookError::MissingCategory(id))
        };
        let mut masks = [Masks::default(); 5];
        for tier in Tier::ALL {
            let mut columns = data.tiers.iter().filter(|info| info.tier == tier);
            let (Some(info), None) = (columns.next(), columns.next()) else {
                return Err(BookError::Tier(tier));
            };
            masks[tier.index()] = column(info, &data.categories)?;
        }
        Ok(Self {
            masks,
            uncategorised: required("uncategorised")?,
            statutory: required("statutory")?,
            allowlist_open: data.modes.allowlist_open.iter().copied().collect(),
            positions: positions(&data.categories),
            hosts: data.engines.iter().map(Engine::hosts).collect(),
            online_class_closed: data.modes.online_class_closed.iter().copied().collect(),
            heuristics: Heuristics::new(&data.heuristics)?,
            never_inspected: NeverInspected::new(&data.never_inspected)
                .map_err(BookError::NeverInspected)?,
            data,
        })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// As [`Self::new`], or [`BookError::Json`].
    pub fn from_json(json: &[u8]) -> Result<Self, BookError> {
        Self::new(serde_json::from_slice(json)?)
    }

    /// The book as it is stored.
    #[must_use]
    pub fn data(&self) -> &BookData {
        &self.data
    }

    /// A tier's column.
    #[must_use]
    pub fn masks(&self, tier: Tier) -> &Masks {
        &self.masks[tier.index()]
    }

    /// A tier's names and safe forms.
    #[must_use]
    pub fn tier(&self, tier: Tier) -> Option<&TierInfo> {
        self.data.tiers.iter().find(|info| info.tier == tier)
    }

    /// A category's names.
    #[must_use]
    pub fn category(&self, category: Category) -> Option<&CategoryInfo> {
        let position = self.positions.get(usize::from(category.bit()))?;
        self.data.categories.get(usize::from(*position))
    }

    /// The category of that id.
    #[must_use]
    pub fn category_named(&self, id: &str) -> Option<Category> {
        self.data
            .categories
            .iter()
            .find(|info| info.id == id)
            .map(|info| info.bit)
    }

    /// The position of the service of that id.
    #[must_use]
    pub fn service_named(&self, id: &str) -> Option<u16> {
        let position = self
            .data
            .services
            .iter()
            .position(|service| service.id == id)?;
        u16::try_from(position).ok()
    }

    /// The category of names that no list knows.
    #[must_use]
    pub fn uncategorised(&self) -> Category {
        self.uncategorised
    }

    /// The category of statutory lists.
    #[must_use]
    pub fn statutory(&self) -> Category {
        self.statutory
    }

    /// Categories that stay open in allowlist-only mode.
    #[must_use]
    pub fn allowlist_open(&self) -> CategorySet {
        self.allowlist_open
    }

    /// Whether allowlist-only mode leaves a tier nothing but the walled garden.
    #[must_use]
    pub fn is_walled(&self, tier: Tier) -> bool {
        self.data.modes.garden.contains(&tier)
    }

    /// Categories that an online class closes.
    #[must_use]
    pub fn online_class_closed(&self) -> CategorySet {
        self.online_class_closed
    }

    /// What is never inspected.
    #[must_use]
    pub fn never_inspected(&self) -> &NeverInspected {
        &self.never_inspected
    }

    /// What is guessed of names that no list knows.
    #[must_use]
    pub fn heuristics(&self) -> &Heuristics {
        &self.heuristics
    }

    /// How strictly an engine is restricted for a tier.
    #[must_use]
    pub fn strictness(&self, engine: u16, tier: Tier) -> Strictness {
        let engine = self.data.engines.get(usize::from(engine));
        let (Some(engine), Some(tier)) = (engine, self.tier(tier)) else {
            return Strictness::Off;
        };
        match engine.kind {
            EngineKind::Search => tier.safe_search,
            EngineKind::Youtube => tier.youtube,
        }
    }

    /// What answers for an engine at a strictness; `None` when it is off.
    #[must_use]
    pub fn safe_form(&self, engine: u16, strictness: Strictness) -> Option<SafeForm<'_>> {
        let position = usize::from(engine);
        let (engine, hosts) = (self.data.engines.get(position)?, self.hosts.get(position)?);
        let [strict, moderate] = hosts;
        let (answer, host) = match (strictness, &engine.moderate) {
            (Strictness::Off, _) => return None,
            (Strictness::Moderate, Some(answer)) => (answer, moderate),
            (Strictness::Moderate | Strictness::Strict, _) => (&engine.strict, strict),
        };
        Some(match (answer, host) {
            (SafeAnswer::Host(_), Some(host)) => SafeForm::Host(host),
            (SafeAnswer::Host(_), None) => SafeForm::Addresses(&[]),
            (SafeAnswer::Addresses(all), _) => SafeForm::Addresses(all),
        })
    }

    /// Whether search engines without a safe form are closed for a tier.
    #[must_use]
    pub fn closes_unsafe_engines(&self, tier: Tier) -> bool {
        self.data.unsafe_engines_closed.contains(&tier)
    }
}

impl Engine {
    fn hosts(&self) -> [Option<Name>; 2] {
        let host = |answer: &SafeAnswer| match answer {
            SafeAnswer::Host(host) => Name::from_text(host).ok(),
            SafeAnswer::Addresses(_) => None,
        };
        [host(&self.strict), self.moderate.as_ref().and_then(host)]
    }
}

fn positions(categories: &[CategoryInfo]) -> [u8; Category::LIMIT as usize] {
    let mut positions = [u8::MAX; Category::LIMIT as usize];
    for (position, info) in (0..u8::MAX).zip(categories) {
        if let Some(slot) = positions.get_mut(usize::from(info.bit.bit())) {
            *slot = position;
        }
    }
    positions
}

fn column(info: &TierInfo, categories: &[CategoryInfo]) -> Result<Masks, BookError> {
    let tier = info.tier;
    if info.cells.len() != categories.len() {
        return Err(BookError::Cells {
            tier,
            got: info.cells.len(),
            expected: categories.len(),
        });
    }
    let mut masks = Masks::default();
    for (code, category) in info.cells.iter().zip(categories) {
        let cell = code.parse().map_err(|source| BookError::Cell {
            tier,
            category: category.id.clone(),
            source,
        })?;
        masks.set(category.bit, cell);
    }
    Ok(masks)
}
