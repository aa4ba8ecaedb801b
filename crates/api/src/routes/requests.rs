//! What pupils ask their teachers for, what teachers ask the administrator for, and the answers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_policy::book::Book;
use lachan_policy::{GroupId, Name, Role as Authority, Scope};
use lachan_store::{AdminWish, Answer, Request, RequestFilter, RequestState, Subject};
use lachan_web::{Code, FieldFault, Problem, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::passes::{Until, admits, closed, ends};
use crate::caller::Caller;
use crate::fault;
use crate::state::{Api, authority};
use lachan_web::serve::{Asked, At, Input, Refused};

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stand {
    /// Somebody is still to answer.
    Open,
    /// They have an answer.
    Answered,
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestQuery {
    /// Only these; all without.
    #[param(inline)]
    state: Option<Stand>,
    /// At most so many, up to 200.
    limit: Option<u32>,
    /// Only older than this one: `next` of the page before.
    before: Option<i64>,
}

/// A request. It names no device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Request)]
pub(crate) struct RequestView {
    id: i64,
    /// Unix seconds of the first time it was asked.
    made_at: i64,
    /// Unix seconds of the last time.
    asked_at: i64,
    /// How often.
    count: u32,
    /// The group's number; 0 for devices of no group.
    group: u32,
    group_name: Option<String>,
    name: String,
    /// The category's id.
    category: Option<String>,
    /// `lesson`, `homework`, `mistake` or `other`.
    why: Option<&'static str>,
    /// The teacher who asks the administrator; absent where pupils ask.
    asked_by: Option<String>,
    /// Her reason.
    reason: Option<String>,
    /// `open`, `forwarded`, `opened` or `refused`.
    state: &'static str,
    /// Unix seconds until which it is open.
    until: Option<i64>,
    note: Option<String>,
    answered_by: Option<String>,
    answered_at: Option<i64>,
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct RequestList {
    items: Vec<RequestView>,
    next: Option<i64>,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AnswerKind {
    Open,
    Refuse,
    /// The administrator shall look at it.
    Forward,
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerForm {
    answer: AnswerKind,
    /// Until when it is open. Without it: a teacher opens until the bell, an administrator for good.
    until: Option<Until>,
    /// A sentence for the pupil.
    note: Option<String>,
}

/// What a teacher asks the administrator for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForm {
    /// Her group's number.
    group: u32,
    /// The site: a host name, with what lies below it.
    name: String,
    /// Why it is needed, in a sentence.
    reason: String,
}

impl RequestView {
    fn of(request: Request, book: &Book) -> Self {
        let category = request
            .category
            .and_then(|category| book.category(category));
        Self {
            id: request.id,
            made_at: request.made_at,
            asked_at: request.asked_at,
            count: request.count,
            group: request.group.0,
            group_name: request.group_name,
            name: request.name,
            category: category.map(|category| category.id.clone()),
            why: request.why.map(|why| why.id()),
            asked_by: request.by.as_ref().map(|by| by.name.clone()),
            reason: request.by.map(|by| by.reason),
            state: request.state.id(),
            until: request.until,
            note: request.note,
            answered_by: request.answered_by,
            answered_at: request.answered_at,
        }
    }
}

/// Requests, newest first: of her groups, or all.
#[utoipa::path(get, path = "/requests", tag = "requests", params(RequestQuery),
    responses((status = 200, body = RequestList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<RequestQuery>,
) -> Result<Json<RequestList>, Refused> {
    let limit = super::rows(query.limit);
    let list = api
        .work(move |api| {
            let filter = RequestFilter {
                waiting: query.state.map(|state| state == Stand::Open),
                groups: (caller.role == Role::Teacher).then(|| caller.account.groups.clone()),
                before: query.before,
                limit: limit + 1,
            };
            let mut found = api.ask(|reader| reader.requests(&filter))?;
            let has_more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().map(|last| last.id).filter(|_| has_more);
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let items = found.into_iter();
            Ok(RequestList {
                items: items.map(|one| RequestView::of(one, book)).collect(),
                next,
            })
        })
        .await?;
    Ok(Json(list))
}

/// Asks the administrator to open a site for a group of hers that only the school may open.
#[utoipa::path(post, path = "/requests", tag = "requests", request_body = AskForm,
    responses(
        (status = 201, body = RequestView),
        (status = 403, description = "`not-allowed`: not her group; `locked`: the school may not open it either"),
        (status = 409, description = "`open-already`, `nothing-to-ask`: she may open it herself, `asked-already`, `too-many`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    Input(form): Input<AskForm>,
) -> Result<(StatusCode, Json<RequestView>), Refused> {
    if form.group == 0 || !caller.works_with(form.group) {
        return Err(Code::NotAllowed.into());
    }
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let now = api.now().ok_or(Code::ClockUnknown)?;
            let name = Name::from_text(form.name.trim()).map_err(|_| no_name())?;
            let subject = Subject::Name(name.into(), Scope::Suffix);
            let closed = closed(&policy, form.group, &subject, now)?;
            match closed.opener {
                Some(opener) if opener <= authority(caller.role) => {
                    return Err(Code::NothingToAsk.into());
                }
                Some(Authority::School) => {}
                _ => return Err(closed.locked()),
            }
            let wish = AdminWish {
                day: now.local_day(),
                group: GroupId(form.group),
                tier: closed.tier,
                category: closed.category,
                name,
                reason: form.reason,
                account: caller.account.id,
                at: now.unix,
            };
            let made = api.store.ask_admin(&api.act(&caller), wish);
            let made = made.map_err(fault::of_request)?;
            Ok(RequestView::of(made, policy.ruleset().book()))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

fn no_name() -> Problem {
    Problem::field(FieldFault::new(
        "name",
        "bad-name",
        "đây không phải tên miền",
        "this is no host name",
    ))
}

/// Answers a request.
#[utoipa::path(post, path = "/requests/{id}/answer", tag = "requests", params(("id" = i64, Path)),
    request_body = AnswerForm,
    responses(
        (status = 200, body = RequestView),
        (status = 403, description = "`locked`, with `lock`: who could open it"),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`answered-already`, `no-group`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn answer(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
    Input(form): Input<AnswerForm>,
) -> Result<Json<RequestView>, Refused> {
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let request = hers(api, &caller, id)?;
            let answer = wanted(api, &caller, &request, &form)?;
            let note = form.note.filter(|note| !note.trim().is_empty());
            let answered = api
                .store
                .answer_request(&api.act(&caller), id, answer, note);
            let answered = answered.map_err(fault::of_request)?;
            api.ports.rules.changed();
            Ok(RequestView::of(answered, policy.ruleset().book()))
        })
        .await?;
    Ok(Json(view))
}

/// The request of a number, where she may see it.
fn hers(api: &Api, caller: &Caller, id: i64) -> Result<Request, Problem> {
    let filter = RequestFilter {
        before: Some(id.saturating_add(1)),
        limit: 1,
        ..RequestFilter::default()
    };
    let found = api.ask(|reader| reader.requests(&filter))?;
    let found = found
        .into_iter()
        .find(|request| request.id == id && caller.works_with(request.group.0));
    found.ok_or_else(|| Code::NotFound.into())
}

fn wanted(
    api: &Api,
    caller: &Caller,
    request: &Request,
    form: &AnswerForm,
) -> Result<Answer, Problem> {
    match form.answer {
        AnswerKind::Refuse => Ok(Answer::Refuse),
        AnswerKind::Forward if request.state == RequestState::Forwarded => {
            Err(Code::AnsweredAlready.into())
        }
        AnswerKind::Forward => Ok(Answer::Forward),
        AnswerKind::Open => {
            let now = api.now().ok_or(Code::ClockUnknown)?;
            let policy = api.ports.rules.policy();
            let subject = Subject::from_typed(&request.name, None);
            let subject = subject.map_err(|_| no_name())?;
            // What is opened for the devices of no group would be open for the whole school.
            if request.group.0 == 0 {
                return Err(Code::NoGroup.into());
            }
            match admits(&policy, caller, request.group.0, &subject, now) {
                // Somebody opened it meanwhile: the pupil is told so all the same.
                Err(problem) if problem.code == Code::OpenAlready => {}
                other => other?,
            }
            let until = match (form.until, caller.role) {
                (Some(until), _) => Some(until),
                (None, Role::Admin) => None,
                (None, _) => Some(Until::Bell),
            };
            let ends = until.map(|until| ends(api, until, now)).transpose()?;
            Ok(Answer::Open { ends })
        }
    }
}
