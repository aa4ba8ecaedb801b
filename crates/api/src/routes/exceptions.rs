//! Exceptions: what people open or close beside the lists.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_policy::Group;
use lachan_policy::book::Book;
use lachan_store::{StoredException, Subject, TypedError, Wish};
use lachan_web::{Code, FieldFault, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Caller;
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{Asked, At, Input, Refused};

/// Whether an exception opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OpenOrClose {
    Allow,
    Block,
}

/// An exception to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExceptionWish {
    /// `fb88.com`, `=a.vn`, `*.a.vn`, `service:zalo`, `category:games`.
    about: String,
    action: OpenOrClose,
    reason: String,
    /// The group's number; the whole school without.
    group: Option<u32>,
    /// Unix seconds when it ends by itself.
    until: Option<i64>,
}

/// An exception.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExceptionView {
    id: i64,
    about: String,
    action: OpenOrClose,
    /// In whose authority: `teacher`, `school` or `department`.
    role: &'static str,
    author: String,
    reason: String,
    /// The group's number.
    group: Option<u32>,
    /// Its name; absent where it is gone.
    group_name: Option<String>,
    made_at: Option<i64>,
    until: Option<i64>,
    /// Whether it holds now.
    holds: bool,
    /// Who ended it early.
    ended_by: Option<String>,
    ended_at: Option<i64>,
}

impl ExceptionView {
    pub(crate) fn of(
        made: &StoredException,
        book: &Book,
        groups: &[Group],
        now: Option<i64>,
    ) -> Self {
        let named = |id| groups.iter().find(|group| group.id == id);
        Self {
            id: made.id,
            about: made.subject.typed(Some(book)),
            action: if made.allow {
                OpenOrClose::Allow
            } else {
                OpenOrClose::Block
            },
            role: made.role.id(),
            author: made.author.clone(),
            reason: made.reason.clone(),
            group: made.group.map(|group| group.0),
            group_name: made.group.and_then(named).map(|group| group.name.clone()),
            made_at: made.made,
            until: made.until,
            holds: made.holds(now),
            ended_by: made.ended.as_ref().map(|ended| ended.by.clone()),
            ended_at: made.ended.as_ref().and_then(|ended| ended.at),
        }
    }
}

/// Which exceptions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExceptionFilter {
    /// Those too that hold no longer.
    #[serde(default)]
    all: bool,
    /// At most so many, up to 200.
    limit: Option<u32>,
    /// Only older than this one: `next` of the page before.
    before: Option<i64>,
}

/// A page of exceptions.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExceptionList {
    items: Vec<ExceptionView>,
    next: Option<i64>,
}

/// Exceptions, newest first.
#[utoipa::path(get, path = "/exceptions", tag = "exceptions", params(ExceptionFilter),
    responses((status = 200, body = ExceptionList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Asked(filter): Asked<ExceptionFilter>,
) -> Result<Json<ExceptionList>, Refused> {
    let limit = super::rows(filter.limit);
    let list = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let now = api.unix();
            let (mut all, groups) =
                api.ask(|reader| Ok((reader.all_exceptions()?, reader.groups()?)))?;
            all.retain(|made| filter.all || made.holds(now));
            all.retain(|made| filter.before.is_none_or(|before| made.id < before));
            all.reverse();
            let is_last = all.len() <= limit;
            all.truncate(limit);
            let next = all.last().map(|made| made.id).filter(|_| !is_last);
            let book = policy.ruleset().book();
            let view = |made| ExceptionView::of(made, book, &groups, now);
            let items = all.iter().map(view).collect();
            Ok(ExceptionList { items, next })
        })
        .await?;
    Ok(Json(list))
}

/// Makes an exception.
#[utoipa::path(post, path = "/exceptions", tag = "exceptions", request_body = ExceptionWish,
    responses((status = 201, body = ExceptionView), (status = 422, description = "`bad-field`")))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    Input(wish): Input<ExceptionWish>,
) -> Result<(StatusCode, Json<ExceptionView>), Refused> {
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let groups = api.ask(|reader| reader.groups())?;
            let made = Wish {
                subject: subject("about", &wish.about, book)?,
                allow: wish.action == OpenOrClose::Allow,
                reason: wish.reason,
                group: group_name(wish.group, &groups)?,
                until: wish.until,
            };
            let made = api.store.add_exception(&api.act(&caller), made);
            let made = made.map_err(fault::of_exception)?;
            api.ports.rules.changed();
            Ok(ExceptionView::of(&made, book, &groups, api.unix()))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Ends an exception.
#[utoipa::path(delete, path = "/exceptions/{id}", tag = "exceptions", params(("id" = i64, Path)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`already-ended`"),
    ))]
pub(crate) async fn end(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<i64>,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let ended = api.store.end_exception(&api.act(&caller), id);
        ended.map_err(fault::of_exception)?;
        api.ports.rules.changed();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an exception is about, as it was typed.
pub(crate) fn subject(field: &'static str, text: &str, book: &Book) -> Result<Subject, Problem> {
    Subject::from_typed(text.trim(), Some(book)).map_err(|error| {
        let (code, vi, en) = match error {
            TypedError::Service(id) => (
                "unknown-service",
                format!("không có dịch vụ {id:?}"),
                format!("there is no service {id:?}"),
            ),
            TypedError::Category(id) => (
                "unknown-category",
                format!("không có thể loại {id:?}"),
                format!("there is no category {id:?}"),
            ),
            TypedError::Name(_) => (
                "bad-name",
                "đây không phải tên miền; ví dụ đúng: hoc.vn, *.hoc.vn, =hoc.vn".to_owned(),
                "this is no host name; write such as hoc.vn, *.hoc.vn, =hoc.vn".to_owned(),
            ),
        };
        Problem::field(FieldFault::new(field, code, vi, en))
    })
}

/// The name of a group that must be there.
pub(crate) fn group_name(id: Option<u32>, groups: &[Group]) -> Result<Option<String>, Problem> {
    let Some(id) = id else {
        return Ok(None);
    };
    let found = groups.iter().find(|group| group.id.0 == id);
    let name = found.map(|group| Some(group.name.clone()));
    name.ok_or_else(|| {
        let (vi, en) = (
            format!("không có nhóm số {id}"),
            format!("there is no group number {id}"),
        );
        Problem::field(FieldFault::new("group", "unknown-group", vi, en))
    })
}

/// Somebody asks for what is not there.
pub(crate) fn not_there() -> Problem {
    Code::NotFound.into()
}
