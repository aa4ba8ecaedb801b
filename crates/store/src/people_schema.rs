//! The tables of what pupils ask, what teachers open for a lesson, and what the counsellor keeps.
//!
//! No column of theirs can hold a device: a request is a group's, a report is nobody's.

/// The sixth step.
pub(crate) const V6: &str = "
-- What was opened for a lesson: the exception that does it, and whose bell ends it.
CREATE TABLE passes (
    exception_id INTEGER PRIMARY KEY REFERENCES exceptions (id) ON DELETE CASCADE,
    lesson       INTEGER             -- which lesson of the day; NULL: it ends after minutes
) STRICT;

-- Codes by which a pupil opens one site for her group, once. A keyed hash: the key is no part of this file.
CREATE TABLE unlock_codes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    hash         BLOB NOT NULL,
    group_id     INTEGER NOT NULL,
    lesson       INTEGER,
    made_at      INTEGER NOT NULL,
    made_by      TEXT NOT NULL,
    until        INTEGER NOT NULL,
    used_at      INTEGER,
    exception_id INTEGER             -- what it opened
) STRICT;

-- Pupils' requests, those for one site from one group on one day joined.
CREATE TABLE requests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    day          INTEGER NOT NULL,   -- local, since 1970
    group_id     INTEGER NOT NULL,
    tier         INTEGER NOT NULL,
    category     INTEGER,
    name         TEXT NOT NULL,      -- registrable, as events have it
    code         TEXT NOT NULL,      -- the request code of the block
    why          TEXT,               -- one of a few reasons, never a pupil's own words
    count        INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    asked_at     INTEGER NOT NULL,   -- the last time
    state        TEXT NOT NULL,
    until        INTEGER,
    note         TEXT,
    answered_by  TEXT,
    answered_at  INTEGER,
    exception_id INTEGER
) STRICT;

-- To whom reports are encrypted. The key that opens them is wrapped by the counsellor's passphrase.
CREATE TABLE counsellor_key (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    recipient TEXT NOT NULL,
    wrapped   TEXT NOT NULL,
    made_at   INTEGER,
    made_by   TEXT NOT NULL
) STRICT;

-- Reports: what kind and when is known to the box, all else only to the counsellor.
CREATE TABLE reports (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at         INTEGER,         -- unix seconds; NULL: the time was unknown
    kind            TEXT NOT NULL,
    sealed          BLOB NOT NULL,   -- age
    state           TEXT NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    closed_at       INTEGER          -- 0 when the time was unknown
) STRICT;
CREATE TABLE report_notes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    at        INTEGER,
    sealed    BLOB NOT NULL
) STRICT;
CREATE INDEX report_notes_by_report ON report_notes (report_id);

-- Requests, codes and reports that the deletion job took.
ALTER TABLE retention ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
";

/// Whether a report came among many, so that a flood is told and takes no room of the others. Of whom it came stands
/// nowhere.
pub(crate) const CROWDED: &str = "
ALTER TABLE reports ADD COLUMN crowded INTEGER NOT NULL DEFAULT 0;
";

/// What a teacher asks the administrator for.
pub(crate) const ASKED: &str = "
-- A teacher may ask the administrator without a pupil's wish: who asks (her name, her account), and why.
ALTER TABLE requests ADD COLUMN asked_by TEXT;
ALTER TABLE requests ADD COLUMN account_id INTEGER;
ALTER TABLE requests ADD COLUMN reason TEXT;
";
