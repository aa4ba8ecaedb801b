//! Groups: names and tiers for all staff, the whole for administrators, who change them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use lachan_policy::{Group, GroupId};
use lachan_store::{GroupAt, check_group};
use lachan_web::{Code, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::group_form::{GroupView, GroupWish, TierId, put};
use crate::caller::Caller;
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{At, Input, Refused, Version};

/// A group as everybody else sees it: its devices are nobody's business.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GroupName {
    id: u32,
    name: String,
    tier: TierId,
}

/// The groups, whole for administrators.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum GroupItem {
    /// For administrators.
    Whole(Box<GroupView>),
    /// For everybody else.
    Name(GroupName),
}

/// All groups, the one of unknown devices not among them.
#[derive(Serialize, ToSchema)]
pub(crate) struct GroupList {
    items: Vec<GroupItem>,
    /// Always `null`: there are few enough for one page.
    next: Option<i64>,
}

/// What would come of a group.
#[derive(Serialize, ToSchema)]
pub(crate) struct GroupCheck {
    /// Whether it would be taken.
    ok: bool,
    /// What stands in the way, as `fields` of a problem.
    #[schema(value_type = Vec<Object>)]
    fields: Vec<serde_json::Value>,
}

/// All groups.
#[utoipa::path(get, path = "/groups", tag = "groups", responses((status = 200, body = GroupList)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<GroupList>, Refused> {
    let role = caller.role;
    let items = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let all = api.ask(|reader| reader.groups_at())?;
            let item = |at: &GroupAt| match role {
                Role::Admin => GroupItem::Whole(Box::new(GroupView::of(at, book))),
                _ => GroupItem::Name(GroupName {
                    id: at.group.id.0,
                    name: at.group.name.clone(),
                    tier: TierId::of(at.group.tier),
                }),
            };
            Ok(all.iter().map(item).collect())
        })
        .await?;
    Ok(Json(GroupList { items, next: None }))
}

/// Makes a group.
#[utoipa::path(post, path = "/groups", tag = "groups", request_body = GroupWish,
    responses(
        (status = 201, body = GroupView),
        (status = 409, description = "`name-taken`; `clash`, with `groups`: the names of both"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    Input(wish): Input<GroupWish>,
) -> Result<(StatusCode, Json<GroupView>), Refused> {
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let group = wish.group(book)?;
            let made = api.store.make_group(&api.act(&caller), group);
            let group = made.map_err(|error| fault::of_group(error, book))?;
            api.ports.rules.changed();
            Ok(GroupView::of(&GroupAt { group, version: 1 }, book))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Changes a group: what is not given is taken away.
#[utoipa::path(put, path = "/groups/{id}", tag = "groups", request_body = GroupWish,
    params(("id" = u32, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = GroupView),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`name-taken`; `clash`, with `groups`: the names of both"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<u32>,
    Version(version): Version,
    Input(wish): Input<GroupWish>,
) -> Result<Json<GroupView>, Refused> {
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let group = wish.group(book)?;
            let act = api.act(&caller);
            let put = move |into: &mut Group| put(into, group);
            let changed = api.store.change_group_at(&act, GroupId(id), version, put);
            let at = changed.map_err(|error| fault::of_group(error, book))?;
            api.ports.rules.changed();
            Ok(GroupView::of(&at, book))
        })
        .await?;
    Ok(Json(view))
}

/// Removes a group; its exceptions end.
#[utoipa::path(delete, path = "/groups/{id}", tag = "groups",
    params(("id" = u32, Path), ("If-Match" = String, Header)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<u32>,
    Version(version): Version,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let policy = api.ports.rules.policy();
        let removed = api
            .store
            .remove_group_at(&api.act(&caller), GroupId(id), version);
        removed.map_err(|error| fault::of_group(error, policy.ruleset().book()))?;
        api.ports.rules.changed();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A group that may be there already.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupToCheck {
    /// The number of the group it is to replace.
    id: Option<u32>,
    group: GroupWish,
}

/// Says whether a group would be taken, without saving it.
#[utoipa::path(post, path = "/groups/check", tag = "groups", request_body = GroupToCheck,
    responses((status = 200, body = GroupCheck)))]
pub(crate) async fn check(
    State(api): State<Api>,
    Input(asked): Input<GroupToCheck>,
) -> Result<Response, Refused> {
    let found = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let others = api.ask(|reader| reader.groups())?;
            let checked = asked.group.group(book).and_then(|group| {
                let instead_of = asked.id.map(GroupId);
                let checked = check_group(group, others, instead_of);
                checked.map_err(|error| fault::of_group(error, book))
            });
            Ok(checked.err())
        })
        .await?;
    let Some(problem) = found else {
        let check = GroupCheck {
            ok: true,
            fields: Vec::new(),
        };
        return Ok(Json(check).into_response());
    };
    // What is wrong is told as everywhere, but it is the answer here: in both languages.
    let fields = problem.fields.iter().map(|fault| {
        json!({ "field": fault.field, "code": fault.code,
                "message": { "vi": fault.message.0, "en": fault.message.1 } })
    });
    let mut fields: Vec<_> = fields.collect();
    if fields.is_empty() {
        let title = problem.code.title();
        let detail = problem
            .detail
            .unwrap_or_else(|| (title.vi.into(), title.en.into()));
        let field = if problem.code == Code::NameTaken {
            "name"
        } else {
            "subnets"
        };
        fields.push(json!({ "field": field, "code": problem.code.id(),
                            "message": { "vi": detail.0, "en": detail.1 } }));
    }
    Ok(Json(GroupCheck { ok: false, fields }).into_response())
}
