//! Host heuristics over the real lists beside the project: whom they find, whom they find wrongly,
//! and what a name costs.
//!
//! Runs with `LACHAN_LISTS` pointing to the corpus, or with it at `../shared/lists`; elsewhere it
//! says so and passes. Gambling lists are the positives; popular names, Vietnamese names, schools
//! and the sites of unsuspicious lists are the negatives, without those that a gambling list has.

#![cfg(feature = "testing")]
#![expect(clippy::cast_precision_loss, reason = "shares for people")]

#[cfg(test)]
mod corpus;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use corpus::Corpus;
use lachan_lists::testing::{shipped_rules, shipped_ruleset};
use lachan_policy::heuristics::Guess;
use lachan_policy::ruleset::{Ruleset, Side};
use lachan_policy::{Heuristic, Name};

static SHIPPED: LazyLock<Arc<Ruleset>> = LazyLock::new(shipped_ruleset);

/// What `decide` would guess: nothing of names that a shipped list knows.
fn guess(name: &Name) -> Guess {
    let walk = SHIPPED.walk(name);
    let mut sides = walk
        .hits()
        .iter()
        .map(|hit| SHIPPED.side(hit.row, hit.is_above()));
    if sides.any(|side| side != Side::default()) || name.is_infrastructure() {
        return Guess::default();
    }
    SHIPPED.guess(name)
}

/// Names no shipped list knows, how many of them look like door-ways, and those.
fn doorways<'n>(names: impl IntoIterator<Item = &'n Name>) -> (usize, Vec<(Name, String)>) {
    let (mut unlisted, mut found) = (0, Vec::new());
    for name in names {
        if SHIPPED.walk(name).hits().is_empty() {
            unlisted += 1;
        }
        if let Some(sign) = guess(name).doorway {
            found.push((*name, format!("{} {}", sign.part(name), sign.score)));
        }
    }
    (unlisted, found)
}

fn share(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

#[test]
fn popular_names_are_no_doorways_and_most_gambling_names_are() {
    let Some(corpus) = Corpus::find() else { return };
    let gambling = corpus.gambling();
    for (title, names) in corpus.unsuspicious() {
        let names = names.difference(&gambling).copied().collect::<HashSet<_>>();
        let (unlisted, found) = doorways(&names);
        println!("{title}: {} of {unlisted} taken for door-ways", found.len());
        for (name, part) in &found {
            println!("    {name} ({part})");
        }
        let wrong = found
            .iter()
            .filter(|(name, _)| !corpus::is_gambling_in_truth(name))
            .count();
        println!("    {wrong} of them wrongly");
        assert_eq!(wrong, 0, "{title}");
    }
    for (title, names) in corpus.positives() {
        let (unlisted, found) = doorways(&names);
        let recall = share(found.len(), unlisted);
        println!(
            "{title}: {} of {unlisted} unlisted found, {recall:.1} %",
            found.len()
        );
        let least = corpus::least_found(title);
        assert!(recall >= least, "{title}: {recall:.1} % < {least} %");
    }
}

/// The names of shipped lists that satisfy a condition.
fn shipped_where(wanted: impl Fn(&str) -> bool) -> HashSet<Name> {
    let lists = shipped_rules()
        .lists
        .iter()
        .filter(|list| wanted(&list.spec.info.id));
    lists
        .flat_map(|list| list.entries.iter().map(|(name, _)| *name))
        .collect()
}

fn shipped_of(id: &str) -> HashSet<Name> {
    shipped_where(|own| own == id)
}

fn shipped_but(id: &str) -> HashSet<Name> {
    let mut names = shipped_where(|own| own != id);
    names.extend(&shipped_rules().popular);
    names
}

#[test]
fn look_alikes_of_familiar_names_are_found_and_popular_names_are_none() {
    let Some(corpus) = Corpus::find() else { return };
    let poses = |names: &HashSet<Name>| {
        let found = names
            .iter()
            .filter_map(|name| Some((*name, guess(name).pose?)));
        let (mut alike, mut impersonations) = (Vec::new(), Vec::new());
        for (name, pose) in found {
            match pose {
                Heuristic::LookAlike(familiar) => {
                    let of = SHIPPED.familiar(familiar).unwrap();
                    alike.push(format!("{} for {of}", name.to_unicode()));
                }
                Heuristic::Impersonation(sign) | Heuristic::Doorway(sign) => {
                    impersonations.push(format!("{name} ({} {})", sign.part(&name), sign.score));
                }
            }
        }
        alike.sort();
        (alike, impersonations)
    };
    let (alike, impersonations) = poses(&corpus.popular());
    println!("popular: look-alikes {alike:#?}, impersonations {impersonations:#?}");
    // All of them true: real look-alikes have come into the lists of popular names.
    assert!(alike.len() <= 8 && impersonations.is_empty());
    let (alike, impersonations) = poses(&corpus.misspelt());
    println!(
        "misspelt: {} look-alikes, {} impersonations",
        alike.len(),
        impersonations.len()
    );
    assert!(alike.len() >= 900);
    let (alike, impersonations) = poses(&corpus.swindles());
    println!(
        "swindles: {} look-alikes, {} impersonations",
        alike.len(),
        impersonations.len()
    );
    assert!(impersonations.len() >= 300);
}
