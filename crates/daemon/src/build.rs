//! Making a ruleset: rules and imported lists to a candidate file, the trial of the candidate, and
//! its promotion. Until the trial is passed nothing that is in use is touched.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lachan_lists::compile::{CompileError, Compiler, Options, Progress, Report};
use lachan_lists::import::{Import, NotTaken, import};
use lachan_lists::open::open_verified;
use lachan_lists::rules::Rules;
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{Level, Name, Scope, Tier};

use crate::fault::Fault;
use crate::files;
use crate::network::Links;
use crate::policy_source::{People, tier_group};
use crate::rule::decide;
use crate::time::Now;

/// What a ruleset is made of.
pub(crate) struct Recipe<'r> {
    /// The shipped rules.
    pub(crate) rules: &'r Rules,
    /// Lists to import.
    pub(crate) imports: &'r [Import],
}

/// Told how the making goes.
pub(crate) trait Watcher: Progress {
    /// A list is about to be imported.
    fn importing(&mut self, id: &str);
    /// A line of a list did not come in.
    fn not_taken(&mut self, list: &str, line: &NotTaken);
}

impl Watcher for () {
    fn importing(&mut self, _: &str) {}
    fn not_taken(&mut self, _: &str, _: &NotTaken) {}
}

/// Reads the rules.
///
/// # Errors
/// [`Fault::Rules`].
pub(crate) fn rules(folder: &Path) -> Result<Rules, Fault> {
    Rules::load(folder).map_err(|source| Fault::Rules {
        folder: folder.to_owned(),
        source: Box::new(source),
    })
}

/// Refuses a target that is there and is no regular file.
///
/// # Errors
/// [`Fault::NotAFile`].
pub(crate) fn check_target(target: &Path) -> Result<(), Fault> {
    files::may_replace(target)
        .then_some(())
        .ok_or_else(|| Fault::NotAFile(target.to_owned()))
}

/// The place of a candidate. Whatever happens, the file is gone when this is.
struct Standing {
    target: PathBuf,
    /// Keeps others from making one for the same target meanwhile.
    _lock: File,
}

impl Standing {
    fn take(target: &Path) -> Result<Self, Fault> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Fault::Write { path, source }
        };
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        Ok(Self {
            target: target.to_owned(),
            _lock: files::lock(target).map_err(failed(target))?,
        })
    }
}

impl Drop for Standing {
    /// The lock is still held here, so the candidate can be nobody else's; after a promotion there
    /// is none. What cannot be removed is written over by the next candidate.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(files::candidate(&self.target));
    }
}

/// A made and opened ruleset that stands beside the one in use, until it is promoted or dropped.
pub(crate) struct Candidate {
    standing: Standing,
    /// The ruleset.
    pub(crate) ruleset: Arc<Ruleset>,
    /// How it was made.
    pub(crate) report: Report,
}

/// Makes the candidate for `target`.
///
/// # Errors
/// [`Fault`]; nothing in use is touched, and no candidate is left.
pub(crate) fn make<W: Watcher>(
    recipe: &Recipe<'_>,
    target: &Path,
    watcher: &mut W,
) -> Result<Candidate, Fault> {
    check_target(target)?;
    let standing = Standing::take(target)?;
    let file = files::candidate(target);
    let report = compile(recipe, &file, watcher).map_err(|fault| match fault {
        Fault::Compile { source, .. } => Fault::Compile {
            path: target.to_owned(),
            source,
        },
        fault => fault,
    })?;
    let ruleset = Arc::new(open_verified(&file)?);
    Ok(Candidate {
        standing,
        ruleset,
        report,
    })
}

fn compile<W: Watcher>(recipe: &Recipe<'_>, file: &Path, watcher: &mut W) -> Result<Report, Fault> {
    let failed = |source: CompileError| Fault::Compile {
        path: file.to_owned(),
        source: Box::new(source),
    };
    let options = Options {
        built: Now::system().unix(),
        tenants: recipe.rules.tenants.clone(),
        ..Options::default()
    };
    let mut compiler = Compiler::new(recipe.rules.book.clone(), file, options).map_err(failed)?;
    recipe.rules.compile_into(&mut compiler).map_err(failed)?;
    for list in recipe.imports {
        let id = &list.spec.info.id;
        watcher.importing(id);
        let mut not_taken = |list: &str, line: NotTaken| watcher.not_taken(list, &line);
        import(&mut compiler, list, &mut not_taken).map_err(|source| Fault::Import {
            list: id.clone(),
            source: source.into(),
        })?;
    }
    compiler.finish(file, watcher).map_err(failed)
}

impl Candidate {
    /// Puts it in the place of the ruleset in use, which becomes the last good one.
    ///
    /// # Errors
    /// [`Fault::Write`]; the one in use then stays.
    pub(crate) fn promote(&self) -> Result<(), Fault> {
        files::promote(&self.standing.target).map_err(|source| Fault::Write {
            path: self.standing.target.clone(),
            source,
        })
    }

    /// Names that must be open and are not.
    pub(crate) fn wrongs(&self, rules: &Rules) -> Vec<Wrong> {
        let policy = People::default().policy_with_tiers(
            Arc::clone(&self.ruleset),
            Tier::TieuHoc,
            &Links::default(),
        );
        // Groups without devices claim none, so the policy is always made.
        let Ok(policy) = policy else {
            return Vec::new();
        };
        let mut wrongs = Vec::new();
        for (name, class) in names_to_try(rules) {
            let closed = Tier::ALL.into_iter().find_map(|tier| {
                let verdict = decide(&policy, &name, tier_group(&policy, tier), None);
                let list = verdict.list.and_then(|list| self.ruleset.list(list));
                let is_wrong = match class {
                    ListClass::Protected => {
                        list.is_some_and(|list| list.class == ListClass::Imported)
                    }
                    _ => verdict.level != Level::Statutory,
                };
                (verdict.is_block() && is_wrong).then(|| (tier, list.map(|list| list.id.clone())))
            });
            wrongs.extend(closed.map(|(tier, list)| Wrong { name, tier, list }));
        }
        wrongs
    }
}

/// A name that must be open and that a candidate would close.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Wrong {
    /// The name.
    #[serde(serialize_with = "as_text")]
    pub(crate) name: Name,
    /// The tier it is closed for.
    pub(crate) tier: Tier,
    /// The list that closes it.
    pub(crate) list: Option<String>,
}

/// A name as JSON text.
pub(crate) fn as_text<S: serde::Serializer>(name: &Name, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(name)
}

/// Help lines, always-open and protected names of the rules.
fn names_to_try(rules: &Rules) -> impl Iterator<Item = (Name, ListClass)> {
    let wanted = [ListClass::Help, ListClass::AlwaysOpen, ListClass::Protected];
    let lists = rules
        .lists
        .iter()
        .filter(move |list| wanted.contains(&list.spec.info.class));
    lists.flat_map(|list| {
        let class = list.spec.info.class;
        let reached = list
            .entries
            .iter()
            .filter(|(_, scope)| *scope != Scope::Below);
        reached.map(move |(name, _)| (*name, class))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::compile::ListSpec;
    use lachan_lists::testing::{rules_folder, shipped_rules};

    #[test]
    fn the_shipped_rules_become_a_ruleset_that_passes_its_trial() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("lists").join("current.ruleset");
        let rules = rules(&rules_folder()).unwrap();
        let recipe = Recipe {
            rules: &rules,
            imports: &[],
        };
        let candidate = make(&recipe, &target, &mut ()).unwrap();
        assert_eq!(candidate.wrongs(&rules), []);
        assert!(!target.exists());
        candidate.promote().unwrap();
        assert!(target.exists() && !files::candidate(&target).exists());
    }

    #[test]
    fn a_ruleset_that_closes_what_must_be_open_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x");
        let mut bad = shipped_rules().clone();
        let open = bad
            .lists
            .iter()
            .position(|list| list.spec.info.class == ListClass::AlwaysOpen);
        let removed = bad.lists.remove(open.unwrap());
        let category = bad.category("gambling");
        let mut spec = ListSpec::new("wrong", ListClass::Own, category);
        spec.covers_tenants = true;
        bad.lists.push(lachan_lists::rules::RuleList {
            spec,
            file: "wrong.txt".into(),
            entries: removed.entries.clone(),
        });
        bad.nets.clear();
        let recipe = Recipe {
            rules: &bad,
            imports: &[],
        };
        let candidate = make(&recipe, &target, &mut ()).unwrap();
        let wrongs = candidate.wrongs(shipped_rules());
        assert!(!wrongs.is_empty());
        drop(candidate);
        assert!(!files::candidate(&target).exists());
    }

    #[test]
    fn a_candidate_that_cannot_be_promoted_goes() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x");
        let recipe = Recipe {
            rules: shipped_rules(),
            imports: &[],
        };
        make(&recipe, &target, &mut ()).unwrap().promote().unwrap();
        std::fs::create_dir(files::previous(&target)).unwrap();
        let candidate = make(&recipe, &target, &mut ()).unwrap();
        assert!(matches!(candidate.promote(), Err(Fault::Write { .. })));
        drop(candidate);
        assert!(target.exists() && !files::candidate(&target).exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_without_rules_is_told() {
        let fault = rules("/nonexistent".as_ref()).unwrap_err();
        assert_eq!(fault.exit(), crate::exit::Exit::File);
    }
}
