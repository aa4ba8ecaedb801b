//! Reading what pupils asked, what teachers opened and what the counsellor keeps.

use lachan_policy::{Category, GroupId, Tier};

use crate::alerts::{self, Alert};
use crate::error::DbError;
use crate::passes::{self, Pass};
use crate::query::{MAX_ROWS, Reader};
use crate::reports::{self, CounsellorKey, Report, WaitingReports};
use crate::requests::{self, Request, RequestFilter, RequestsMark};
use crate::unlock::{self, UnlockCode};

impl Reader {
    /// Passes that hold at a moment (unix seconds), newest first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn passes(&self, at: i64) -> Result<Vec<Pass>, DbError> {
        passes::load(&self.connection, at)
    }

    /// Unlock codes whose lesson is not over at a moment (unix seconds), newest first. Their digits were
    /// shown once and are kept nowhere.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn codes(&self, at: i64) -> Result<Vec<UnlockCode>, DbError> {
        unlock::load(&self.connection, at)
    }

    /// Pupils' requests, newest first.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, DbError> {
        requests::load(&self.connection, filter)
    }

    /// What is another value once a request came, was asked again or was answered: of these groups, or of
    /// all.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn requests_mark(&self, groups: Option<&[GroupId]>) -> Result<RequestsMark, DbError> {
        requests::mark(&self.connection, groups)
    }

    /// How many requests wait for an answer, of all groups.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn waiting_requests(&self) -> Result<u32, DbError> {
        requests::waiting(&self.connection)
    }

    /// The newest request of a group by its request code: what a pupil's page shows.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn request_by_code(&self, group: GroupId, code: &str) -> Result<Option<Request>, DbError> {
        requests::by_code(&self.connection, group, code)
    }

    /// Reports, newest first, with their notes, from before a number on.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn reports(&self, before: Option<i64>, limit: u32) -> Result<Vec<Report>, DbError> {
        reports::load(&self.connection, before, limit.min(MAX_ROWS))
    }

    /// How many reports nobody has looked at, and since when.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn waiting_reports(&self) -> Result<WaitingReports, DbError> {
        reports::waiting(&self.connection)
    }

    /// The key that reports are encrypted to; `None` while the counsellor has set none.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn counsellor_key(&self) -> Result<Option<CounsellorKey>, DbError> {
        reports::key(&self.connection)
    }

    /// What was blocked in cells marked `alert`, newest first. `categories` are those that some cell
    /// marks; `marked` says whether a group's cell does.
    ///
    /// # Errors
    /// [`DbError`] when the file cannot be read.
    pub fn alerts(
        &self,
        categories: &[Category],
        marked: &dyn Fn(GroupId, Tier, Category) -> bool,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Alert>, DbError> {
        alerts::load(&self.connection, marked, categories, before, limit)
    }
}
