//! What the pages for pupils are made with: the school, its bells, help near it, lessons, learning sites.

use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;
use lachan_config::School;
use lachan_policy::{Bells, Tier};
use lachan_web::{Around, Help, HelpPlace, Language, Learning, Lessons, Site};

/// Files of `rules/lessons`.
const LESSONS: [&str; 3] = ["tieu-hoc.toml", "thcs.toml", "thpt.toml"];
/// Largest file of shipped knowledge that is read, in bytes.
const MOST: u64 = 1 << 20;

/// What pages are made with; another after a reload.
pub(super) struct Shown {
    pub(super) school: String,
    pub(super) language: Language,
    pub(super) zone: TimeZone,
    pub(super) bells: Bells,
    pub(super) help: Vec<HelpPlace>,
}

impl Shown {
    pub(super) fn new(school: &School) -> Self {
        Self {
            school: school.name.clone(),
            language: language(school),
            zone: school.time_zone.clone(),
            bells: school.bells.clone(),
            help: help(school),
        }
    }

    /// Help near the school, as the pages take it.
    pub(super) fn places(&self) -> Vec<Help<'_>> {
        self.help.iter().map(HelpPlace::as_help).collect()
    }

    /// What a page for a tier stands in.
    pub(super) fn around<'a>(&'a self, tier: Tier, help: &'a [Help<'a>]) -> Around<'a> {
        Around {
            site: Site {
                language: self.language,
                school: &self.school,
            },
            tier,
            help,
        }
    }
}

/// Help near the school.
pub(in super::super) fn help(school: &School) -> Vec<HelpPlace> {
    let places = school.help.iter().map(|place| HelpPlace {
        name: place.name.clone(),
        phone: place.phone.clone(),
        note: place.note.clone(),
    });
    places.collect()
}

/// The language of the school's pages.
pub(in super::super) fn language(school: &School) -> Language {
    match school.language {
        lachan_config::Language::Vietnamese => Language::Vietnamese,
        lachan_config::Language::English => Language::English,
    }
}

/// The lessons of the folder of rules. A file that cannot be used is told of and left out: a box without lessons
/// filters all the same.
pub(in super::super) fn lessons(rules: &Path) -> Lessons {
    let mut lessons = Lessons::default();
    for name in LESSONS {
        let file = rules.join("lessons").join(name);
        let Some(text) = read(&file) else { continue };
        if let Err(error) = lessons.add(&text) {
            let error = super::super::chain(&error);
            tracing::error!(file = %file.display(), %error, "these lessons cannot be shown");
        }
    }
    lessons
}

/// The learning sites of the folder of rules.
pub(super) fn learning(rules: &Path) -> Learning {
    let file = rules.join("learning.toml");
    let Some(text) = read(&file) else {
        return Learning::default();
    };
    Learning::read(&text).unwrap_or_else(|error| {
        let error = super::super::chain(&error);
        tracing::error!(file = %file.display(), %error, "the learning sites cannot be shown");
        Learning::default()
    })
}

fn read(file: &Path) -> Option<String> {
    let length = fs::metadata(file).map(|data| data.len());
    let text = match length {
        Ok(length) if length <= MOST => fs::read_to_string(file),
        Ok(_) => Err(std::io::ErrorKind::FileTooLarge.into()),
        Err(error) => Err(error),
    };
    text.inspect_err(|error| tracing::warn!(file = %file.display(), %error, "cannot be read"))
        .ok()
}
