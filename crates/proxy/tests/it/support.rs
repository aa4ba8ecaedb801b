//! The shipped lists, compiled once, and the texts of `tests/data/phrases`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use lachan_lists::rules::Rules;
use lachan_policy::phrases::{Folding, PhraseGroup, PhraseList, PhraseSide, PhrasesData};
use lachan_policy::{Category, CategorySet};
use lachan_proxy::phrases::{Outcome, Page, PageHead, PhraseSet};
use lachan_proxy::text::{Limits, TextKind};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What ships.
pub(crate) static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::load(&root().join("rules")).unwrap());

/// The shipped phrase lists.
pub(crate) static SHIPPED: LazyLock<Arc<PhraseSet>> =
    LazyLock::new(|| Arc::new(PhraseSet::compile(&RULES.phrases).unwrap()));

/// A page without a word in its head about coding or charset.
pub(crate) const HTML: PageHead<'_> = PageHead {
    content_type: "text/html",
    content_encoding: "",
    kind: TextKind::Html,
};

/// A text in UTF-8.
pub(crate) const TEXT: PageHead<'_> = PageHead {
    content_type: "text/plain; charset=utf-8",
    content_encoding: "",
    kind: TextKind::Plain,
};

/// The outcome of a body that comes in one piece.
pub(crate) fn read(set: &Arc<PhraseSet>, head: &PageHead<'_>, body: &[u8]) -> Outcome {
    let mut page = Page::new(Arc::clone(set), head, Limits::default());
    page.push(body);
    page.finish()
}

/// The texts of a file, with their names.
pub(crate) fn texts(file: &str) -> Vec<(String, String)> {
    let path = root().join("tests/data/phrases").join(file);
    let whole = std::fs::read_to_string(&path).unwrap();
    let parts = whole.split("=== ").skip(1);
    let texts = parts.map(|part| part.split_once('\n').unwrap());
    texts
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

/// One list of category 3, each phrase of which counts by itself.
pub(crate) fn small(phrases: &[&str], folded: Option<Folding>) -> Arc<PhraseSet> {
    let list = PhraseList {
        id: "small".to_owned(),
        name: lachan_policy::book::Text::default(),
        side: PhraseSide::Block,
        category: Category::new(3),
        thresholds: vec![5; 5],
        distinct: 1,
        groups: vec![PhraseGroup {
            weight: 10,
            cap: 3,
            folded,
            query: false,
            phrases: phrases.iter().map(|&phrase| phrase.to_owned()).collect(),
        }],
    };
    let data = PhrasesData {
        lists: vec![list],
        ..PhrasesData::default()
    };
    Arc::new(PhraseSet::compile(&data).unwrap())
}

/// How often the only phrases of a small set were found, in their order.
pub(crate) fn counts(set: &Arc<PhraseSet>, head: &PageHead<'_>, body: &[u8]) -> Vec<(String, u16)> {
    let outcome = read(set, head, body);
    let fired = outcome.fired.iter();
    fired
        .map(|fired| (set.phrase(fired.phrase).unwrap().to_owned(), fired.count))
        .collect()
}

/// The ids of categories.
pub(crate) fn names(categories: CategorySet) -> Vec<String> {
    let book = &RULES.book.categories;
    let known = categories
        .iter()
        .filter_map(|bit| book.iter().find(|info| info.bit == bit));
    known.map(|info| info.id.clone()).collect()
}
