//! The counsellor's: reports that only she can read, alerts, and her key. What reports say comes and goes
//! encrypted; nothing here could open it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use data_encoding::BASE64;
use lachan_policy::{Category, GroupId, Policy, Tier};
use lachan_store::{Alert, CounsellorKey, Report, ReportError, Sealed, Store};
use lachan_web::{FieldFault, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::policy::spoken;
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{Asked, At, Input, Refused};

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most so many, up to 200.
    limit: Option<u32>,
    /// Only older than this one: `next` of the page before.
    before: Option<i64>,
}

/// A note of the counsellor's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportNote)]
pub(crate) struct NoteView {
    /// Unix seconds.
    at: Option<i64>,
    /// An age file, in base64.
    sealed: String,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportView {
    id: i64,
    /// Unix seconds.
    made_at: Option<i64>,
    /// `content`, `bullying`, `stranger`, `blackmail`, `self-harm`, `fake-news`, `fraud` or `other`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it came among many of one device or network; which, nobody knows.
    crowded: bool,
    /// What it says: an age file in base64, of `{"version": 1, "story": …, "contact": …}`.
    sealed: String,
    /// `new`, `acknowledged` or `closed`.
    state: &'static str,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    closed_at: Option<i64>,
    /// Oldest first.
    notes: Vec<NoteView>,
}

/// A page of reports.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportList {
    items: Vec<ReportView>,
    next: Option<i64>,
    /// How many nobody has looked at.
    waiting: u32,
    /// How many of them came among many of one device or network.
    waiting_crowded: u32,
    /// Unix seconds when the oldest of them came.
    waiting_since: Option<i64>,
}

/// A note to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteForm {
    /// An age file to the counsellor's own recipient, in base64.
    sealed: String,
}

/// Something that was blocked in a cell marked so. No name where none may be kept, no device ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(crate) struct AlertView {
    id: i64,
    /// Minutes since 1970; absent where the box did not know the time.
    minute: Option<i64>,
    group: u32,
    group_name: Option<String>,
    /// The lesson of today it fell into, from 1.
    lesson: Option<u8>,
    tier: &'static str,
    category: String,
    category_name: String,
    /// What decided: `list:…`, `phrase`, ….
    rule: String,
    channel: &'static str,
    count: u32,
}

/// A page of alerts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertList {
    items: Vec<AlertView>,
    next: Option<i64>,
}

/// The key that reports are encrypted to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CounsellorKey)]
pub(crate) struct KeyView {
    /// Absent while none is set: no reports are taken then.
    recipient: Option<String>,
    /// The identity, wrapped by the counsellor's passphrase in her browser.
    wrapped_identity: Option<String>,
    made_at: Option<i64>,
    made_by: Option<String>,
}

/// A key to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyForm {
    /// `age1…`.
    recipient: String,
    /// An age file (passphrase) of the identity, in its text form.
    wrapped_identity: String,
}

impl ReportView {
    fn of(report: Report) -> Self {
        Self {
            id: report.id,
            made_at: report.made_at,
            kind: report.kind.id(),
            crowded: report.is_crowded,
            sealed: BASE64.encode(report.sealed.as_bytes()),
            state: report.state.id(),
            acknowledged_at: report.acknowledged_at,
            acknowledged_by: report.acknowledged_by,
            closed_at: report.closed_at,
            notes: report
                .notes
                .iter()
                .map(|note| NoteView {
                    at: note.at,
                    sealed: BASE64.encode(note.sealed.as_bytes()),
                })
                .collect(),
        }
    }
}

impl KeyView {
    fn of(key: Option<CounsellorKey>) -> Self {
        match key {
            None => Self {
                recipient: None,
                wrapped_identity: None,
                made_at: None,
                made_by: None,
            },
            Some(key) => Self {
                recipient: Some(key.recipient),
                wrapped_identity: Some(key.wrapped),
                made_at: key.made_at,
                made_by: Some(key.made_by),
            },
        }
    }
}

/// Reports, newest first.
#[utoipa::path(get, path = "/reports", tag = "counsellor", params(PageQuery),
    responses((status = 200, body = ReportList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<ReportList>, Refused> {
    let limit = super::rows(page.limit);
    let list = api
        .work(move |api| {
            let rows = u32::try_from(limit + 1).unwrap_or(u32::MAX);
            let (mut found, waiting) = api.ask(|reader| {
                Ok((
                    reader.reports(page.before, rows)?,
                    reader.waiting_reports()?,
                ))
            })?;
            let has_more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().map(|last| last.id).filter(|_| has_more);
            Ok(ReportList {
                items: found.into_iter().map(ReportView::of).collect(),
                next,
                waiting: waiting.count,
                waiting_crowded: waiting.crowded,
                waiting_since: waiting.since,
            })
        })
        .await?;
    Ok(Json(list))
}

/// Says that a report was seen.
#[utoipa::path(post, path = "/reports/{id}/acknowledge", tag = "counsellor", params(("id" = i64, Path)),
    responses((status = 200, body = ReportView), (status = 404, description = "`not-found`")))]
pub(crate) async fn acknowledge(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
) -> Result<Json<ReportView>, Refused> {
    change(api, caller, move |store, act| {
        store.acknowledge_report(act, id)
    })
    .await
}

/// Adds a note to a report.
#[utoipa::path(post, path = "/reports/{id}/note", tag = "counsellor", params(("id" = i64, Path)),
    request_body = NoteForm,
    responses(
        (status = 200, body = ReportView),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`bad-field`: not encrypted"),
    ))]
pub(crate) async fn note(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
    Input(form): Input<NoteForm>,
) -> Result<Json<ReportView>, Refused> {
    let sealed = sealed(&form.sealed)?;
    change(api, caller, move |store, act| {
        store.note_report(act, id, sealed)
    })
    .await
}

/// Closes a report.
#[utoipa::path(post, path = "/reports/{id}/close", tag = "counsellor", params(("id" = i64, Path)),
    responses((status = 200, body = ReportView), (status = 404, description = "`not-found`")))]
pub(crate) async fn close(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
) -> Result<Json<ReportView>, Refused> {
    change(api, caller, move |store, act| store.close_report(act, id)).await
}

async fn change(
    api: Api,
    caller: Caller,
    change: impl FnOnce(&Store, &lachan_store::Act) -> Result<Report, ReportError> + Send + 'static,
) -> Result<Json<ReportView>, Refused> {
    let view = api
        .work(move |api| {
            let changed = change(&api.store, &api.act(&caller));
            changed.map(ReportView::of).map_err(fault::of_report)
        })
        .await?;
    Ok(Json(view))
}

fn sealed(text: &str) -> Result<Sealed, Problem> {
    let bytes = BASE64.decode(text.as_bytes()).ok();
    let sealed = bytes.and_then(|bytes| Sealed::new(bytes).ok());
    sealed.ok_or_else(|| {
        Problem::field(FieldFault::new(
            "sealed",
            "not-sealed",
            "chỉ nhận nội dung đã mã hóa (age, base64), nhiều nhất 64 KiB",
            "only what is encrypted is taken (age, base64), of at most 64 KiB",
        ))
    })
}

/// What was blocked in cells marked for the counsellor, newest first.
#[utoipa::path(get, path = "/alerts", tag = "counsellor", params(PageQuery),
    responses((status = 200, body = AlertList)))]
pub(crate) async fn alerts(
    State(api): State<Api>,
    visitor: Visitor,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<AlertList>, Refused> {
    let limit = super::rows(page.limit);
    let list = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let categories = marked_somewhere(&policy);
            let marked = |group, tier, category| is_marked(&policy, group, tier, category);
            let mut found =
                api.ask(|reader| reader.alerts(&categories, &marked, page.before, limit + 1))?;
            let has_more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().map(|last| last.id).filter(|_| has_more);
            let now = api.now();
            let bells = api.ports.school.bells();
            let view = |alert: Alert| {
                let info = book.category(alert.category);
                let lesson = now
                    .zip(alert.minute)
                    .and_then(|(now, minute)| bells.of_minute(minute, now));
                AlertView {
                    id: alert.id,
                    minute: alert.minute,
                    group: alert.group.0,
                    group_name: alert.group_name,
                    lesson: lesson.map(|lesson| lesson.number),
                    tier: alert.tier.id(),
                    category: info.map_or_else(String::new, |info| info.id.clone()),
                    category_name: info
                        .map_or_else(String::new, |info| spoken(&info.name, visitor.spoken)),
                    rule: alert.source.to_string(),
                    channel: alert.channel.id(),
                    count: alert.count,
                }
            };
            Ok(AlertList {
                items: found.into_iter().map(view).collect(),
                next,
            })
        })
        .await?;
    Ok(Json(list))
}

/// Categories that some tier's cell, or some group's own, marks.
fn marked_somewhere(policy: &Policy) -> Vec<Category> {
    let book = policy.ruleset().book();
    let all = (0..=u8::MAX).filter_map(Category::new);
    all.filter(|category| {
        let in_table = Tier::ALL
            .into_iter()
            .any(|tier| book.masks(tier).alert.contains(*category));
        let groups = policy.groups().all().iter();
        in_table
            || groups
                .map(|group| group.masks(book.masks(group.tier)))
                .any(|masks| masks.alert.contains(*category))
    })
    .collect()
}

/// Whether a group's cell is marked; of a group that is gone, its tier's.
fn is_marked(policy: &Policy, group: GroupId, tier: Tier, category: Category) -> bool {
    let book = policy.ruleset().book();
    let masks = book.masks(tier);
    let known = policy.groups().all().iter().find(|one| one.id == group);
    match known {
        Some(known) => known.masks(masks).alert.contains(category),
        None => masks.alert.contains(category),
    }
}

/// The counsellor's key.
#[utoipa::path(get, path = "/counsellor/key", tag = "counsellor",
    responses((status = 200, body = KeyView)))]
pub(crate) async fn key(State(api): State<Api>) -> Result<Json<KeyView>, Refused> {
    let key = api
        .work(|api| api.ask(|reader| reader.counsellor_key()))
        .await?;
    Ok(Json(KeyView::of(key)))
}

/// Sets the counsellor's key. The identity never comes here but wrapped.
#[utoipa::path(put, path = "/counsellor/key", tag = "counsellor", request_body = KeyForm,
    responses(
        (status = 200, body = KeyView),
        (status = 409, description = "`key-in-use`: reports that are not closed need the old one"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn set_key(
    State(api): State<Api>,
    caller: Caller,
    Input(form): Input<KeyForm>,
) -> Result<(StatusCode, Json<KeyView>), Refused> {
    // What only looks like a key would make every report fail.
    if form.recipient.parse::<age::x25519::Recipient>().is_err() {
        return Err(fault::of_report(ReportError::Key).into());
    }
    let key = api
        .work(move |api| {
            let act = api.act(&caller);
            let set = api
                .store
                .set_counsellor_key(&act, &form.recipient, &form.wrapped_identity);
            set.map_err(fault::of_report)
        })
        .await?;
    Ok((StatusCode::OK, Json(KeyView::of(Some(key)))))
}
