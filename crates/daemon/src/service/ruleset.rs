//! Where the ruleset comes from: the file in use, else the last good one, else the shipped rules.
//! Without any of them the filter does not start: it never runs without one.

use std::path::Path;
use std::sync::Arc;

use lachan_config::Paths;
use lachan_lists::open::{OpenFileError, open, open_verified};
use lachan_policy::ruleset::Ruleset;

use super::chain;
use crate::build::{self, Recipe};
use crate::fault::Fault;
use crate::files::{self, Mark};

/// A ruleset, and the mark its file had when it was opened.
pub(super) struct Loaded {
    pub(super) ruleset: Arc<Ruleset>,
    pub(super) mark: Option<Mark>,
    pub(super) origin: Origin,
}

/// Which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The file in use, not yet read through.
    InUse,
    /// The last good one, because the other is damaged or missing.
    Previous {
        /// What was wrong.
        why: String,
    },
    /// Just compiled from the shipped rules: imported lists are missing.
    Compiled {
        /// What was wrong.
        why: String,
    },
}

/// Opens the ruleset at the start of the program. The file in use is only opened, which takes
/// milliseconds; it is read through while the filter already answers.
///
/// # Errors
/// [`Fault::NoRuleset`].
pub(super) fn load(paths: &Paths) -> Result<Loaded, Fault> {
    let mark = Mark::of(&paths.ruleset);
    match open(&paths.ruleset) {
        Ok(ruleset) => Ok(Loaded {
            ruleset: ruleset.into(),
            mark,
            origin: Origin::InUse,
        }),
        Err(error) => recover(paths, &chain(&error)),
    }
}

/// Finds another ruleset than the one in use: the last good one, else one made of the shipped
/// rules. Brings it under the name of the one in use, so that the next start finds it there.
///
/// # Errors
/// [`Fault::NoRuleset`] when there is none.
pub(super) fn recover(paths: &Paths, why: &str) -> Result<Loaded, Fault> {
    let file = &paths.ruleset;
    tracing::error!(file = %file.display(), why, "the ruleset cannot be used");
    let previous = match open_verified(&files::previous(file)) {
        Ok(previous) => previous,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "there is no last good ruleset; compiling the rules");
            return compile(paths, why);
        }
    };
    // The mapping stays valid whatever becomes of the name.
    let mark = restore(file);
    tracing::warn!("the last good ruleset serves");
    let origin = Origin::Previous {
        why: why.to_owned(),
    };
    Ok(Loaded {
        ruleset: previous.into(),
        mark,
        origin,
    })
}

/// Brings the last good file under the name of the one in use. Where that cannot be done it
/// serves all the same.
fn restore(file: &Path) -> Option<Mark> {
    if let Err(error) = files::restore(file) {
        tracing::warn!(error = %chain(&error), "the last good ruleset could not be put in its place");
    }
    Mark::of(file)
}

fn compile(paths: &Paths, why: &str) -> Result<Loaded, Fault> {
    let none = |source: Fault| Fault::NoRuleset {
        path: paths.ruleset.clone(),
        source: source.into(),
    };
    let rules = build::rules(&paths.rules).map_err(none)?;
    let recipe = Recipe {
        rules: &rules,
        imports: &[],
    };
    let candidate = build::make(&recipe, &paths.ruleset, &mut ()).map_err(none)?;
    candidate.promote().map_err(none)?;
    tracing::warn!(
        names = candidate.report.names,
        "a ruleset of the shipped rules alone serves"
    );
    let mark = Mark::of(&paths.ruleset);
    let origin = Origin::Compiled {
        why: why.to_owned(),
    };
    Ok(Loaded {
        ruleset: candidate.ruleset,
        mark,
        origin,
    })
}

/// Opens a file that was read through and found whole.
///
/// # Errors
/// As [`open`].
pub(super) fn open_checked(file: &Path) -> Result<Arc<Ruleset>, OpenFileError> {
    open(file).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing::{rules_folder, shipped_rules};
    use std::fs;

    struct Box {
        folder: tempfile::TempDir,
        paths: Paths,
    }

    fn new_box() -> Box {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Paths::below(folder.path());
        paths.rules = rules_folder();
        fs::create_dir_all(paths.lists()).unwrap();
        Box { folder, paths }
    }

    fn compile_to(file: &Path) {
        let book = shipped_rules().book.clone();
        let compiler = lachan_lists::compile::Compiler::new(book, file, Default::default());
        compiler.unwrap().finish(file, &mut ()).unwrap();
    }

    #[test]
    fn a_whole_file_is_used() {
        let place = new_box();
        compile_to(&place.paths.ruleset);
        let loaded = load(&place.paths).unwrap();
        assert_eq!(loaded.origin, Origin::InUse);
        assert_eq!(loaded.mark, Mark::of(&place.paths.ruleset));
    }

    #[test]
    fn the_last_good_file_serves_for_a_damaged_one() {
        let place = new_box();
        compile_to(&files::previous(&place.paths.ruleset));
        fs::write(&place.paths.ruleset, b"damaged").unwrap();
        let loaded = load(&place.paths).unwrap();
        assert!(matches!(loaded.origin, Origin::Previous { .. }));
        assert_eq!(load(&place.paths).unwrap().origin, Origin::InUse);
    }

    #[test]
    fn the_rules_serve_where_there_is_no_file() {
        let place = new_box();
        fs::remove_dir_all(place.paths.lists()).unwrap();
        let loaded = load(&place.paths).unwrap();
        assert!(matches!(loaded.origin, Origin::Compiled { .. }));
        assert!(loaded.ruleset.header().names > 1_000);
        assert!(place.paths.ruleset.exists());
    }

    #[test]
    fn without_anything_the_filter_does_not_start() {
        let mut place = new_box();
        place.paths.rules = place.folder.path().join("none");
        let fault = load(&place.paths).err().unwrap();
        assert!(matches!(fault, Fault::NoRuleset { .. }), "{fault}");
    }
}
