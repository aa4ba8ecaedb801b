//! How a box fares: numbers and ids, nothing of what anybody looked at, and no free text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::{ListId, ProgramVersion};

/// Most lists that a box tells of.
pub const MOST_LISTS: usize = 128;

/// What a box says of itself, each hour and when something changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FleetReport {
    /// The version of these types: 1.
    pub v: u32,
    /// The box's program.
    pub program: ProgramVersion,
    /// Hours since it started.
    pub up_hours: u32,
    /// Whether it knows the time from somebody it trusts.
    pub clock_trusted: bool,
    /// The version of the signed snapshot that it enforces; 0 for none.
    pub snapshot: u64,
    /// Hours since it verified that there is nothing newer.
    pub checked_hours_ago: u32,
    /// Each list that it enforces.
    pub lists: Vec<ListState>,
    /// Why it refused what was published last, if it did.
    pub refused: Option<Refusal>,
    /// What its own tests found.
    pub self_test: SelfTest,
    /// Tries to get round the filter since midnight, of the whole box, rounded down to tens.
    pub bypass: Bypass,
    /// Free space of the disk that the box writes to, in percent.
    #[schema(maximum = 100)]
    pub disk_free_percent: u8,
    /// The processor's temperature in degrees Celsius, where it is known.
    pub temperature: Option<i16>,
}

/// A list that is enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ListState {
    /// Its id.
    pub id: ListId,
    /// Its version.
    pub version: u64,
}

/// Why a box refused what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A signature is wrong or missing.
    Signature,
    /// It has expired.
    Expired,
    /// It is older than what the box has.
    Rollback,
    /// Its parts do not belong together.
    Mixed,
    /// It is larger than it says, or than a box takes.
    TooLarge,
    /// It cannot be compiled.
    Unreadable,
    /// It would close an always-open or protected name.
    Canary,
    /// It changes too much at once without the department's approval.
    MassChange,
    /// The disk has no room for it.
    NoRoom,
    /// It cannot be fetched.
    Unreachable,
}

/// What the box's own tests found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SelfTest {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
    /// Hours since they ran; none where they never did.
    pub hours_ago: Option<u32>,
}

/// Tries to get round the filter, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bypass {
    /// Another resolver over HTTPS.
    pub doh: u64,
    /// A private network.
    pub vpn: u64,
    /// A proxy in the web.
    pub proxy: u64,
    /// A relay of the system's maker.
    pub relay: u64,
    /// Everything else.
    pub other: u64,
}

/// A report that says what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// It is of another version.
    #[error("version {0} of the exchange is not known here")]
    Version(u32),
    /// Too many lists, or one twice.
    #[error("a box tells of each list once, and of {MOST_LISTS} at most")]
    Lists,
    /// More than all is free.
    #[error("at most 100 percent of a disk are free")]
    Disk,
}

impl FleetReport {
    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn check(&self) -> Result<(), FleetError> {
        if self.v != crate::WIRE_VERSION {
            return Err(FleetError::Version(self.v));
        }
        let mut ids: Vec<&ListId> = self.lists.iter().map(|list| &list.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != self.lists.len() || ids.len() > MOST_LISTS {
            return Err(FleetError::Lists);
        }
        if self.disk_free_percent > 100 {
            return Err(FleetError::Disk);
        }
        Ok(())
    }
}
