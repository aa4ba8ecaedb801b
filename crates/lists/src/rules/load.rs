//! Reading the files of a `rules/` folder into [`Rules`], with every mistake found on the way.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use lachan_policy::book::{
    CategoryInfo, Engine, EngineKind, Modes, SafeAnswer, ServiceInfo, Text, TierInfo,
};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{BypassKind, Category, Name, Scope, Subnet, Tier};

use super::files::{
    AlwaysOpenFile, CanariesFile, CategoriesFile, GardenFile, HelpFile, KindsFile, ModesFile,
    NeverInspectedFile, ProtectedFile, SafeSearchFile, ServicesFile, SourcesFile, TenantsFile,
    TiersFile, UnsafeEngines,
};
use super::{Mistake, RuleList, Rules, RulesError};
use crate::compile::ListSpec;

pub(super) struct Loader<'f> {
    pub(super) folder: &'f Path,
    pub(super) rules: Rules,
    pub(super) mistakes: Vec<Mistake>,
}

impl Loader<'_> {
    pub(super) fn load(&mut self) -> Result<(), RulesError> {
        self.categories()?;
        self.tiers()?;
        self.help()?;
        self.always_open()?;
        self.protected()?;
        self.services()?;
        self.safe_search()?;
        self.modes()?;
        self.garden()?;
        self.canaries()?;
        self.heuristics()?;
        self.never_inspected()?;
        self.folder_of_lists("base", ListClass::Own, None)?;
        self.folder_of_lists("bypass", ListClass::Own, Some("bypass"))?;
        self.bypass_kinds()?;
        self.phrases()?;
        self.rules.popular = self
            .names_file("popular.txt")?
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        let tenants: TenantsFile = self.toml("tenants.toml")?;
        for group in tenants.group {
            let entries = self.entries("tenants.toml", &group.names);
            self.rules
                .tenants
                .extend(entries.into_iter().map(|(name, _)| name));
        }
        let sources: SourcesFile = self.toml("sources.toml")?;
        self.rules.sources = sources.source;
        Ok(())
    }

    pub(super) fn mistake(&mut self, file: &str, problem: String) {
        self.mistakes.push(Mistake {
            file: file.to_owned(),
            problem,
        });
    }

    fn read(&self, file: &str) -> Result<String, RulesError> {
        let path = self.folder.join(file);
        std::fs::read_to_string(&path).map_err(|source| RulesError::Io { path, source })
    }

    /// A TOML file; with mistakes in it, an empty one, so that the other files are checked too.
    pub(super) fn toml<T: serde::de::DeserializeOwned + Default>(
        &mut self,
        file: &str,
    ) -> Result<T, RulesError> {
        let text = self.read(file)?;
        Ok(toml::from_str(&text).unwrap_or_else(|error| {
            self.mistake(file, error.to_string());
            T::default()
        }))
    }

    fn entries(&mut self, file: &str, names: &[String]) -> Vec<(Name, Scope)> {
        let mut entries = Vec::with_capacity(names.len());
        for text in names {
            match Scope::parse_entry(text) {
                Ok(entry) => entries.push(entry),
                Err(error) => self.mistake(file, format!("{text:?}: {error}")),
            }
        }
        entries
    }

    pub(super) fn known_category(&mut self, file: &str, id: &str) -> Option<Category> {
        let category = self.rules.category(id);
        if category.is_none() {
            self.mistake(file, format!("{id:?} is no category of categories.toml"));
        }
        category
    }

    fn list(
        &mut self,
        file: &str,
        id: &str,
        class: ListClass,
        category: Option<Category>,
        names: &[String],
    ) {
        let mut spec = ListSpec::new(id, class, category);
        spec.covers_tenants = true;
        spec.info.source = format!("rules/{file}");
        spec.info.licence = "Apache-2.0".to_owned();
        let entries = self.entries(file, names);
        self.rules.lists.push(RuleList {
            spec,
            file: file.to_owned(),
            entries,
        });
    }

    fn categories(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "categories.toml";
        let file: CategoriesFile = self.toml(FILE)?;
        for row in file.category {
            let Some(bit) = Category::new(row.bit) else {
                self.mistake(
                    FILE,
                    format!("{}: bit {} is not below 128", row.id, row.bit),
                );
                continue;
            };
            self.rules.book.categories.push(CategoryInfo {
                bit,
                number: row.number,
                id: row.id,
                name: Text {
                    vi: row.vi,
                    en: row.en,
                },
                reason: Text {
                    vi: row.reason_vi,
                    en: row.reason_en,
                },
                bypass: row.bypass,
            });
        }
        Ok(())
    }

    fn tiers(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "tiers.toml";
        let file: TiersFile = self.toml(FILE)?;
        for id in file.cells.keys() {
            self.known_category(FILE, id);
        }
        for row in file.tier {
            let mut cells = Vec::new();
            for category in &self.rules.book.categories {
                let code = file
                    .cells
                    .get(&category.id)
                    .and_then(|row_| row_.get(row.id.id()));
                cells.push(code.cloned().unwrap_or_default());
            }
            self.rules.book.tiers.push(TierInfo {
                tier: row.id,
                name: Text {
                    vi: row.vi,
                    en: row.en,
                },
                ages: row.ages,
                safe_search: row.safe_search,
                youtube: row.youtube,
                cells,
            });
        }
        for (tier, category) in self.missing_cells() {
            self.mistake(
                FILE,
                format!("the cell of {category} for {tier} is missing"),
            );
        }
        Ok(())
    }

    fn missing_cells(&self) -> Vec<(Tier, String)> {
        let mut missing = Vec::new();
        for tier in &self.rules.book.tiers {
            let cells = tier.cells.iter().zip(&self.rules.book.categories);
            let empty = cells.filter(|(code, _)| code.is_empty());
            missing.extend(empty.map(|(_, category)| (tier.tier, category.id.clone())));
        }
        missing
    }

    fn help(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "help.toml";
        let file: HelpFile = self.toml(FILE)?;
        let category = self.known_category(FILE, "help");
        for help in &file.help {
            self.list(
                FILE,
                &format!("help/{}", help.id),
                ListClass::Help,
                category,
                &help.names,
            );
        }
        self.rules.help = file.help;
        Ok(())
    }

    fn always_open(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "always-open.toml";
        let file: AlwaysOpenFile = self.toml(FILE)?;
        for group in file.group {
            let category = group
                .category
                .as_deref()
                .and_then(|id| self.known_category(FILE, id));
            let id = format!("always-open/{}", group.id);
            self.list(FILE, &id, ListClass::AlwaysOpen, category, &group.names);
        }
        Ok(())
    }

    fn protected(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "protected.toml";
        let file: ProtectedFile = self.toml(FILE)?;
        for group in file.group {
            let category = self.known_category(FILE, &group.category);
            let id = format!("protected/{}", group.id);
            self.list(FILE, &id, ListClass::Protected, category, &group.names);
        }
        Ok(())
    }

    fn services(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "services.toml";
        let file: ServicesFile = self.toml(FILE)?;
        for (param, service) in (0..).zip(file.service) {
            let Some(category) = self.known_category(FILE, &service.category) else {
                continue;
            };
            let id = format!("services/{}", service.id);
            self.list(
                FILE,
                &id,
                ListClass::Service,
                Some(category),
                &service.names,
            );
            self.set_param(param);
            let name = Text {
                vi: service.vi,
                en: service.en,
            };
            self.rules.book.services.push(ServiceInfo {
                id: service.id,
                name,
                category,
                host: host_of(&service.names),
            });
        }
        Ok(())
    }

    fn set_param(&mut self, param: u16) {
        if let Some(list) = self.rules.lists.last_mut() {
            list.spec.info.param = param;
        }
    }

    fn safe_search(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "safesearch.toml";
        let file: SafeSearchFile = self.toml(FILE)?;
        for engine in file.engine {
            let strict = match (engine.target, engine.addresses.is_empty()) {
                (Some(host), true) => SafeAnswer::Host(host),
                (None, false) => SafeAnswer::Addresses(engine.addresses),
                _ => {
                    let problem = "give either a target or addresses";
                    self.mistake(FILE, format!("{}: {problem}", engine.id));
                    continue;
                }
            };
            let name = Text {
                vi: engine.vi,
                en: engine.en,
            };
            let kind = EngineKind::Search;
            let made = Engine {
                id: engine.id,
                name,
                kind,
                strict,
                moderate: None,
                parameters: engine.parameters,
            };
            self.engine(FILE, made, &engine.names);
        }
        for site in file.youtube {
            let made = Engine {
                id: site.id,
                name: Text {
                    vi: site.vi,
                    en: site.en,
                },
                kind: EngineKind::Youtube,
                strict: SafeAnswer::Host(site.strict),
                moderate: Some(SafeAnswer::Host(site.moderate)),
                parameters: Vec::new(),
            };
            self.engine(FILE, made, &site.names);
        }
        let names = &file.unsafe_engines.names;
        self.list(
            FILE,
            "safesearch/unsafe",
            ListClass::UnsafeEngine,
            None,
            names,
        );
        self.rules.book.unsafe_engines_closed = file.unsafe_engines.tiers;
        Ok(())
    }

    /// An engine and its list: each name stands for itself only.
    fn engine(&mut self, file: &str, engine: Engine, names: &[String]) {
        let position = u16::try_from(self.rules.book.engines.len()).unwrap_or(u16::MAX);
        let id = format!("safesearch/{}", engine.id);
        let exact = names
            .iter()
            .map(|name| format!("={name}"))
            .collect::<Vec<_>>();
        self.list(file, &id, ListClass::SafeSearch, None, &exact);
        self.set_param(position);
        if let SafeAnswer::Host(host) = &engine.strict
            && let Err(error) = Name::from_text(host)
        {
            self.mistake(file, format!("{}: the target {host:?}: {error}", engine.id));
        }
        for parameter in &engine.parameters {
            if !is_parameter(parameter) {
                let problem = format!("{}: {parameter:?} is no name=value", engine.id);
                self.mistake(file, problem);
            }
        }
        self.rules.book.engines.push(engine);
    }

    fn modes(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "modes.toml";
        let file: ModesFile = self.toml(FILE)?;
        self.list(FILE, "modes/exam", ListClass::Exam, None, &file.exam.names);
        let online = &file.online_class;
        self.list(
            FILE,
            "modes/online-class",
            ListClass::OnlineClass,
            None,
            &online.names,
        );
        let mut categories = |ids: &[String]| {
            ids.iter()
                .filter_map(|id| self.known_category(FILE, id))
                .collect::<Vec<_>>()
        };
        let online_class_closed = categories(&online.block);
        let allowlist_open = categories(&file.allowlist_only.open);
        self.rules.book.modes = Modes {
            allowlist_open,
            online_class_closed,
            garden: Vec::new(),
        };
        Ok(())
    }

    /// The walled garden: its sites, and what they load.
    fn garden(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "garden.toml";
        let file: GardenFile = self.toml(FILE)?;
        self.rules.book.modes.garden = file.tiers;
        let sites = file.group.iter().filter(|group| group.sites.is_empty());
        let sites: HashSet<&String> = sites.flat_map(|group| &group.names).collect();
        let loaded = file.group.iter().flat_map(|group| &group.sites);
        for site in loaded.filter(|site| !sites.contains(site)) {
            self.mistake(FILE, format!("{site} is no site of the garden"));
        }
        for group in &file.group {
            let id = format!("garden/{}", group.id);
            self.list(FILE, &id, ListClass::Garden, None, &group.names);
        }
        Ok(())
    }

    /// What is never inspected. Its names go into the book: nothing is opened or closed by them.
    fn never_inspected(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "never-inspected.toml";
        let file: NeverInspectedFile = self.toml(FILE)?;
        for id in &file.categories {
            if let Some(category) = self.known_category(FILE, id) {
                self.rules.book.never_inspected.categories.push(category);
            }
        }
        let mut seen = HashSet::new();
        for group in &file.group {
            for (name, scope) in self.entries(FILE, &group.names) {
                if !seen.insert(name) {
                    self.mistake(FILE, format!("{name} stands twice"));
                }
                let entry = scope.entry(&name);
                self.rules.book.never_inspected.names.push(entry);
            }
        }
        if !file.categories.iter().any(|id| id == "help") {
            self.mistake(
                FILE,
                "\"help\" has to stand among the categories".to_owned(),
            );
        }
        Ok(())
    }

    fn canaries(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "bypass/canaries.toml";
        let file: CanariesFile = self.toml(FILE)?;
        let category = self.known_category(FILE, "bypass");
        let mut by_kind = BTreeMap::<BypassKind, Vec<String>>::new();
        for canary in file.canary {
            by_kind.entry(canary.kind).or_default().push(canary.name);
        }
        for (kind, names) in by_kind {
            let id = format!("bypass/canaries/{}", kind.id());
            self.list(FILE, &id, ListClass::Own, category, &names);
            self.set_bypass(kind);
        }
        Ok(())
    }

    fn set_bypass(&mut self, kind: BypassKind) {
        if let Some(list) = self.rules.lists.last_mut() {
            list.spec.info.bypass = Some(kind);
        }
    }

    /// Each text list of ways round the filter has a kind, and each kind its list.
    fn bypass_kinds(&mut self) -> Result<(), RulesError> {
        const FILE: &str = "bypass/kinds.toml";
        let file = self.toml::<KindsFile>(FILE)?;
        let (mut kinds, mut suffixes) = (file.lists, file.public_suffixes);
        let mut without = Vec::new();
        for list in &mut self.rules.lists {
            let stem = list.file.strip_prefix("bypass/");
            let Some(stem) = stem.and_then(|file| file.strip_suffix(".txt")) else {
                continue;
            };
            list.spec.info.bypass = kinds.remove(stem);
            if list.spec.info.bypass.is_none() {
                without.push(stem.to_owned());
            }
            let is_marked = suffixes.iter().position(|marked| marked == stem);
            list.spec.public_suffixes = is_marked.map(|at| suffixes.swap_remove(at)).is_some();
        }
        for stem in without {
            self.mistake(
                FILE,
                format!("bypass/{stem}.txt has no kind; add {stem} = \"other\""),
            );
        }
        for stem in kinds.into_keys().chain(suffixes) {
            self.mistake(FILE, format!("there is no bypass/{stem}.txt"));
        }
        Ok(())
    }

    /// Every `.txt` of a sub-folder as a list; its category is its file's name, or one for all.
    fn folder_of_lists(
        &mut self,
        folder: &str,
        class: ListClass,
        category: Option<&str>,
    ) -> Result<(), RulesError> {
        for stem in self.stems(folder, ".txt")? {
            let file = format!("{folder}/{stem}.txt");
            let category = self.known_category(&file, category.unwrap_or(&stem));
            self.text_list(&file, &format!("{folder}/{stem}"), class, category)?;
        }
        Ok(())
    }

    /// The names of a sub-folder's files with that ending, without it, in order.
    pub(super) fn stems(&self, folder: &str, ending: &str) -> Result<Vec<String>, RulesError> {
        let path = self.folder.join(folder);
        let failed = |source| RulesError::Io {
            path: path.clone(),
            source,
        };
        let mut stems = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let file = entry.map_err(failed)?.file_name();
            stems.extend(
                file.to_str()
                    .and_then(|name| name.strip_suffix(ending))
                    .map(str::to_owned),
            );
        }
        stems.sort();
        Ok(stems)
    }

    /// A text list: names, or addresses where a line reads as one.
    fn text_list(
        &mut self,
        file: &str,
        id: &str,
        class: ListClass,
        category: Option<Category>,
    ) -> Result<(), RulesError> {
        self.list(file, id, class, category, &[]);
        let position = self.rules.lists.len() - 1;
        for line in text_lines(&self.read(file)?) {
            if let Ok(net) = line.parse::<Subnet>() {
                self.rules.nets.push((position, net));
                continue;
            }
            match Scope::parse_entry(line) {
                Ok(entry) => self.rules.lists[position].entries.push(entry),
                Err(error) => self.mistake(file, format!("{line:?}: {error}")),
            }
        }
        Ok(())
    }

    fn names_file(&mut self, file: &str) -> Result<Vec<(Name, Scope)>, RulesError> {
        let text = self.read(file)?;
        let lines = text_lines(&text).map(str::to_owned).collect::<Vec<_>>();
        Ok(self.entries(file, &lines))
    }
}

/// A host that the first of some entries covers.
fn host_of(names: &[String]) -> String {
    let first = names.first().map_or("", String::as_str);
    match first.strip_prefix("*.") {
        Some(above) => format!("www.{above}"),
        None => first.trim_start_matches('=').to_owned(),
    }
}

/// The lines of a text file without comments and blank lines.
fn text_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

/// Whether a text can stand in a query as it is: `name=value` of plain characters.
fn is_parameter(text: &str) -> bool {
    let is_plain = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.chars().all(plain)
    };
    text.split_once('=')
        .is_some_and(|(name, value)| is_plain(name) && is_plain(value))
}

impl Default for UnsafeEngines {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            tiers: vec![Tier::MamNon, Tier::TieuHoc],
        }
    }
}
