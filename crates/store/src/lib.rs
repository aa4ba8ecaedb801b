//! The store of Lá Chắn: what happened and what people decided, in SQLite on the box.
//!
//! ```text
//!  hot path ─try_record─► bounded queue ─┐
//!  hot path ─bump───────► atomics ───────┼─► writer thread ─► lachan.db (WAL)
//!  people ──add_group …─► commands ──────┘                        │
//!  screens, command line ◄──── Reader: own read-only connections ─┘
//! ```
//!
//! Blocked attempts are batched: a power cut loses at most the last flush (60 s). What a person
//! saves is synced before the call returns. Allowed browsing is counted, never recorded: there is
//! no type for it. Nothing is written when nothing happened.
//!
//! The store reads no wall clock (a [`Clock`] is handed in). It keeps accounts and sessions, makes no
//! hash of a password and checks no permissions: those are the web's.

mod account;
mod accounts;
mod alerts;
mod audit;
mod buffer;
mod bypasses;
mod company;
mod copy;
mod counters;
mod device;
mod dictionary;
mod error;
mod event;
mod exceptions;
mod group_settings;
mod groups;
mod import;
mod machine;
mod open;
mod own;
mod pages;
mod passes;
mod people_reader;
mod people_retention;
mod people_schema;
mod query;
mod recorder;
mod reports;
mod requests;
mod retention;
mod schema;
mod sessions;
mod settings;
mod shared;
mod store;
mod table;
#[cfg(test)]
mod testing;
mod time;
mod tokens;
mod unlock;
mod watch;
mod writer;

pub use account::{
    Account, AccountError, AccountNameError, NewAccount, Secrets, check_account_name,
};
pub use accounts::{AccountChange, KEPT_ROLE, MAX_ACCOUNTS};
pub use alerts::Alert;
pub use audit::{Act, AuthorError, Change, Entry, NoteError};
pub use bypasses::{BypassDays, BypassTotals};
pub use company::Company;
pub use copy::{Locked, check as check_copy, copy as copy_database, lock as lock_database};
pub use counters::{Cell, Counters};
pub use error::DbError;
pub use event::{Asked, Attempt, Behind, Channel, Event, Source, Sources, UnknownSource};
pub use exceptions::{
    Ended, ExceptionError, LONGEST_TEACHER_EXCEPTION, StoredException, Subject, TypedError,
    UnknownSubject, Wish, WishFor,
};
pub use groups::{GroupAt, GroupError, GroupNameError, check_group, check_group_name};
pub use import::{ImportError, Imported};
pub use open::OpenError;
pub use own::OwnBlock;
pub use pages::{EventPage, PageFilter, WINDOW};
pub use passes::{Ends, Pass, PassWish};
pub use query::{EventFilter, HourCount, MAX_ROWS, Reader, TopName};
pub use reports::{
    CounsellorKey, Crowd, MAX_NEW_REPORTS, MAX_OF_DEVICES, MAX_OF_NETWORKS, MAX_REPORT_NOTES,
    MAX_SEALED, NotSealed, Report, ReportError, ReportKind, ReportNote, ReportState, Sealed,
    WaitingReports,
};
pub use requests::{
    AdminWish, Answer, Asker, MAX_ASKED, MAX_NOTE, MAX_OPEN_REQUESTS, Made, Request, RequestError,
    RequestFilter, RequestState, RequestWhy, RequestWish, RequestsMark, UnknownState,
};
pub use retention::Deleted;
pub use sessions::{MAX_SESSIONS, SessionHash, SignedIn, Stale};
pub use settings::{Retention, RetentionError, Settings};
pub use shared::{EventSink, Health};
pub use store::{Opened, Store};
pub use table::{
    DeviceError, GroupLine, LineMistake, MAX_IMPORT_BYTES, Mistake, read_groups, write_groups,
};
pub use time::Clock;
pub use tokens::{MAX_TOKENS, MadeToken, TokenError};
pub use unlock::{CodeError, MAX_CODES, MadeCode, RedeemError, Typed, UnlockCode, UnlockKey};
pub use watch::{Recent, Recents, Watch};
