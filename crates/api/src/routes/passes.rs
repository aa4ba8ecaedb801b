//! What a teacher opens for her group until the bell, and codes by which a pupil's page opens something.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_policy::{Ask, Category, GroupId, Moment, Policy, Role as Authority, Tier};
use lachan_store::{Ends, Pass, PassWish, Subject, UnlockCode};
use lachan_web::{Code, FieldFault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::exceptions::not_there;
use crate::caller::Caller;
use crate::fault;
use crate::state::{Api, authority};
use lachan_web::serve::{At, Input, Refused};

/// What is opened: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
#[schema(as = Target)]
pub(crate) enum TargetView {
    /// A host name with what lies below it.
    Name(String),
    /// A category's id.
    Category(String),
    /// A service's id.
    Service(String),
}

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(crate) enum Until {
    /// The bell that ends the lesson; outside lessons the length of one.
    Bell,
    /// So many minutes.
    Minutes(u16),
}

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EndsBy {
    Bell,
    Time,
}

/// A pass to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassForm {
    /// The group's number.
    group: u32,
    target: TargetView,
    until: Until,
    reason: String,
}

/// A pass that holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pass)]
pub(crate) struct PassView {
    id: i64,
    group: u32,
    /// Absent where the group is gone.
    group_name: Option<String>,
    target: TargetView,
    author: String,
    reason: String,
    /// Unix seconds.
    made_at: Option<i64>,
    /// Unix seconds.
    until: Option<i64>,
    ends: EndsBy,
    /// The lesson whose bell ends it, from 1.
    lesson: Option<u8>,
}

/// Passes that hold now.
#[derive(Serialize, ToSchema)]
pub(crate) struct PassList {
    items: Vec<PassView>,
    next: Option<i64>,
}

/// A code to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeForm {
    /// The group's number.
    group: u32,
}

/// A code that holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Code)]
pub(crate) struct CodeView {
    id: i64,
    /// Its six digits: only in the answer that makes it.
    code: Option<String>,
    group: u32,
    /// Unix seconds.
    until: i64,
    /// The lesson whose bell ends it, from 1.
    lesson: Option<u8>,
    made_by: String,
    /// Whether it was typed already.
    used: bool,
}

/// Codes that hold now.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeList {
    items: Vec<CodeView>,
    next: Option<i64>,
}

impl PassView {
    fn of(pass: Pass, policy: &Policy) -> Self {
        let made = pass.exception;
        Self {
            id: made.id,
            group: made.group.map_or(0, |group| group.0),
            group_name: pass.group_name,
            target: target_view(&made.subject, policy),
            author: made.author,
            reason: made.reason,
            made_at: made.made,
            until: made.until,
            ends: if pass.lesson.is_some() {
                EndsBy::Bell
            } else {
                EndsBy::Time
            },
            lesson: pass.lesson,
        }
    }
}

impl CodeView {
    fn of(code: UnlockCode, digits: Option<String>) -> Self {
        Self {
            id: code.id,
            code: digits,
            group: code.group.0,
            until: code.until,
            lesson: code.lesson,
            made_by: code.made_by,
            used: code.used_at.is_some(),
        }
    }
}

/// Passes that hold now: of her groups, or all.
#[utoipa::path(get, path = "/passes", tag = "passes", responses((status = 200, body = PassList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<PassList>, Refused> {
    let list = api
        .work(move |api| {
            let now = api.unix().ok_or(Code::ClockUnknown)?;
            let policy = api.ports.rules.policy();
            let passes = api.ask(|reader| reader.passes(now))?;
            let hers = passes.into_iter().filter(|pass| {
                let group = pass.exception.group;
                group.is_some_and(|group| caller.works_with(group.0))
            });
            let items = hers.map(|pass| PassView::of(pass, &policy)).collect();
            Ok(PassList { items, next: None })
        })
        .await?;
    Ok(Json(list))
}

/// Opens something for a group, until the bell or for some minutes.
#[utoipa::path(post, path = "/passes", tag = "passes", request_body = PassForm,
    responses(
        (status = 201, body = PassView),
        (status = 403, description = "`locked`, with `lock`: who could; `not-allowed`: not her group"),
        (status = 409, description = "`open-already`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    Input(form): Input<PassForm>,
) -> Result<(StatusCode, Json<PassView>), Refused> {
    if !caller.works_with(form.group) {
        return Err(Code::NotAllowed.into());
    }
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let now = api.now().ok_or(Code::ClockUnknown)?;
            let subject = subject(&form.target, &policy)?;
            admits(&policy, &caller, form.group, &subject, now)?;
            let wish = PassWish {
                subject,
                group: GroupId(form.group),
                ends: ends(api, form.until, now)?,
                reason: form.reason,
            };
            let made = api.store.add_pass(&api.act(&caller), wish);
            let made = made.map_err(fault::of_exception)?;
            api.ports.rules.changed();
            Ok(PassView::of(made, &policy))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Ends a pass before its time.
#[utoipa::path(delete, path = "/passes/{id}", tag = "passes", params(("id" = i64, Path)),
    responses((status = 204), (status = 404, description = "`not-found`")))]
pub(crate) async fn end(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let now = api.unix().ok_or(Code::ClockUnknown)?;
        let passes = api.ask(|reader| reader.passes(now))?;
        let is_hers = passes.iter().any(|pass| {
            let group = pass.exception.group;
            pass.exception.id == id && group.is_some_and(|group| caller.works_with(group.0))
        });
        if !is_hers {
            return Err(not_there());
        }
        let ended = api.store.end_exception(&api.act(&caller), id);
        ended.map_err(fault::of_exception)?;
        api.ports.rules.changed();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Codes of her groups that hold now. Their digits were shown once.
#[utoipa::path(get, path = "/codes", tag = "passes", responses((status = 200, body = CodeList)))]
pub(crate) async fn codes(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<CodeList>, Refused> {
    let list = api
        .work(move |api| {
            let now = api.unix().ok_or(Code::ClockUnknown)?;
            let codes = api.ask(|reader| reader.codes(now))?;
            let hers = codes
                .into_iter()
                .filter(|code| caller.works_with(code.group.0));
            let items = hers.map(|code| CodeView::of(code, None)).collect();
            Ok(CodeList { items, next: None })
        })
        .await?;
    Ok(Json(list))
}

/// Makes a code that a pupil types once on a block page, to open that page for the group until the bell.
#[utoipa::path(post, path = "/codes", tag = "passes", request_body = CodeForm,
    responses(
        (status = 201, body = CodeView),
        (status = 403, description = "`not-allowed`: not her group"),
        (status = 409, description = "`too-many`"),
    ))]
pub(crate) async fn make_code(
    State(api): State<Api>,
    caller: Caller,
    Input(form): Input<CodeForm>,
) -> Result<(StatusCode, Json<CodeView>), Refused> {
    if !caller.works_with(form.group) {
        return Err(Code::NotAllowed.into());
    }
    let view = api
        .work(move |api| {
            let now = api.now().ok_or(Code::ClockUnknown)?;
            let ends = ends(api, Until::Bell, now)?;
            let key = api.ports.unlock.as_ref().ok_or(Code::DiskFailed)?;
            let group = GroupId(form.group);
            let made = api.store.make_code(&api.act(&caller), key, group, ends);
            let made = made.map_err(fault::of_code)?;
            Ok(CodeView::of(made.code, Some(made.digits)))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Minutes of a lesson.
const A_LESSON: u16 = 45;
/// The longest that a teacher opens something for, in minutes: a school day.
const LONGEST: u16 = 12 * 60;

/// The end that was asked for.
pub(crate) fn ends(api: &Api, until: Until, now: Moment) -> Result<Ends, Problem> {
    match until {
        Until::Minutes(minutes @ 1..=LONGEST) => Ok(Ends::Minutes(minutes)),
        Until::Minutes(_) => Err(Problem::field(FieldFault::new(
            "until",
            "bad-time",
            format!("từ 1 đến {LONGEST} phút"),
            format!("from 1 to {LONGEST} minutes"),
        ))),
        Until::Bell => {
            // Outside lessons it holds for the length of one.
            let lesson = api.ports.school.bells().to_open_for(now);
            Ok(lesson.map_or(Ends::Minutes(A_LESSON), Ends::Bell))
        }
    }
}

/// Something that is closed for a group.
pub(crate) struct Closed {
    /// Whose word opens it; `None`: nobody's here.
    pub(crate) opener: Option<Authority>,
    pub(crate) tier: Tier,
    pub(crate) category: Option<Category>,
}

impl Closed {
    /// 403 `locked`, with whose word would open it.
    pub(crate) fn locked(&self) -> Problem {
        let lock = match self.opener {
            Some(Authority::School) => "school",
            _ => "department",
        };
        Problem::from(Code::Locked).with("lock", json!(lock))
    }
}

/// Whether somebody's word opens this for a group: 403 `locked` says whose would.
pub(crate) fn admits(
    policy: &Policy,
    caller: &Caller,
    group: u32,
    subject: &Subject,
    now: Moment,
) -> Result<(), Problem> {
    let closed = closed(policy, group, subject, now)?;
    let may = authority(caller.role);
    match closed.opener {
        Some(opener) if opener <= may => Ok(()),
        _ => Err(closed.locked()),
    }
}

/// How something is closed for a group.
///
/// # Errors
/// [`Code::OpenAlready`]; there is no such group, or nothing of the kind.
pub(crate) fn closed(
    policy: &Policy,
    group: u32,
    subject: &Subject,
    now: Moment,
) -> Result<Closed, Problem> {
    let all = policy.groups().all();
    let Some(position) = all.iter().position(|one| one.id.0 == group) else {
        return Err(Problem::field(FieldFault::new(
            "group",
            "unknown-group",
            format!("không có nhóm số {group}"),
            format!("there is no group number {group}"),
        )));
    };
    let target = subject.target(policy.ruleset().book());
    let Some((target, (name, found))) = target.and_then(|target| {
        let probe = policy.probe(&target)?;
        Some((target, probe))
    }) else {
        return Err(not_there());
    };
    let ask = Ask {
        name: &name,
        group: position,
        at: Some(now),
        found,
    };
    let verdict = policy.decide(&ask);
    if !verdict.is_block() {
        return Err(Code::OpenAlready.into());
    }
    Ok(Closed {
        opener: policy.who_opens_by(&ask, target),
        tier: verdict.tier,
        category: verdict.category,
    })
}

/// What is meant, of what this box knows.
fn subject(target: &TargetView, policy: &Policy) -> Result<Subject, Problem> {
    let text = match target {
        TargetView::Name(name) => name.trim().to_owned(),
        TargetView::Category(id) => format!("category:{id}"),
        TargetView::Service(id) => format!("service:{id}"),
    };
    super::exceptions::subject("target", &text, policy.ruleset().book())
}

fn target_view(subject: &Subject, policy: &Policy) -> TargetView {
    let typed = subject.typed(Some(policy.ruleset().book()));
    if let Some(id) = typed.strip_prefix("category:") {
        TargetView::Category(id.to_owned())
    } else if let Some(id) = typed.strip_prefix("service:") {
        TargetView::Service(id.to_owned())
    } else {
        TargetView::Name(typed)
    }
}
