//! How a box fares: numbers and ids of the machine, nothing of what anybody looked at or tried, and no free text.
//!
//! Tries to get round the filter are what children do. A count of them each hour, of a school at night perhaps one child's, has
//! no place here: they leave a school only in the day's statistics, of enough devices and with noise.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::{ListId, ProgramVersion};

/// Most lists that a box takes from what is published, and tells of.
pub const MOST_LISTS: usize = 1_024;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::Kind;

    fn report(lists: usize) -> FleetReport {
        let list = |number: usize| ListState {
            id: ListId::try_from(format!("{number:a>64}")).unwrap(),
            version: u64::MAX,
        };
        FleetReport {
            v: crate::WIRE_VERSION,
            program: ProgramVersion::try_from("0.1.0".to_owned()).unwrap(),
            up_hours: u32::MAX,
            clock_trusted: false,
            snapshot: u64::MAX,
            checked_hours_ago: u32::MAX,
            lists: (0..lists).map(list).collect(),
            refused: Some(Refusal::Unreachable),
            self_test: SelfTest {
                passed: u32::MAX,
                failed: u32::MAX,
                hours_ago: Some(u32::MAX),
            },
            disk_free_percent: 100,
            temperature: Some(i16::MIN),
        }
    }

    #[test]
    fn a_box_with_as_many_lists_as_there_may_be_can_tell_of_them() {
        let report_of_all = report(MOST_LISTS);
        assert_eq!(report_of_all.check(), Ok(()));
        let body = serde_json::to_vec(&report_of_all).unwrap();
        assert!(body.len() <= Kind::Fleet.most_bytes(), "{}", body.len());
        assert_eq!(report(MOST_LISTS + 1).check(), Err(FleetError::Lists));
    }
}
