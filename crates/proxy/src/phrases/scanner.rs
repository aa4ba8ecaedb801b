//! The phrase filter as the HTTP side asks it: pages in, categories out.

use std::borrow::Cow;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use lachan_policy::phrases::PhraseSide;
use lachan_policy::ruleset::{PhrasesError, Ruleset};
use lachan_policy::{CategorySet, Tier};

use super::page::{Hold, Page, PageHead};
use super::query::search_query;
use super::set::{BadPhrases, PhraseSet};
use crate::http;
use crate::text::{Limits, TextKind};

/// Scores pages by the phrases of the ruleset in use. Clones share the phrases.
#[derive(Default, Clone)]
pub struct Scanner {
    set: Arc<ArcSwapOption<PhraseSet>>,
}

/// Why the phrases of a ruleset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// They cannot be read.
    #[error("the ruleset's phrases cannot be read")]
    Read(#[from] PhrasesError),
    /// They make no set.
    #[error("the ruleset's phrases make no set")]
    Set(#[from] BadPhrases),
}

impl Scanner {
    /// Takes the phrases of a ruleset; without any, no page is scanned.
    ///
    /// # Errors
    /// [`LearnError`]; the phrases it had stay.
    pub fn learn(&self, ruleset: &Ruleset) -> Result<(), LearnError> {
        let set = PhraseSet::compile(&ruleset.phrases()?)?;
        let set = (!set.is_empty()).then(|| Arc::new(set));
        self.set.store(set);
        Ok(())
    }
}

impl http::Scan for Scanner {
    fn begin(&self, page: &http::PageHead<'_>) -> Option<Box<dyn http::Page>> {
        let set = self.set.load_full()?;
        let tier = page.group.tier;
        if !judges(&set, tier) {
            return None;
        }
        let content_type = text(page.content_type);
        let kind = kind_of(&content_type)?;
        let content_encoding = text(page.content_encoding);
        let query = search_query(&page.host.to_string(), page.path);
        // Of data and scripts only what a search box loads is text for people.
        if kind == TextKind::Json && query.is_none() {
            return None;
        }
        let asked = query.map(|query| set.score_query(&query).found(&set, tier));
        let head = PageHead {
            content_type: &content_type,
            content_encoding: &content_encoding,
            kind,
        };
        Some(Box::new(Scanned {
            asked: asked.unwrap_or(CategorySet::EMPTY),
            page: Some(Page::new(Arc::clone(&set), &head, Limits::default())),
            set,
            tier,
        }))
    }
}

/// Whether any list can find anything for a tier.
fn judges(set: &PhraseSet, tier: Tier) -> bool {
    set.lists().iter().any(|list| {
        let threshold = list.thresholds.get(tier.index());
        list.side == PhraseSide::Block && threshold.is_some_and(|most| *most < u16::MAX)
    })
}

/// What a field says, as far as it is text.
fn text(field: Option<&[u8]>) -> Cow<'_, str> {
    String::from_utf8_lossy(field.unwrap_or_default())
}

/// What a browser takes a page for. Where the site does not say so that it can be understood, it looks
/// at the page and may show it as HTML.
fn kind_of(content_type: &str) -> Option<TextKind> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_unknown = essence == "*/*"
        || match essence.split_once('/') {
            Some((kind, of)) => kind.is_empty() || of.is_empty(),
            None => true,
        };
    if is_unknown || essence.eq_ignore_ascii_case("multipart/x-mixed-replace") {
        return Some(TextKind::Html);
    }
    TextKind::of_content_type(content_type)
}

/// A page on its way.
struct Scanned {
    set: Arc<PhraseSet>,
    tier: Tier,
    /// What was found in what the page is an answer to.
    asked: CategorySet,
    /// `None` once it was judged.
    page: Option<Page>,
}

impl Scanned {
    fn judged(&self, found: CategorySet) -> http::Opinion {
        let found = found.union(self.asked);
        if found.is_empty() {
            http::Opinion::Pass
        } else {
            http::Opinion::Found(found)
        }
    }
}

impl http::Page for Scanned {
    fn push(&mut self, bytes: &[u8]) -> http::Opinion {
        if !self.asked.is_empty() {
            return self.judged(CategorySet::EMPTY);
        }
        let Some(page) = &mut self.page else {
            return http::Opinion::Pass;
        };
        match page.push(bytes) {
            Hold::Keep => http::Opinion::More,
            Hold::LetGo | Hold::Over => self.end(),
        }
    }

    fn end(&mut self) -> http::Opinion {
        let page = self.page.take();
        let found = page.map(|page| page.finish().found(&self.set, self.tier));
        self.judged(found.unwrap_or(CategorySet::EMPTY))
    }
}

#[cfg(test)]
mod tests {
    use lachan_lists::testing;
    use lachan_policy::{Group, GroupId};

    use super::*;
    use crate::http::{Opinion, Scan as _};

    fn scanner() -> Scanner {
        let scanner = Scanner::default();
        scanner.learn(&testing::shipped_ruleset()).unwrap();
        scanner
    }

    /// What is found in a page for a tier, pushed in pieces.
    fn found(tier: Tier, host: &str, path: &str, kind: &str, body: &str) -> Option<Opinion> {
        let (name, group) = (testing::name(host), Group::new(GroupId(1), "x", tier));
        let head = http::PageHead {
            host: &name,
            path,
            group: &group,
            status: 200,
            content_type: Some(kind.as_bytes()),
            content_encoding: None,
        };
        let mut page = scanner().begin(&head)?;
        for piece in body.as_bytes().chunks(100) {
            match page.push(piece) {
                Opinion::More => {}
                opinion => return Some(opinion),
            }
        }
        Some(page.end())
    }

    const DOORWAY: &str = "<html><body><h1>Nhà cái uy tín</h1><p>Nổ hũ, tài xỉu, kèo nhà cái, xóc đĩa, \
        lô đề online: đăng ký nhận thưởng, nạp tiền, khuyến mãi cược, link vào nhà cái mới nhất, cá độ bóng đá.</p></body></html>";

    #[test]
    fn a_door_way_of_gambling_is_found_for_pupils() {
        let opinion = found(
            Tier::Thcs,
            "a.example.net",
            "/",
            "text/html; charset=utf-8",
            DOORWAY,
        );
        let gambling = testing::shipped_rules().category("gambling").unwrap();
        let Some(Opinion::Found(categories)) = opinion else {
            panic!("{opinion:?}");
        };
        assert!(categories.contains(gambling));
    }

    #[test]
    fn a_page_that_does_not_say_what_it_is_is_looked_at_as_browsers_would() {
        for kind in [
            "",
            "foo",
            "*/*",
            "text/",
            "text/html; x=\u{e9}",
            "multipart/x-mixed-replace",
        ] {
            let opinion = found(Tier::Thcs, "a.example.net", "/", kind, DOORWAY);
            assert!(matches!(opinion, Some(Opinion::Found(_))), "{kind:?}");
        }
    }

    #[test]
    fn a_lesson_passes() {
        let lesson = "<p>Bài 5: Hàm số bậc nhất. Học sinh giải bài tập 1, 2 trong sách giáo khoa Toán 9.</p>";
        let opinion = found(Tier::Thcs, "hoc.vn", "/", "text/html", lesson);
        assert_eq!(opinion, Some(Opinion::Pass));
    }

    #[test]
    fn pictures_and_scripts_are_not_looked_at() {
        for kind in [
            "image/png",
            "text/javascript",
            "application/json",
            "video/mp4",
        ] {
            assert_eq!(
                found(Tier::Thcs, "a.vn", "/", kind, DOORWAY),
                None,
                "{kind}"
            );
        }
    }

    #[test]
    fn without_phrases_no_page_is_held_back() {
        let name = testing::name("a.vn");
        let group = Group::new(GroupId(1), "x", Tier::Thcs);
        let head = http::PageHead {
            host: &name,
            path: "/",
            group: &group,
            status: 200,
            content_type: Some(b"text/html"),
            content_encoding: None,
        };
        assert!(Scanner::default().begin(&head).is_none());
    }
}
