//! What was blocked, and why a name is. Rows that tell the same are one, whichever devices they are
//! of, and of a group of few devices no names are told but those that many devices of the school met: nobody
//! sees a list of what one child tried. Who knows a name may ask for it.

use std::cmp::Reverse;

use axum::Json;
use axum::extract::State;
use lachan_policy::book::Book;
use lachan_policy::{
    Action, Ask, CategorySet, Group, GroupId, Moment, Name, Policy, Role as Authority, Tier,
    Verdict,
};
use lachan_store::{Channel, Company, Event, PageFilter};
use lachan_web::{Code, FieldFault, Language, Problem, Right, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::group_form::{ActionId, TierId};
use super::policy::spoken;
use super::why::{WhyStep, explain};
use crate::caller::{Caller, Visitor};
use crate::ports::WhyQuestion;
use crate::state::Api;
use lachan_web::serve::{Asked, At, Refused};

/// Minutes of a lesson, where no timetable tells when it began.
const LESSON: i64 = 45;
const DAY: i64 = 86_400;

/// Which blocked attempts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlockFilter {
    /// The group's number; 0 is that of devices in no group.
    group: Option<u32>,
    /// The category's id.
    category: Option<String>,
    /// `dns`, `tls` or `http`.
    channel: Option<String>,
    /// Unix seconds.
    from: Option<i64>,
    /// Unix seconds.
    to: Option<i64>,
    /// `current`: since the lesson under way began.
    #[param(inline)]
    lesson: Option<Lesson>,
    /// At most so many, up to 200.
    limit: Option<u32>,
    /// `next` of the page before.
    before: Option<i64>,
}

/// Which lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lesson {
    /// The one under way.
    Current,
}

/// Blocked attempts that agree in all that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BlockView {
    /// Tells the row from others; of few devices it tells nothing of its place in the log.
    id: i64,
    /// Minutes since 1970; `null` when the box did not know the time.
    minute: Option<i64>,
    /// The group's number; 0 is that of devices in no group.
    group: u32,
    group_name: Option<String>,
    tier: TierId,
    category: Option<String>,
    category_name: Option<String>,
    /// `dns`, `tls` or `http`.
    channel: &'static str,
    /// The registrable name; `null` where none may be kept or shown.
    name: Option<String>,
    /// Whether the group has so few devices that this would be a list of what one child tried: the minute is the
    /// first of its hour, and a name is told only where many devices of the school met it.
    few: bool,
    count: u64,
}

/// A page of them. It may hold few or none where few match, and there may be more all the same: ask
/// on until `next` is `null`.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockList {
    items: Vec<BlockView>,
    next: Option<i64>,
}

/// What was blocked, newest first.
#[utoipa::path(get, path = "/blocks", tag = "blocks", params(BlockFilter),
    responses((status = 200, body = BlockList), (status = 403, description = "`not-allowed`: not her group")))]
pub(crate) async fn list(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Asked(filter): Asked<BlockFilter>,
) -> Result<Json<BlockList>, Refused> {
    let list = api
        .work(move |api| {
            let policy = api.ports.rules.policy();
            let wanted = wanted(api, &policy, &caller, &filter)?;
            let company = api.company()?;
            let exact = (wanted.since, wanted.until);
            let page = api.ask(|reader| reader.event_page(&whole_hours(wanted)))?;
            let book = policy.ruleset().book();
            let shows_names = caller.role.may(Right::ReadBlocks);
            let views = page.events.iter().filter_map(|event| {
                let view = view(event, book, visitor.spoken);
                let view = BlockView {
                    name: view.name.filter(|_| shows_names),
                    ..view
                };
                if company.groups.contains(&event.group) {
                    lies_within(event.minute, exact).then_some(view)
                } else {
                    let id = api.opaque(view.id);
                    Some(of_few(BlockView { id, ..view }, &company))
                }
            });
            Ok(BlockList {
                items: in_their_hours(merged(views)),
                next: page.next,
            })
        })
        .await?;
    Ok(Json(list))
}

fn wanted(
    api: &Api,
    policy: &Policy,
    caller: &Caller,
    filter: &BlockFilter,
) -> Result<PageFilter, Problem> {
    let book = policy.ruleset().book();
    let unknown =
        |field, vi: &str, en: &str| Problem::field(FieldFault::new(field, "unknown", vi, en));
    let category = filter.category.as_deref().map(|id| {
        let found = book.category_named(id);
        found.ok_or_else(|| {
            unknown(
                "category",
                "không có thể loại này",
                "there is no such category",
            )
        })
    });
    let channel = filter.channel.as_deref().map(|id| {
        let found = Channel::ALL.into_iter().find(|channel| channel.id() == id);
        found.ok_or_else(|| {
            unknown(
                "channel",
                "kênh là dns, tls hoặc http",
                "a channel is dns, tls or http",
            )
        })
    });
    let groups = match filter.group {
        Some(group) if caller.role == Role::Teacher && !caller.works_with(group) => {
            return Err(Code::NotAllowed.into());
        }
        Some(group) => Some(vec![GroupId(group)]),
        None => own_groups(caller),
    };
    let minute = |unix: i64| unix.div_euclid(60);
    let mut since = filter.from.map(minute);
    if filter.lesson.is_some() {
        let now = api.now().ok_or(Code::ClockUnknown)?;
        let began = lesson_began(policy, groups.as_deref(), now);
        since = Some(since.map_or(began, |since| since.max(began)));
    }
    Ok(PageFilter {
        groups,
        category: category.transpose()?,
        channel: channel.transpose()?,
        since,
        until: filter.to.map(minute),
        name: None,
        before: filter.before,
        limit: u32::try_from(super::rows(filter.limit)).unwrap_or(u32::MAX),
    })
}

/// The groups that a teacher sees; all for the others.
fn own_groups(caller: &Caller) -> Option<Vec<GroupId>> {
    (caller.role == Role::Teacher).then(|| caller.account.groups.clone())
}

/// The minute in which the lesson under way began: of the groups, the earliest.
fn lesson_began(policy: &Policy, groups: Option<&[GroupId]>, now: Moment) -> i64 {
    let minute = now.unix.div_euclid(60);
    let is_wanted = |group: &&Group| groups.is_none_or(|groups| groups.contains(&group.id));
    let began = |group: &Group| {
        let active = group.timetable.active(Some(now));
        // A period over midnight began on the day before.
        let since = active.map(|(_, period)| {
            (i64::from(now.minute) - i64::from(period.from)).rem_euclid(24 * 60)
        });
        since.min()
    };
    let all = policy
        .groups()
        .all()
        .iter()
        .filter(is_wanted)
        .filter_map(began);
    minute - all.max().unwrap_or(LESSON)
}

fn view(event: &Event, book: &Book, language: Language) -> BlockView {
    let info = event.category.and_then(|category| book.category(category));
    BlockView {
        id: event.id,
        minute: event.minute,
        group: event.group.0,
        group_name: event.group_name.clone(),
        tier: TierId::of(event.tier),
        category: info.map(|info| info.id.clone()),
        category_name: info.map(|info| spoken(&info.name, language)),
        channel: event.channel.id(),
        name: event.name.clone(),
        few: false,
        count: u64::from(event.count),
    }
}

/// Minutes of an hour, the finest that blocks of few devices are told in.
const HOUR: i64 = 60;

/// The same with whole hours: who asks minute by minute learns no more of few devices. What lies in them and not
/// within what was asked for is left out where the devices are many.
fn whole_hours(filter: PageFilter) -> PageFilter {
    let begin = |minute: i64| minute - minute.rem_euclid(HOUR);
    PageFilter {
        since: filter.since.map(begin),
        until: filter.until.map(|until| begin(until + HOUR - 1)),
        ..filter
    }
}

/// Whether a minute lies within two bounds, as the log understands them.
fn lies_within(minute: Option<i64>, (since, until): (Option<i64>, Option<i64>)) -> bool {
    since.is_none_or(|since| minute.is_some_and(|minute| minute >= since))
        && until.is_none_or(|until| minute.is_none_or(|minute| minute < until))
}

/// A block of a group of few devices, as it may be told.
fn of_few(view: BlockView, company: &Company) -> BlockView {
    BlockView {
        few: true,
        minute: view.minute.map(|minute| minute - minute.rem_euclid(HOUR)),
        name: view.name.filter(|name| company.names.contains(name)),
        ..view
    }
}

/// Rows that tell the same become one, at the place of the newest.
fn merged(views: impl Iterator<Item = BlockView>) -> Vec<BlockView> {
    let mut all: Vec<BlockView> = Vec::new();
    for view in views {
        let same = all.iter_mut().find(|other| {
            let same = BlockView {
                id: other.id,
                count: other.count,
                ..view.clone()
            };
            **other == same
        });
        match same {
            Some(other) => other.count += view.count,
            None => all.push(view),
        }
    }
    all
}

/// Rows of few devices at the beginning of their hour: their place among rows with exact minutes would tell
/// theirs.
fn in_their_hours(mut views: Vec<BlockView>) -> Vec<BlockView> {
    if views.iter().any(|view| view.few) {
        views.sort_by_key(|view| Reverse(view.minute));
    }
    views
}

/// What one tier gets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decision {
    tier: TierId,
    tier_name: String,
    action: ActionId,
    category: Option<String>,
    category_name: Option<String>,
    /// The id of the level that decided.
    level: &'static str,
    /// The id of the list whose entry decided.
    list: Option<String>,
    /// Who at least may open it: `teacher`, `school` or `department`; absent where it is open.
    lock: Option<&'static str>,
    /// Why a school cares.
    reason: Option<String>,
}

/// A list that knows the name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownBy {
    id: String,
    category: Option<String>,
    /// The entry.
    name: String,
}

/// How often.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counted {
    today: u64,
    week: u64,
}

/// What whoever asks could do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Can {
    /// Groups of hers that she may open it for, for a lesson.
    open_for_lesson: Vec<u32>,
    /// Whether the school's administrator could open it for one of her groups.
    ask_admin: bool,
    /// Her groups for which only the school may open it.
    ask_for: Vec<u32>,
}

/// A name's page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NameView {
    /// The name, in A-labels.
    name: String,
    decisions: Vec<Decision>,
    lists: Vec<KnownBy>,
    count: Counted,
    can: Can,
    /// Why it stays shut, where only the department could open it.
    locked_reason: Option<String>,
}

/// Why a name is blocked, what each tier gets, how often it was blocked, and what can be done.
#[utoipa::path(get, path = "/blocks/names/{name}", tag = "blocks", params(("name" = String, Path)),
    responses((status = 200, body = NameView), (status = 422, description = "`bad-field`")))]
pub(crate) async fn name(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    At(name): At<String>,
) -> Result<Json<NameView>, Refused> {
    let view = api
        .work(move |api| name_page(api, &visitor, &caller, &name))
        .await?;
    Ok(Json(view))
}

fn name_page(
    api: &Api,
    visitor: &Visitor,
    caller: &Caller,
    text: &str,
) -> Result<NameView, Problem> {
    // The same explanation as everywhere; sealed entries show nowhere in it.
    let told = explain(
        api,
        &WhyQuestion {
            name: text.chars().take(2_048).collect(),
            group: None,
            address: None,
            at: None,
        },
    )?;
    let name = Name::from_text(&told.name).map_err(|_| Problem::from(Code::NotFound))?;
    let policy = api.ports.rules.policy();
    let at = api.now();
    let book = policy.ruleset().book();
    let own: Vec<usize> = (1..policy.groups().all().len())
        .filter(|position| caller.works_with(policy.groups().all()[*position].id.0))
        .collect();
    let blocked: Vec<(usize, Verdict)> = own
        .into_iter()
        .map(|position| (position, open_verdict(&policy, &name, position, at)))
        .filter(|(_, verdict)| verdict.is_block())
        .collect();
    let opens = |authority: Authority| {
        let all = blocked
            .iter()
            .filter(move |(_, verdict)| lock(book, verdict) <= authority);
        all.map(|(position, _)| policy.groups().all()[*position].id.0)
            .collect::<Vec<_>>()
    };
    let for_lesson = opens(Authority::Teacher);
    let mut ask_for = opens(Authority::School);
    ask_for.retain(|group| !for_lesson.contains(group) && caller.role != Role::Admin);
    let locked = blocked
        .iter()
        .find(|(_, verdict)| lock(book, verdict) == Authority::Department);
    let locked = locked.and_then(|(_, verdict)| book.category(verdict.category?));
    Ok(NameView {
        decisions: decisions(&policy, &name, at, visitor.spoken),
        lists: told.chain.into_iter().filter_map(known_by).collect(),
        count: counted(api, caller, &name)?,
        can: Can {
            ask_admin: !ask_for.is_empty(),
            ask_for,
            open_for_lesson: for_lesson,
        },
        locked_reason: locked.map(|info| spoken(&info.reason, visitor.spoken)),
        name: told.name,
    })
}

/// The verdict as it may be shown: traced, so that sealed entries are passed over.
fn open_verdict(policy: &Policy, name: &Name, group: usize, at: Option<Moment>) -> Verdict {
    let ask = Ask {
        name,
        group,
        at,
        found: CategorySet::EMPTY,
    };
    policy.decide_traced(&ask, &mut Vec::new())
}

/// Who at least may open what a verdict closes.
fn lock(book: &Book, verdict: &Verdict) -> Authority {
    let cell = |category| book.masks(verdict.tier).cell(category);
    match verdict.category.map(cell) {
        Some(cell) if cell.action == Action::Block => cell.lock,
        // What a mode, a timetable or a person closed is the school's to open.
        _ => Authority::School,
    }
}

/// What each tier gets by itself, of groups without a timetable or exceptions.
fn decisions(
    policy: &Policy,
    name: &Name,
    at: Option<Moment>,
    language: Language,
) -> Vec<Decision> {
    let ruleset = policy.ruleset();
    let book = ruleset.book();
    let of_tier = |tier: Tier| {
        let group = Group::new(GroupId(0), tier.id(), tier);
        let groups = lachan_policy::Groups::new(group, Vec::new()).ok()?;
        let whole = policy
            .exceptions()
            .all()
            .iter()
            .filter(|made| made.group.is_none());
        let exceptions = lachan_policy::Exceptions::new(whole.cloned().collect());
        let alone = Policy::new(std::sync::Arc::clone(ruleset), groups, exceptions);
        let verdict = open_verdict(&alone, name, 0, at);
        let info = verdict
            .category
            .and_then(|category| book.category(category));
        let named = book.tier(tier);
        Some(Decision {
            tier: TierId::of(tier),
            tier_name: named
                .map_or_else(|| tier.id().to_owned(), |info| spoken(&info.name, language)),
            action: ActionId::of(verdict.action),
            category: info.map(|info| info.id.clone()),
            category_name: info.map(|info| spoken(&info.name, language)),
            level: verdict.level.id(),
            list: verdict
                .list
                .and_then(|list| ruleset.list(list))
                .map(|list| list.id.clone()),
            lock: verdict.is_block().then(|| lock(book, &verdict).id()),
            reason: info.map(|info| spoken(&info.reason, language)),
        })
    };
    Tier::ALL.into_iter().filter_map(of_tier).collect()
}

fn known_by(step: WhyStep) -> Option<KnownBy> {
    match step {
        WhyStep::Listed {
            list,
            category,
            entry,
            ..
        } => Some(KnownBy {
            id: list,
            category,
            name: entry,
        }),
        _ => None,
    }
}

fn counted(api: &Api, caller: &Caller, name: &Name) -> Result<Counted, Problem> {
    let Some(now) = api.now() else {
        return Ok(Counted { today: 0, week: 0 });
    };
    let midnight = now.unix.div_euclid(60) - i64::from(now.minute);
    let week = midnight - 6 * DAY / 60;
    let kept = name.registrable().to_string();
    let groups = own_groups(caller);
    let counts =
        api.ask(|reader| reader.name_counts(&kept, groups.as_deref(), [midnight, week]))?;
    let [today, week] = counts;
    Ok(Counted { today, week })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_several_devices_are_one() {
        let view = |id, name: &str, count| BlockView {
            id,
            minute: Some(7),
            group: 1,
            group_name: Some("6A".into()),
            tier: TierId::Thcs,
            category: None,
            category_name: None,
            channel: "dns",
            name: Some(name.into()),
            few: false,
            count,
        };
        let all = [view(9, "a.vn", 2), view(8, "b.vn", 1), view(7, "a.vn", 3)];
        assert_eq!(
            merged(all.into_iter()),
            [view(9, "a.vn", 5), view(8, "b.vn", 1)]
        );
    }

    #[test]
    fn few_devices_are_told_by_the_hour_and_by_names_that_many_met() {
        let view = BlockView {
            id: 9,
            minute: Some(10 * HOUR + 37),
            group: 1,
            group_name: None,
            tier: TierId::Thcs,
            category: Some("gambling".into()),
            category_name: None,
            channel: "dns",
            name: Some("a.vn".into()),
            few: false,
            count: 1,
        };
        let mut company = Company::default();
        let told = of_few(view.clone(), &company);
        assert_eq!((told.name, told.minute), (None, Some(10 * HOUR)));
        assert!(told.few && told.category.is_some());
        company.names.insert("a.vn".into());
        assert_eq!(of_few(view.clone(), &company).name, view.name);
    }

    #[test]
    fn the_place_of_a_row_of_few_devices_does_not_tell_its_minute() {
        let view = |id, minute, few| BlockView {
            id,
            minute: Some(minute),
            group: 1,
            group_name: None,
            tier: TierId::Thcs,
            category: None,
            category_name: None,
            channel: "dns",
            name: None,
            few,
            count: 1,
        };
        let all = vec![
            view(9, 659, false),
            view(7, 600, true),
            view(6, 640, false),
            view(5, 599, false),
        ];
        let ids: Vec<i64> = in_their_hours(all).iter().map(|view| view.id).collect();
        assert_eq!(ids, [9, 6, 7, 5]);
    }

    #[test]
    fn who_asks_minute_by_minute_learns_no_more_of_few_devices() {
        let asked = |since, until| {
            let filter = PageFilter {
                since: Some(since),
                until: Some(until),
                ..PageFilter::default()
            };
            let wide = whole_hours(filter);
            (wide.since.unwrap(), wide.until.unwrap())
        };
        for minute in 600..659 {
            assert_eq!(asked(minute, minute + 1), (600, 660));
        }
        assert_eq!(asked(600, 660), (600, 660));
        assert_eq!(asked(-1, 1), (-60, 60));
        let within = |minute| lies_within(minute, (Some(610), Some(620)));
        assert!(within(Some(610)) && !within(Some(620)) && !within(Some(609)) && !within(None));
        assert!(lies_within(None, (None, Some(620))));
    }
}
