//! The table of tiers and categories, services and their switches, and which lists there are.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use lachan_policy::book::{Book, ServiceInfo, Strictness};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{Ask, CategorySet, Name, Policy, Tier};
use lachan_store::{StoredException, Subject, Wish};
use lachan_web::{Code, Language};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::exceptions::{ExceptionView, OpenOrClose, group_name, not_there};
use super::group_form::{ActionId, TierId};
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{Asked, At, Input, Refused};

/// One cell of the table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellView {
    action: ActionId,
    /// Who at least may open it: `teacher`, `school` or `department`.
    lock: &'static str,
    /// Whether the counsellor is told.
    alert: bool,
    /// Whether the log keeps no name.
    no_name: bool,
}

/// One tier with its column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TierView {
    tier: TierId,
    name: String,
    /// Youngest and oldest age; absent for staff.
    ages: Option<[u8; 2]>,
    /// `off`, `moderate` or `strict`.
    safe_search: &'static str,
    youtube: &'static str,
    /// By the category's id.
    cells: BTreeMap<String, CellView>,
}

/// All tiers.
#[derive(Serialize, ToSchema)]
pub(crate) struct TierList {
    items: Vec<TierView>,
}

/// One category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryView {
    id: String,
    name: String,
    /// Why a school cares.
    reason: String,
    /// Its row in the table of the rules.
    number: u8,
}

/// All categories.
#[derive(Serialize, ToSchema)]
pub(crate) struct CategoryList {
    items: Vec<CategoryView>,
}

/// One service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceView {
    id: String,
    name: String,
    category: Option<String>,
    /// What the group that was asked for gets now; absent where the lists name no host of it.
    action: Option<ActionId>,
    /// The id of the level that decided so.
    level: Option<&'static str>,
    /// What each tier's table says of its category.
    tiers: BTreeMap<&'static str, ActionId>,
    /// The switches that hold.
    switches: Vec<ExceptionView>,
}

/// All services.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceList {
    items: Vec<ServiceView>,
}

/// For whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForGroup {
    /// The group's number; devices in no group without.
    group: Option<u32>,
}

/// A switch to be turned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchWish {
    /// `null` takes the switch back: the tier's table says again.
    action: Option<OpenOrClose>,
    /// The group's number; the whole school without.
    group: Option<u32>,
    /// Why; needed unless the switch is taken back.
    reason: Option<String>,
    /// Unix seconds when it ends by itself.
    until: Option<i64>,
}

/// A list of the ruleset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListView {
    id: String,
    /// `imported`, `own`, `statutory`, …
    #[schema(value_type = String)]
    class: ListClass,
    category: Option<String>,
    category_name: Option<String>,
    source: String,
    licence: String,
    /// How many entries it gave.
    names: u64,
    /// How many of its lines were refused.
    refused_lines: u64,
}

/// The ruleset in use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesetInUse {
    /// Unix seconds when it was compiled; `null` when the box did not know the time then.
    built: Option<i64>,
    names: u64,
}

/// All lists.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListList {
    items: Vec<ListView>,
    ruleset: RulesetInUse,
}

pub(crate) fn spoken(text: &lachan_policy::book::Text, language: Language) -> String {
    match language {
        Language::Vietnamese => text.vi.clone(),
        Language::English => text.en.clone(),
    }
}

pub(crate) const fn strictness(strictness: Strictness) -> &'static str {
    match strictness {
        Strictness::Off => "off",
        Strictness::Moderate => "moderate",
        Strictness::Strict => "strict",
    }
}

/// The table: what each tier gets of each category, and who may open it.
#[utoipa::path(get, path = "/tiers", tag = "policy", responses((status = 200, body = TierList)))]
pub(crate) async fn tiers(State(api): State<Api>, visitor: Visitor) -> Json<TierList> {
    let policy = api.ports.rules.policy();
    let book = policy.ruleset().book();
    let tiers = book.data().tiers.iter();
    let items = tiers.map(|info| {
        let masks = book.masks(info.tier);
        let cells = book.data().categories.iter().map(|category| {
            let cell = masks.cell(category.bit);
            let view = CellView {
                action: ActionId::of(cell.action),
                lock: cell.lock.id(),
                alert: cell.alert,
                no_name: cell.no_name,
            };
            (category.id.clone(), view)
        });
        TierView {
            tier: TierId::of(info.tier),
            name: spoken(&info.name, visitor.spoken),
            ages: info.ages.map(|(from, to)| [from, to]),
            safe_search: strictness(info.safe_search),
            youtube: strictness(info.youtube),
            cells: cells.collect(),
        }
    });
    Json(TierList {
        items: items.collect(),
    })
}

/// All categories.
#[utoipa::path(get, path = "/categories", tag = "policy", responses((status = 200, body = CategoryList)))]
pub(crate) async fn categories(State(api): State<Api>, visitor: Visitor) -> Json<CategoryList> {
    let policy = api.ports.rules.policy();
    let all = policy.ruleset().book().data().categories.iter();
    let items = all.map(|info| CategoryView {
        id: info.id.clone(),
        name: spoken(&info.name, visitor.spoken),
        reason: spoken(&info.reason, visitor.spoken),
        number: info.number,
    });
    Json(CategoryList {
        items: items.collect(),
    })
}

/// Services and their switches.
#[utoipa::path(get, path = "/services", tag = "policy", params(ForGroup),
    responses((status = 200, body = ServiceList), (status = 404, description = "`not-found`: no such group")))]
pub(crate) async fn services(
    State(api): State<Api>,
    visitor: Visitor,
    Asked(asked): Asked<ForGroup>,
) -> Result<Json<ServiceList>, Refused> {
    let list = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let position = match asked.group {
                None => Some(0),
                Some(id) => policy.groups().position(lachan_policy::GroupId(id)),
            };
            let shown = Shown::read(
                api,
                &policy,
                position.ok_or_else(not_there)?,
                visitor.spoken,
            )?;
            let all = policy.ruleset().book().data().services.iter();
            let items = all.map(|service| shown.service(service)).collect();
            Ok(ServiceList { items })
        })
        .await?;
    Ok(Json(list))
}

/// What services are shown with.
struct Shown<'s> {
    policy: &'s Policy,
    book: &'s Book,
    position: usize,
    language: Language,
    groups: Vec<lachan_policy::Group>,
    switches: Vec<StoredException>,
    moment: Option<lachan_policy::Moment>,
}

impl<'s> Shown<'s> {
    fn read(
        api: &Api,
        policy: &'s Policy,
        position: usize,
        language: Language,
    ) -> Result<Self, lachan_web::Problem> {
        let (groups, mut switches) =
            api.ask(|reader| Ok((reader.groups()?, reader.exceptions()?)))?;
        let moment = api.now();
        let now = moment.map(|now| now.unix);
        switches.retain(|made| matches!(made.subject, Subject::Service(_)) && made.holds(now));
        Ok(Self {
            policy,
            book: policy.ruleset().book(),
            position,
            language,
            groups,
            switches,
            moment,
        })
    }

    fn service(&self, service: &ServiceInfo) -> ServiceView {
        let host = Name::from_text(&service.host).ok();
        let verdict = host.map(|host| {
            self.policy.decide(&Ask {
                name: &host,
                group: self.position,
                at: self.moment,
                found: CategorySet::EMPTY,
            })
        });
        let own = |made: &&StoredException| made.subject == Subject::Service(service.id.clone());
        let now = self.moment.map(|now| now.unix);
        let switches = self.switches.iter().filter(own);
        let tiers = Tier::ALL.map(|tier| {
            let cell = self.book.masks(tier).cell(service.category);
            (tier.id(), ActionId::of(cell.action))
        });
        ServiceView {
            id: service.id.clone(),
            name: spoken(&service.name, self.language),
            category: self
                .book
                .category(service.category)
                .map(|info| info.id.clone()),
            action: verdict.map(|verdict| ActionId::of(verdict.action)),
            level: verdict.map(|verdict| verdict.level.id()),
            tiers: tiers.into(),
            switches: switches
                .map(|made| ExceptionView::of(made, self.book, &self.groups, now))
                .collect(),
        }
    }
}

/// Turns the switch of a service: opens or closes it with all its names, or takes the switch back.
#[utoipa::path(put, path = "/services/{id}", tag = "policy", request_body = SwitchWish,
    params(("id" = String, Path)),
    responses(
        (status = 200, body = ServiceView),
        (status = 404, description = "`not-found`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn switch(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    At(id): At<String>,
    Input(wish): Input<SwitchWish>,
) -> Result<Json<ServiceView>, Refused> {
    let view = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let book = policy.ruleset().book();
            let mut services = book.data().services.iter();
            let service = services
                .find(|service| service.id == id)
                .ok_or(Code::NotFound)?;
            turn(api, &caller, service, &wish)?;
            api.ports.rules.changed();
            let policy = api.ports.rules.policy();
            let group = wish.group.map(lachan_policy::GroupId);
            let position = group
                .and_then(|id| policy.groups().position(id))
                .unwrap_or(0);
            let shown = Shown::read(api, &policy, position, visitor.spoken)?;
            Ok(shown.service(service))
        })
        .await?;
    Ok(Json(view))
}

/// A switch is an exception about the service; the one before it, for just this group and in just this
/// authority, ends with it, so that nobody need know what was done before.
fn turn(
    api: &Api,
    caller: &Caller,
    service: &ServiceInfo,
    wish: &SwitchWish,
) -> Result<(), lachan_web::Problem> {
    let act = api.act(caller);
    let (groups, made) = api.ask(|reader| Ok((reader.groups()?, reader.exceptions()?)))?;
    let group = group_name(wish.group, &groups)?;
    let subject = Subject::Service(service.id.clone());
    let before = made.iter().filter(|made| {
        made.subject == subject
            && made.group.map(|group| group.0) == wish.group
            && made.role == act.role
            && made.holds(act.at)
    });
    let before: Vec<i64> = before.map(|made| made.id).collect();
    match wish.action {
        Some(action) => {
            let wish = Wish {
                subject,
                allow: action == OpenOrClose::Allow,
                reason: wish.reason.clone().unwrap_or_default(),
                group,
                until: wish.until,
            };
            let turned = api.store.replace_exceptions(&act, before, wish);
            turned.map_err(fault::of_exception)?;
        }
        None => {
            for id in before {
                api.store
                    .end_exception(&act, id)
                    .map_err(fault::of_exception)?;
            }
        }
    }
    Ok(())
}

/// The lists of the ruleset in use. Sealed ones are shown nowhere.
#[utoipa::path(get, path = "/lists", tag = "policy", responses((status = 200, body = ListList)))]
pub(crate) async fn lists(State(api): State<Api>, visitor: Visitor) -> Json<ListList> {
    let policy = api.ports.rules.policy();
    let ruleset = policy.ruleset();
    let book = ruleset.book();
    let shown = ruleset
        .lists()
        .iter()
        .filter(|list| list.class != ListClass::Sealed);
    let items = shown.map(|list| {
        let info = list.category.and_then(|category| book.category(category));
        ListView {
            id: list.id.clone(),
            class: list.class,
            category: info.map(|info| info.id.clone()),
            category_name: info.map(|info| spoken(&info.name, visitor.spoken)),
            source: list.source.clone(),
            licence: list.licence.clone(),
            names: list.entries,
            refused_lines: list.refused,
        }
    });
    let header = ruleset.header();
    Json(ListList {
        items: items.collect(),
        ruleset: RulesetInUse {
            built: Some(header.built).filter(|built| *built > 0),
            names: header.names,
        },
    })
}
