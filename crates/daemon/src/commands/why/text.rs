//! The explanation for people: the verdict in one sentence, the chain, the table of tiers.

use lachan_policy::book::Book;
use lachan_policy::{Level, Tier};

use super::client::Recognised;
use super::explain::{Explanation, Link};
use super::question::Question;
use crate::console::{Console, FAINT, TITLE, action_style, styled};
use crate::fault::Fault;
use crate::table::Table;
use crate::time::shown;
use crate::words::Words;

/// Prints it.
///
/// # Errors
/// [`Fault::Output`].
pub(super) fn print(
    question: &Question,
    explanation: &Explanation,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    let page = Page {
        words,
        book: question.policy.ruleset().book(),
        question,
        explanation,
    };
    page.lines()
        .into_iter()
        .try_for_each(|line| console.line(line))
}

struct Page<'p> {
    words: Words,
    book: &'p Book,
    question: &'p Question,
    explanation: &'p Explanation,
}

impl Page<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.verdict()];
        lines.extend(self.details());
        lines.push(String::new());
        lines.push(styled(TITLE, self.words.chain()));
        lines.extend(self.chain());
        lines.push(String::new());
        lines.extend(self.tiers());
        lines
    }

    /// `CHẶN ở THCS: fb88.com — Cờ bạc (fb88.com, base/gambling)`
    fn verdict(&self) -> String {
        let answer = &self.explanation.answer;
        let verdict = &self.explanation.verdict;
        let words = self.words;
        let action = styled(
            action_style(verdict.action),
            words.action_named(verdict.action),
        );
        let whom = self.whom();
        let name = self.name();
        let category = answer
            .category
            .as_deref()
            .map_or_else(String::new, |id| self.category(id));
        let why = [answer.rule.clone(), answer.list.clone()];
        let why = why.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let mut line = self.words.verdict_line(&action, &whom, &name);
        if !category.is_empty() {
            line.push_str(&format!(" — {category}"));
        }
        if !why.is_empty() {
            line.push_str(&styled(FAINT, format!(" ({why})")));
        }
        line
    }

    fn name(&self) -> String {
        let (ascii, unicode) = (&self.explanation.name, self.question.name.to_unicode());
        if *ascii == unicode {
            unicode
        } else {
            format!("{unicode} ({ascii})")
        }
    }

    fn whom(&self) -> String {
        let tier = self.tier(self.explanation.tier);
        match &self.explanation.group {
            Some(group) if *group == crate::policy_source::UNKNOWN => {
                self.words.of_unknown_devices(&tier)
            }
            Some(group) => self.words.of_group(group, &tier),
            None => tier,
        }
    }

    fn tier(&self, tier: Tier) -> String {
        self.words.tier_named(self.book, tier)
    }

    fn category(&self, id: &str) -> String {
        let info = self
            .book
            .category_named(id)
            .and_then(|category| self.book.category(category));
        info.map_or_else(
            || id.to_owned(),
            |info| self.words.of(&info.name).to_owned(),
        )
    }

    fn details(&self) -> Vec<String> {
        let words = self.words;
        let at = self.question.at.map(|at| shown(at, &self.question.zone));
        let (answer, verdict) = (&self.explanation.answer, &self.explanation.verdict);
        let reason = self.explanation.reason.as_deref();
        let lines = [
            self.explanation
                .client
                .as_ref()
                .map(|client| self.client(client)),
            self.explanation
                .author
                .as_deref()
                .map(|author| match reason {
                    Some(reason) => words.made_by(author, reason),
                    None => words.comes_from(author),
                }),
            self.explanation
                .safe_form
                .as_deref()
                .map(|form| words.safe_form(form)),
            answer.alert.then(|| words.alerts()),
            (answer.no_name && !verdict.no_log).then(|| words.keeps_no_name()),
            Some(at.map_or_else(|| words.at_unknown(), |at| words.asked_at(&at))),
        ];
        lines
            .into_iter()
            .flatten()
            .map(|line| format!("  {line}"))
            .collect()
    }

    /// `thiết bị 10.6.0.9 (3c:22:fb:0a:b1:9e, may-1, qua eth0): nhận ra theo dải mạng 10.6.0.0/24`
    fn client(&self, client: &Recognised) -> String {
        let words = self.words;
        let on = client
            .interface
            .as_deref()
            .map(|name| words.on_interface(name));
        let mac = client.mac.clone().unwrap_or_else(|| words.mac_unknown());
        let about = [Some(mac), client.name.clone(), on];
        let about = about.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let selector = client.selector.as_deref().unwrap_or_default();
        let by = match client.known_by {
            "mac" => words.known_by_mac(selector),
            "subnet" => words.known_by_subnet(selector),
            "interface" => words.known_by_interface(selector),
            _ => words.known_by_nothing(),
        };
        words.client_is(&client.address.to_string(), &about, &by)
    }

    fn chain(&self) -> Vec<String> {
        let mut lines = self
            .explanation
            .chain
            .iter()
            .map(|link| self.link(link))
            .collect::<Vec<_>>();
        let is_listed = self
            .explanation
            .chain
            .iter()
            .any(|link| matches!(link, Link::Listed { .. }));
        if !is_listed {
            lines.insert(0, self.words.in_no_list());
        }
        (1..)
            .zip(lines)
            .map(|(number, line)| format!("  {number}. {line}"))
            .collect()
    }

    fn link(&self, link: &Link) -> String {
        let words = self.words;
        let named = |id: &Option<String>| {
            id.as_deref()
                .map_or_else(String::new, |id| self.category(id))
        };
        match link {
            Link::Listed {
                list,
                category: Some(category),
                entry,
                ..
            } => words.listed_as(entry, list, &self.category(category)),
            Link::Listed { list, entry, .. } => words.listed(entry, list),
            Link::Protected { name, category } => words.protected(name, &named(category)),
            Link::Corrected { category } => words.corrected(&named(category)),
            Link::Guessed { kind, what } => match *kind {
                "doorway" => {
                    let role = self.book.data().heuristics.doorway_lock;
                    words.guessed_doorway(what, &words.role_named(role))
                }
                "impersonation" => words.guessed_impersonation(what),
                _ => words.guessed_look_alike(what),
            },
            Link::Refused {
                exception,
                needs,
                author,
                reason,
                ..
            } => {
                let needs = match *needs {
                    "department" => words.department(),
                    "school" => words.school(),
                    _ => words.teacher(),
                };
                words.refused(*exception, author, reason, &needs)
            }
            Link::Decided { .. } => {
                words.decided(&words.level_named(self.explanation.verdict.level))
            }
        }
    }

    /// The level of an id, in the reader's language.
    fn level_of(&self, id: &str) -> String {
        let found = Level::ALL.into_iter().find(|level| level.id() == id);
        found.map_or_else(String::new, |level| self.words.level_named(level))
    }

    fn tiers(&self) -> Vec<String> {
        let words = self.words;
        let mut table = Table::new([
            &words.tier(),
            &words.action(),
            &words.category(),
            &words.rule(),
            &words.level(),
        ]);
        for (tier, answer) in &self.explanation.tiers.0 {
            let action = match answer.action {
                "block" => words.blocked(),
                "restrict" => words.restricted(),
                _ => words.allowed(),
            };
            let category = answer
                .category
                .as_deref()
                .map_or_else(String::new, |id| self.category(id));
            table.row([
                self.tier(*tier),
                action,
                category,
                answer.rule.clone().unwrap_or_default(),
                self.level_of(answer.level),
            ]);
        }
        table.lines()
    }
}
