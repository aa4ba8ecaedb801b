//! The files of `rules/` as they are written. Unknown keys are refused.

use std::collections::BTreeMap;
use std::net::IpAddr;

use lachan_policy::book::Strictness;
use lachan_policy::phrases::{Folding, PhraseSide};
use lachan_policy::{BypassKind, Role, Tier};
use serde::Deserialize;

/// Declares a file's tables: deny unknown keys, kebab-case, a default for the table when the file
/// has a mistake.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $type),* }
    )*};
}

tables! {
    CategoryRow {
        bit: u8, number: u8, id: String, vi: String, en: String,
        reason_vi: String, reason_en: String,
        #[serde(default)] bypass: Option<BypassKind>,
    }
    TierRow {
        id: Tier, vi: String, en: String,
        #[serde(default)] ages: Option<(u8, u8)>,
        safe_search: Strictness, youtube: Strictness,
    }
    AlwaysOpenGroup {
        id: String,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        #[serde(default)] category: Option<String>,
        names: Vec<String>,
    }
    ProtectedGroup {
        id: String,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        category: String, names: Vec<String>,
    }
    GardenGroup {
        id: String,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        /// Sites of the garden that load these names; none where the names are sites.
        #[serde(default, rename = "for")] sites: Vec<String>,
        names: Vec<String>,
    }
    NeverInspectedGroup {
        #[serde(rename = "id")] _id: String,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        names: Vec<String>,
    }
    ServiceRow { id: String, vi: String, en: String, category: String, names: Vec<String> }
    EngineRow {
        id: String, vi: String, en: String,
        #[serde(rename = "method")] _method: Method,
        #[serde(default)] target: Option<String>,
        #[serde(default)] addresses: Vec<IpAddr>,
        #[serde(default, rename = "apex")] _apex: bool,
        #[serde(default)] parameters: Vec<String>,
        names: Vec<String>,
    }
    YoutubeRow {
        id: String, vi: String, en: String, strict: String, moderate: String, names: Vec<String>,
    }
    UnsafeEngines { names: Vec<String>, tiers: Vec<Tier> }
    CanaryRow {
        name: String,
        #[serde(rename = "answer")] _answer: CanaryAnswer,
        kind: BypassKind,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        #[serde(default, rename = "source")] _source: String,
    }
    DoorwayTable {
        category: String,
        lock: Role,
        threshold: u16,
        numbered_host: i16,
        group: Vec<PatternGroup>,
        ending: Vec<EndingRow>,
    }
    ImpersonationTable {
        category: String,
        threshold: u16,
        group: Vec<PatternGroup>,
        #[serde(default)] ending: Vec<EndingRow>,
    }
    PatternGroup {
        id: String,
        weight: i16,
        #[serde(default)] site_only: bool,
        #[serde(default)] longest: Option<u8>,
        patterns: Vec<String>,
    }
    EndingRow { weight: i16, names: Vec<String> }
    PhraseGroupRow {
        weight: u16,
        cap: u8,
        #[serde(default)] folded: Option<Folding>,
        #[serde(default)] query: bool,
        phrases: Vec<String>,
    }
    LookAlikeTable { category: String, shortest: u8, shortest_marked: u8 }
    TenantsGroup {
        #[serde(rename = "id")] _id: String,
        #[serde(rename = "vi")] _vi: String,
        #[serde(rename = "en")] _en: String,
        names: Vec<String>,
    }
}

/// How an engine's safe form is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Method {
    /// The records of another host.
    Cname,
    /// Fixed addresses.
    Address,
}

/// What a canary is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CanaryAnswer {
    /// The name does not exist.
    Nxdomain,
    /// The name has no such records.
    Nodata,
}

/// Where a child finds help.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Help {
    /// Its id.
    pub id: String,
    /// Vietnamese name.
    pub vi: String,
    /// English name.
    pub en: String,
    /// Phone number, as people dial it.
    #[serde(default)]
    pub phone: Option<String>,
    /// Its host names; may be empty.
    pub names: Vec<String>,
    /// One Vietnamese sentence for the block page.
    #[serde(default)]
    pub vi_note: Option<String>,
    /// One English sentence for the block page.
    #[serde(default)]
    pub en_note: Option<String>,
}

/// A public list a department may subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Its id.
    pub id: String,
    /// What its makers call it.
    pub name: String,
    /// Where it is fetched.
    pub url: String,
    /// Its format, an id of [`crate::formats::Format`].
    pub format: String,
    /// Its licence.
    pub licence: String,
    /// The category its entries get.
    pub category: String,
    /// Which way round the filter its entries are, where all are of one kind.
    #[serde(default)]
    pub bypass: Option<BypassKind>,
    /// Where its makers are.
    pub homepage: String,
    /// How often it changes.
    pub update: String,
    /// Names it is known to block wrongly.
    #[serde(default)]
    pub known_wrong: Vec<String>,
    /// What a department should know, in Vietnamese.
    #[serde(default)]
    pub note_vi: String,
    /// The same in English.
    #[serde(default)]
    pub note_en: String,
}

/// Declares a whole file.
macro_rules! whole_files {
    ($($name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $type),* }
    )*};
}

whole_files! {
    CategoriesFile { #[serde(rename = "version")] _version: FileVersion, category: Vec<CategoryRow> }
    TiersFile {
        #[serde(rename = "version")] _version: FileVersion,
        tier: Vec<TierRow>,
        cells: BTreeMap<String, BTreeMap<String, String>>,
    }
    HelpFile { help: Vec<Help> }
    AlwaysOpenFile { group: Vec<AlwaysOpenGroup> }
    ProtectedFile { group: Vec<ProtectedGroup> }
    ServicesFile { service: Vec<ServiceRow> }
    SafeSearchFile {
        engine: Vec<EngineRow>,
        youtube: Vec<YoutubeRow>,
        #[serde(rename = "unsafe")] unsafe_engines: UnsafeEngines,
    }
    ExamTable { names: Vec<String> }
    OnlineClassTable { names: Vec<String>, block: Vec<String> }
    AllowlistTable { open: Vec<String> }
    ModesFile { exam: ExamTable, online_class: OnlineClassTable, allowlist_only: AllowlistTable }
    GardenFile { tiers: Vec<Tier>, group: Vec<GardenGroup> }
    NeverInspectedFile { categories: Vec<String>, group: Vec<NeverInspectedGroup> }
    CanariesFile { canary: Vec<CanaryRow> }
    KindsFile {
        lists: BTreeMap<String, BypassKind>,
        #[serde(default)] public_suffixes: Vec<String>,
    }
    HeuristicsFile {
        #[serde(rename = "version")] _version: FileVersion,
        #[serde(default)] exceptions: Vec<String>,
        #[serde(default)] doorway: Option<DoorwayTable>,
        #[serde(default)] impersonation: Option<ImpersonationTable>,
        #[serde(default)] look_alike: Option<LookAlikeTable>,
    }
    PhrasesFile {
        #[serde(rename = "version")] _version: FileVersion,
        vi: String,
        en: String,
        /// Always there in a file that could be read.
        side: Option<PhraseSide>,
        #[serde(default)] category: Option<String>,
        #[serde(default)] distinct: u8,
        #[serde(default)] thresholds: BTreeMap<Tier, u16>,
        group: Vec<PhraseGroupRow>,
    }
    TeencodeFile {
        #[serde(rename = "version")] _version: FileVersion,
        table_version: u32,
        words: BTreeMap<String, String>,
    }
    TenantsFile { group: Vec<TenantsGroup> }
    SourcesFile { source: Vec<Source> }
}

/// The version of a file's format: 1.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(try_from = "u32")]
pub(super) struct FileVersion;

impl TryFrom<u32> for FileVersion {
    type Error = String;
    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("version {version} is not 1"))
        }
    }
}
