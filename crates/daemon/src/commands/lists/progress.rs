//! What is seen of a compilation while it runs: a bar on a terminal, and the refused lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use indicatif::{ProgressBar, ProgressStyle};
use lachan_lists::compile::{Progress, Stage};
use lachan_lists::import::NotTaken;

use crate::build::Watcher;
use crate::words::Words;

/// Refused lines of a list that are shown; all of them are counted.
const SHOWN: usize = 5;

/// Watches a compilation.
pub(super) struct Watch {
    words: Words,
    bar: ProgressBar,
    /// By list: the first refused lines, and how many there are.
    pub(super) refused: BTreeMap<String, (Vec<String>, u64)>,
    file: Option<BufWriter<File>>,
    failed: Option<io::Error>,
}

impl Watch {
    /// A watcher that draws a bar if wanted and writes every refused line to a file if given one.
    pub(super) fn new(words: Words, draws: bool, file: Option<File>) -> Self {
        let bar = if draws {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        Self {
            words,
            bar,
            refused: BTreeMap::new(),
            file: file.map(BufWriter::new),
            failed: None,
        }
    }

    /// Takes the bar away and ends the file.
    ///
    /// # Errors
    /// The first failure of writing refused lines.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.bar.finish_and_clear();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }

    fn write(&mut self, list: &str, line: &NotTaken) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = writeln!(file, "{list}: {line}") {
            self.failed.get_or_insert(error);
        }
    }
}

impl Progress for Watch {
    fn stage(&mut self, stage: Stage, total: u64) {
        let message = match stage {
            Stage::Sort => self.words.stage_sort(),
            Stage::Write => self.words.stage_write(),
            Stage::Flush => self.words.stage_flush(),
        };
        self.bar.set_message(message);
        self.bar.set_position(0);
        if total > 0 {
            self.bar.set_length(total);
            // The templates are constants, and a bar without one draws in its own way.
            if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {percent:>3} %") {
                self.bar.set_style(style);
            }
        }
    }

    fn advance(&mut self, steps: u64) {
        self.bar.inc(steps);
    }
}

impl Watcher for Watch {
    fn importing(&mut self, id: &str) {
        self.bar.set_message(self.words.importing(id));
        self.bar.tick();
    }

    fn not_taken(&mut self, list: &str, line: &NotTaken) {
        self.write(list, line);
        if !self.refused.contains_key(list) {
            self.refused.insert(list.to_owned(), (Vec::new(), 0));
        }
        if let Some((shown, count)) = self.refused.get_mut(list) {
            *count += 1;
            if shown.len() < SHOWN {
                shown.push(line.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;
    use lachan_lists::compile::Rejection;

    #[test]
    fn the_first_refused_lines_are_shown_and_all_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refused.txt");
        let file = File::create(&path).unwrap();
        let mut watch = Watch::new(Words::new(Language::English), false, Some(file));
        for line in 1..=9 {
            let reason = Rejection::PublicSuffix;
            watch.not_taken(
                "a",
                &NotTaken::Rejected {
                    line,
                    entry: "vn".into(),
                    reason,
                },
            );
        }
        watch.finish().unwrap();
        let (shown, count) = &watch.refused["a"];
        assert_eq!((shown.len(), *count), (SHOWN, 9));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 9);
    }

    #[test]
    fn a_full_disk_is_told_at_the_end() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut watch = Watch::new(Words::new(Language::English), false, Some(file));
        let reason = Rejection::TooDeep;
        watch.not_taken(
            "a",
            &NotTaken::Rejected {
                line: 1,
                entry: "x".into(),
                reason,
            },
        );
        assert!(watch.finish().is_err());
    }
}
