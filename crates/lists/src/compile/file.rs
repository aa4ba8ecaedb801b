//! Writing the ruleset file: sections one behind the other, the header last.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lachan_policy::phrases::PhrasesData;
use lachan_policy::ruleset::{
    Header, ListInfo, NameHasher, PAGE, SectionInfo, SectionKind, SiteFilter, SourceRef,
};
use lachan_policy::{MAX_LABELS, Name};
use xxhash_rust::xxh3::Xxh3;

use super::familiar;
use super::group::{Found, visit_names};
use super::key::name_of_key;
use super::rows::Rows;
use super::sort::Sorted;
use super::table::{Refused, Table};
use super::{CompileError, Compiler, Progress, Report, Stage, random_seed};
use crate::text::TextWriter;

/// How many keys are tried before giving up: one fails by collision about once in 20 million
/// builds of 6 million names.
const KEYS: u32 = 8;
/// Names between two calls of the progress.
const STEP: u64 = 1 << 16;

/// Builds and writes; see [`Compiler::finish`].
pub(super) fn write(
    mut compiler: Compiler,
    target: &Path,
    progress: &mut dyn Progress,
) -> Result<Report, CompileError> {
    let failed = |source| CompileError::Io {
        path: target.to_owned(),
        source,
    };
    progress.stage(Stage::Sort, 0);
    let sorter = std::mem::replace(&mut compiler.sorter, super::Sorter::new(Path::new("."), 0));
    let mut sorted = sorter.finish().map_err(failed)?;
    let (mut rows, mut found) = survey(&mut sorted, compiler.specs.len()).map_err(failed)?;
    compiler.nets.count(&mut found.entries);
    compiler.urls.count(&mut found.entries);
    compiler.count_others(&mut found.entries);
    let outcome = lachan_sys::replace_file(target, |file| {
        // It is mapped while it is used: `cp` over it would change it under the reader, and now
        // fails for the service's own user.
        file.set_permissions(Permissions::from_mode(0o440))?;
        let mut out = Sections::new(file)?;
        Ok(write_sections(
            &compiler,
            &mut sorted,
            &mut rows,
            &found,
            &mut out,
            progress,
        )?
        .map(|header| (header, out.into_sizes())))
    });
    let (header, sizes) = outcome
        .map_err(failed)?
        .map_err(|_: Gave| CompileError::Table)?;
    Ok(report(compiler, found, &rows, &header, sizes))
}

/// No key gave a table.
struct Gave;

/// Pass 1: which lists stand together, and how often.
fn survey(sorted: &mut Sorted, lists: usize) -> io::Result<(Rows, Found)> {
    let mut rows = Rows::default();
    let found = visit_names(sorted, lists, |_, sources| {
        rows.intern(sources);
        Ok(())
    })?;
    Ok((rows.rank(), found))
}

fn write_sections(
    compiler: &Compiler,
    sorted: &mut Sorted,
    rows: &mut Rows,
    found: &Found,
    out: &mut Sections<'_>,
    progress: &mut dyn Progress,
) -> io::Result<Result<Header, Gave>> {
    progress.stage(Stage::Write, found.names);
    out.begin(SectionKind::Text)?;
    let mut text = TextWriter::new(&mut *out)?;
    let mut since = 0;
    let seed = compiler.options.seed.unwrap_or_else(random_seed);
    let mut filling = Filling::new(found.names, seed);
    visit_names(sorted, compiler.specs.len(), |key, sources| {
        text.push(key)?;
        filling.insert(key, sources, rows);
        since += 1;
        if since == STEP {
            progress.advance(since);
            since = 0;
        }
        Ok(())
    })?;
    progress.advance(since);
    let index = text.finish()?;
    out.end()?;
    out.section(SectionKind::TextIndex, &index)?;
    let Some((seed, table, sites)) = fill_again(compiler, sorted, rows, found.names, filling)?
    else {
        return Ok(Err(Gave));
    };
    let lines = table.lines();
    let (words, overflow) = table.finish();
    out.align(PAGE)?;
    out.begin(SectionKind::Table)?;
    write_words(out, &words)?;
    out.end()?;
    drop(words);
    out.begin(SectionKind::Sites)?;
    write_words(out, &sites)?;
    out.end()?;
    out.section(SectionKind::Overflow, &overflow_bytes(&overflow))?;
    write_rest(compiler, rows, found, seed, out)?;
    progress.stage(Stage::Flush, 0);
    let header = Header {
        file_length: 0,
        seed,
        names: found.names,
        lines,
        depth: u32::try_from(found.depth).unwrap_or(u32::MAX),
        shallowest: u32::try_from(found.shallowest).unwrap_or(u32::MAX),
        built: compiler.options.built,
        sections: Vec::new(),
    };
    Ok(Ok(out.finish(header)?))
}

/// The sections that follow the table: small, and made in memory.
fn write_rest(
    compiler: &Compiler,
    rows: &mut Rows,
    found: &Found,
    seed: u64,
    out: &mut Sections<'_>,
) -> io::Result<()> {
    let (net4, net6) = compiler.nets.to_bytes(rows);
    let urls = compiler.urls.to_bytes(seed, rows);
    let lists = compiler.list_infos(found);
    let (row_bytes, source_bytes) = rows.to_bytes(&lists);
    out.section(SectionKind::Rows, &row_bytes)?;
    out.section(SectionKind::Sources, &source_bytes)?;
    out.section(SectionKind::Net4, &net4)?;
    out.section(SectionKind::Net6, &net6)?;
    out.section(SectionKind::Urls, &urls)?;
    out.section(
        SectionKind::Expressions,
        &serde_json::to_vec(&compiler.expressions)?,
    )?;
    out.section(SectionKind::Sealed, &compiler.sealed_bytes())?;
    out.section(
        SectionKind::Familiar,
        &familiar::section(&compiler.familiar, seed),
    )?;
    out.section(SectionKind::Phrases, &compiler.phrase_bytes()?)?;
    out.section(SectionKind::Lists, &serde_json::to_vec(&lists)?)?;
    out.section(SectionKind::Book, &serde_json::to_vec(&compiler.book)?)
}

/// Table and site filter under one key, which may turn out not to work.
struct Filling {
    seed: u64,
    hasher: NameHasher,
    table: Result<Table, Refused>,
    sites: Vec<u64>,
}

impl Filling {
    fn new(names: u64, seed: u64) -> Self {
        let words = usize::try_from(SiteFilter::words(names)).unwrap_or(usize::MAX);
        Self {
            seed,
            hasher: NameHasher::new(seed),
            table: Ok(Table::new(names, seed)),
            sites: vec![0; words],
        }
    }

    fn insert(&mut self, key: &[u8], sources: &[SourceRef], rows: &Rows) {
        let Ok(table) = &mut self.table else { return };
        // Pass 2 sees what pass 1 interned, in the same order.
        let (Ok(name), Some(row)) = (name_of_key(key), rows.number(sources)) else {
            return;
        };
        if let Err(refused) = table.insert(self.hasher.hash(&name), row) {
            self.table = Err(refused);
        }
        self.note_site(&name);
    }

    fn note_site(&mut self, name: &Name) {
        let mut starts = [0; MAX_LABELS];
        let starts = name.starts(&mut starts);
        let Some(from) = starts
            .len()
            .checked_sub(2)
            .map(|index| usize::from(starts[index]))
        else {
            return;
        };
        let hash = self.hasher.suffix(name, from);
        let (word, bits) = SiteFilter::place(hash, self.sites.len() as u64);
        if let Some(word) = usize::try_from(word)
            .ok()
            .and_then(|word| self.sites.get_mut(word))
        {
            *word |= bits;
        }
    }
}

/// The table, under the first key that works.
fn fill_again(
    compiler: &Compiler,
    sorted: &mut Sorted,
    rows: &Rows,
    names: u64,
    first: Filling,
) -> io::Result<Option<(u64, Table, Vec<u64>)>> {
    let mut filling = first;
    for attempt in 1..=KEYS {
        match filling.table {
            Ok(table) => return Ok(Some((filling.seed, table, filling.sites))),
            Err(_) => filling = Filling::new(names, filling.seed.wrapping_add(u64::from(attempt))),
        }
        visit_names(sorted, compiler.specs.len(), |key, sources| {
            filling.insert(key, sources, rows);
            Ok(())
        })?;
    }
    Ok(None)
}

fn write_words(out: &mut impl Write, words: &[u64]) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 16);
    for chunk in words.chunks(1 << 13) {
        buffer.clear();
        buffer.extend(chunk.iter().flat_map(|word| word.to_le_bytes()));
        out.write_all(&buffer)?;
    }
    Ok(())
}

fn overflow_bytes(overflow: &[(u32, u32)]) -> Vec<u8> {
    overflow
        .iter()
        .flat_map(|(slot, row)| [slot.to_le_bytes(), row.to_le_bytes()].concat())
        .collect()
}

impl Compiler {
    /// Sealed entries and expressions count as entries of their lists too.
    fn count_others(&self, counts: &mut [u64]) {
        let sealed = self.sealed.iter().map(|(_, list)| *list);
        for list in sealed.chain(self.expressions.iter().map(|(list, _)| *list)) {
            counts[usize::from(list)] += 1;
        }
    }

    /// Empty when there are no phrase lists.
    fn phrase_bytes(&self) -> io::Result<Vec<u8>> {
        if self.phrases == PhrasesData::default() {
            return Ok(Vec::new());
        }
        Ok(serde_json::to_vec(&self.phrases)?)
    }

    fn list_infos(&self, found: &Found) -> Vec<ListInfo> {
        let counted = self.specs.iter().zip(&found.entries).zip(&self.reports);
        counted
            .map(|((spec, entries), report)| ListInfo {
                entries: *entries,
                refused: spec.info.refused + report.rejected.values().sum::<u64>(),
                ..spec.info.clone()
            })
            .collect()
    }

    /// Key, sorted digests, their lists; empty when nothing is sealed.
    fn sealed_bytes(&self) -> Vec<u8> {
        if self.sealed.is_empty() {
            return Vec::new();
        }
        let mut sealed = self.sealed.clone();
        sealed.sort_unstable();
        sealed.dedup_by_key(|(digest, _)| *digest);
        let mut bytes = self.sealed_key.to_vec();
        bytes.extend(sealed.iter().flat_map(|(digest, _)| digest.to_le_bytes()));
        bytes.extend(sealed.iter().flat_map(|(_, list)| list.to_le_bytes()));
        bytes
    }
}

fn report(
    compiler: Compiler,
    found: Found,
    rows: &Rows,
    header: &Header,
    file_bytes: u64,
) -> Report {
    let size = |kinds: &[SectionKind]| {
        kinds
            .iter()
            .filter_map(|kind| header.section(*kind))
            .map(|section| section.length)
            .sum()
    };
    let mut lists = compiler.reports;
    for (list, entries) in lists.iter_mut().zip(&found.entries) {
        list.entries = *entries;
    }
    for (list, name) in &found.covered_allows {
        lists[usize::from(*list)]
            .covered_allows
            .push(name.to_string());
    }
    Report {
        names: found.names,
        rows: rows.len() as u64,
        hot_bytes: size(&[
            SectionKind::Sites,
            SectionKind::Table,
            SectionKind::Rows,
            SectionKind::Sources,
            SectionKind::Overflow,
        ]),
        cold_bytes: size(&[SectionKind::Text, SectionKind::TextIndex]),
        file_bytes,
        taken_off: found.taken_off,
        lists,
        shared_parents: found.parents,
    }
}

/// The file being written, section by section.
struct Sections<'f> {
    out: BufWriter<&'f mut File>,
    at: u64,
    open: Option<(SectionKind, u64, Xxh3)>,
    done: Vec<SectionInfo>,
}

impl<'f> Sections<'f> {
    /// Starts behind the header's page.
    fn new(file: &'f mut File) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        out.write_all(&[0; PAGE])?;
        Ok(Self {
            out,
            at: PAGE as u64,
            open: None,
            done: Vec::new(),
        })
    }

    fn align(&mut self, to: usize) -> io::Result<()> {
        let over = usize::try_from(self.at).unwrap_or(0) % to;
        if over > 0 {
            let padding = vec![0; to - over];
            self.out.write_all(&padding)?;
            self.at += padding.len() as u64;
        }
        Ok(())
    }

    fn begin(&mut self, kind: SectionKind) -> io::Result<()> {
        self.align(64)?;
        self.open = Some((kind, self.at, Xxh3::new()));
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some((kind, offset, hasher)) = self.open.take() {
            let (length, checksum) = (self.at - offset, hasher.digest());
            self.done.push(SectionInfo {
                kind,
                offset,
                length,
                checksum,
            });
        }
        Ok(())
    }

    fn section(&mut self, kind: SectionKind, bytes: &[u8]) -> io::Result<()> {
        self.begin(kind)?;
        self.write_all(bytes)?;
        self.end()
    }

    /// Writes the header over its page.
    fn finish(&mut self, header: Header) -> io::Result<Header> {
        let sections = std::mem::take(&mut self.done);
        let header = Header {
            file_length: self.at,
            sections,
            ..header
        };
        self.out.flush()?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header.to_bytes())?;
        self.out.flush()?;
        Ok(header)
    }

    fn into_sizes(self) -> u64 {
        self.at
    }
}

impl Write for Sections<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.at += written as u64;
        if let Some((_, _, hasher)) = &mut self.open {
            hasher.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
