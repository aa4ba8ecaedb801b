//! What a principal understands at a glance: is the school protected, what was closed, what changed.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use lachan_policy::{Action, Category, Tier};
use lachan_store::{HourCount, Request, RequestFilter, RequestState};
use lachan_web::{Language, Problem, Right, Role, Words};
use serde::Serialize;
use utoipa::ToSchema;

use super::audit::AuditItem;
use super::group_form::TierId;
use super::machine::OLD_BACKUP;
use super::policy::spoken;
use crate::caller::{Caller, Visitor};
use crate::ports::{Finding, Severity};
use crate::state::Api;
use lachan_web::serve::Refused;

/// Days that are shown, today the last.
const DAYS: i64 = 7;
/// Most requests that are counted.
const MOST_WAITING: usize = 1_000;
/// Newest changes that are shown.
const CHANGES: u32 = 5;

/// How the school is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProtectionState {
    /// All is well.
    Protected,
    /// It filters, and something is to be looked at.
    Attention,
    /// It does not filter as it should.
    Unprotected,
}

/// Whether the school is protected now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Protection {
    state: ProtectionState,
    findings: Vec<Finding>,
}

/// Numbers of today.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Today {
    queries: u64,
    blocked: u64,
}

/// Numbers of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayCount {
    /// `2026-11-23`, local.
    day: String,
    blocked: u64,
    allowed: u64,
}

/// Numbers of an hour of today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HourOfToday {
    hour: u8,
    blocked: u64,
    allowed: u64,
}

/// A category's blocks, today and in seven days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryCount {
    category: String,
    name: String,
    blocked: u64,
    week: u64,
}

/// A tier's blocks, today and in seven days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TierCount {
    tier: TierId,
    name: String,
    blocked: u64,
    week: u64,
}

/// A way round the filter, and how often it was tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindCount {
    kind: String,
    name: String,
    count: u64,
}

/// Ways round the filter.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct BypassCounts {
    today: Vec<KindCount>,
    week: Vec<KindCount>,
}

/// What waits for a person.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Pupils' requests: of her groups, or all.
    requests: u64,
    /// Reports that nobody has looked at: only the counsellor is told.
    reports: Option<u32>,
    /// Why the box is to be backed up: only who may is told.
    backup: Option<BackupDue>,
}

/// Why the box is to be backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BackupDue {
    /// It never was.
    Never,
    /// It was more than 90 days ago.
    Old,
}

/// The overview.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Overview {
    protection: Protection,
    /// `null` while the box does not know the time.
    today: Option<Today>,
    /// Seven days, today the last; empty while the box does not know the time.
    week: Vec<DayCount>,
    /// 24 hours of today; empty while the box does not know the time.
    hours: Vec<HourOfToday>,
    /// The most blocked first.
    categories: Vec<CategoryCount>,
    tiers: Vec<TierCount>,
    bypasses: BypassCounts,
    /// The newest changes, for those who may read them.
    changes: Vec<AuditItem>,
    /// What waits for the reader.
    open: Waiting,
}

/// The overview.
#[utoipa::path(get, path = "/overview", tag = "overview", responses((status = 200, body = Overview)))]
pub(crate) async fn overview(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Json<Overview>, Refused> {
    let view = api
        .work(move |api| {
            let today = api.now().map(|now| now.local_day());
            let first = today.map(|today| today - DAYS + 1);
            let counts = match first {
                Some(first) => api.ask(|reader| reader.counters(Some(first)))?,
                None => Vec::new(),
            };
            let changes = match caller.role.may(Right::ReadAudit) {
                true => api.ask(|reader| reader.audit(None, CHANGES))?,
                false => Vec::new(),
            };
            let open = waiting(api, &caller)?;
            let sums = Sums::of(&counts, today);
            let language = visitor.spoken;
            Ok(Overview {
                protection: protection(api, language),
                today: today.map(|_| sums.today()),
                week: first.map_or_else(Vec::new, |first| sums.week(first)),
                hours: today.map_or_else(Vec::new, |_| sums.hours()),
                categories: sums.categories(api, language),
                tiers: sums.tiers(api, language),
                bypasses: bypasses(api, language),
                changes: changes
                    .into_iter()
                    .map(|entry| AuditItem::of(entry, caller.role))
                    .collect(),
                open,
            })
        })
        .await?;
    Ok(Json(view))
}

fn waiting(api: &Api, caller: &Caller) -> Result<Waiting, Problem> {
    let role = caller.role;
    let mut waiting = Waiting::default();
    if role.may(Right::AnswerRequests) {
        let filter = RequestFilter {
            waiting: Some(true),
            groups: (role == Role::Teacher).then(|| caller.account.groups.clone()),
            limit: MOST_WAITING,
            ..RequestFilter::default()
        };
        let requests = api.ask(|reader| reader.requests(&filter))?;
        // What she gave on waits for somebody else.
        let is_hers = |one: &&Request| role != Role::Teacher || one.state == RequestState::Open;
        waiting.requests = requests.iter().filter(is_hers).count() as u64;
    }
    if role.may(Right::ReadReports) {
        let reports = api.ask(|reader| reader.waiting_reports())?;
        waiting.reports = Some(reports.count);
    }
    if role.may(Right::ManageBox) {
        waiting.backup = backup_due(api.ask(|reader| reader.last_backup())?, api.unix());
    }
    Ok(waiting)
}

/// Whether a backup is due; without a clock nobody knows how old one is.
fn backup_due(last: Option<i64>, now: Option<i64>) -> Option<BackupDue> {
    let Some(last) = last else {
        return Some(BackupDue::Never);
    };
    let is_old = now.is_some_and(|now| now - last > OLD_BACKUP * 86_400);
    is_old.then_some(BackupDue::Old)
}

fn protection(api: &Api, language: Language) -> Protection {
    let findings = api
        .ports
        .vitals
        .protection(crate::guard::of_config(language));
    let worst = |severity| findings.iter().any(|finding| finding.severity == severity);
    let state = if worst(Severity::Error) {
        ProtectionState::Unprotected
    } else if worst(Severity::Warning) {
        ProtectionState::Attention
    } else {
        ProtectionState::Protected
    };
    Protection { state, findings }
}

/// Blocked and all, by what is shown.
#[derive(Default)]
struct Sums {
    days: BTreeMap<i64, (u64, u64)>,
    hours: BTreeMap<u8, (u64, u64)>,
    categories: BTreeMap<u8, (u64, u64)>,
    tiers: BTreeMap<usize, (u64, u64)>,
    today: (u64, u64),
}

impl Sums {
    fn of(counts: &[HourCount], today: Option<i64>) -> Self {
        let mut sums = Self::default();
        for count in counts {
            let Some(day) = count.day else { continue };
            let is_block = count.cell.action == Action::Block;
            let blocked = if is_block { count.count } else { 0 };
            let is_today = Some(day) == today;
            add(sums.days.entry(day).or_default(), blocked, count.count);
            if is_today {
                add(&mut sums.today, blocked, count.count);
                add(
                    sums.hours.entry(count.hour).or_default(),
                    blocked,
                    count.count,
                );
            }
            let of_today = if is_today { blocked } else { 0 };
            if let Some(category) = count.cell.category.filter(|_| is_block) {
                add(
                    sums.categories.entry(category.bit()).or_default(),
                    of_today,
                    blocked,
                );
            }
            add(
                sums.tiers.entry(count.cell.tier.index()).or_default(),
                of_today,
                blocked,
            );
        }
        sums
    }

    fn today(&self) -> Today {
        let (blocked, queries) = self.today;
        Today { queries, blocked }
    }

    fn week(&self, first: i64) -> Vec<DayCount> {
        let day = |day: i64| {
            let (blocked, all) = self.days.get(&day).copied().unwrap_or_default();
            DayCount {
                day: date(day),
                blocked,
                allowed: all - blocked,
            }
        };
        (first..first + DAYS).map(day).collect()
    }

    fn hours(&self) -> Vec<HourOfToday> {
        let hour = |hour: u8| {
            let (blocked, all) = self.hours.get(&hour).copied().unwrap_or_default();
            HourOfToday {
                hour,
                blocked,
                allowed: all - blocked,
            }
        };
        (0..24).map(hour).collect()
    }

    fn categories(&self, api: &Api, language: Language) -> Vec<CategoryCount> {
        let policy = api.ports.rules.policy();
        let book = policy.ruleset().book();
        let one = |(bit, (blocked, week)): (&u8, &(u64, u64))| {
            let info = book.category(Category::new(*bit)?)?;
            Some(CategoryCount {
                category: info.id.clone(),
                name: spoken(&info.name, language),
                blocked: *blocked,
                week: *week,
            })
        };
        let mut all: Vec<_> = self.categories.iter().filter_map(one).collect();
        all.sort_by_key(|one| std::cmp::Reverse((one.week, one.blocked)));
        all
    }

    fn tiers(&self, api: &Api, language: Language) -> Vec<TierCount> {
        let policy = api.ports.rules.policy();
        let book = policy.ruleset().book();
        let one = |tier: Tier| {
            let (blocked, week) = self.tiers.get(&tier.index()).copied().unwrap_or_default();
            let info = book.tier(tier);
            TierCount {
                tier: TierId::of(tier),
                name: info
                    .map_or_else(|| tier.id().to_owned(), |info| spoken(&info.name, language)),
                blocked,
                week,
            }
        };
        Tier::ALL.map(one).into()
    }
}

fn add(sum: &mut (u64, u64), one: u64, other: u64) {
    sum.0 = sum.0.saturating_add(one);
    sum.1 = sum.1.saturating_add(other);
}

fn bypasses(api: &Api, language: Language) -> BypassCounts {
    let Some(counted) = api.ports.vitals.bypasses() else {
        return BypassCounts::default();
    };
    let view = |all: BTreeMap<String, u64>| {
        let mut all: Vec<_> = all
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| KindCount {
                name: kind_name(&kind).of(language).to_owned(),
                kind,
                count,
            })
            .collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.count));
        all
    };
    BypassCounts {
        today: view(counted.today),
        week: view(counted.week),
    }
}

/// What people call a way round the filter, by the id of [`lachan_policy::BypassKind`].
fn kind_name(kind: &str) -> Words<'static> {
    match kind {
        "doh" => Words::new("DNS mã hóa của nơi khác", "somebody else's encrypted DNS"),
        "vpn" => Words::new("VPN", "a VPN"),
        "proxy" => Words::new(
            "trang trung gian (proxy)",
            "a page that fetches others (proxy)",
        ),
        "relay" => Words::new(
            "Chuyển tiếp riêng tư của thiết bị",
            "a device's private relay",
        ),
        "canary" => Words::new(
            "trình duyệt hỏi có được dùng DNS riêng không",
            "a browser asks for its own DNS",
        ),
        "discovery" => Words::new(
            "thiết bị tìm DNS mã hóa",
            "a device looks for encrypted DNS",
        ),
        "ech" => Words::new("giấu tên trang (ECH)", "hidden site names (ECH)"),
        "cloak" => Words::new(
            "tên vô hại trỏ tới trang bị chặn",
            "a harmless name for a closed one",
        ),
        "address" => Words::new(
            "tên vô hại trỏ tới địa chỉ bị chặn",
            "a harmless name for a closed address",
        ),
        "tunnel" => Words::new("đường hầm qua DNS", "a tunnel through DNS"),
        "doorway" => Words::new("tên mới của trang bị chặn", "a new name of a closed site"),
        "lookalike" => Words::new(
            "tên nhái trang quen thuộc",
            "a name that reads like a known one",
        ),
        "nameless" => Words::new(
            "kết nối giấu đích đến",
            "a connection that hides where it goes",
        ),
        _ => Words::new("cách khác", "another way"),
    }
}

/// The date of a day since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms",
/// `civil_from_days`).
pub(crate) fn date(day: i64) -> String {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::BypassKind;

    #[test]
    fn days_have_their_dates() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_780, "2026-11-23"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(date(day), expected);
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let other = kind_name(BypassKind::Other.id());
        for kind in BypassKind::ALL {
            let is_other = kind == BypassKind::Other;
            assert_eq!(kind_name(kind.id()) == other, is_other, "{kind:?}");
        }
    }
}
