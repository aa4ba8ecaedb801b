//! The settings of the box: its file, part by part as forms or as a text, and what becomes of a change.
//!
//! ```text
//!  form ─► edit of the text (comments stay) ─┐
//!  text ─────────────────────────────────────┴─► checked as a whole ─► port: written, taken into use
//! ```
//!
//! Every change names the file it saw (`If-Match`): somebody with an editor counts as another person.
//! No file is opened here.

pub(crate) mod file;
mod parts;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_config::{Config, Mistake, Mistakes, edit};
use lachan_store::Change;
use lachan_web::{Code, FieldFault, Language, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub(crate) use parts::{DhcpPart, DnsPart, NetworkPart, ProxyPart, SchoolPart, WebPart};
use parts::{Part, Parts};

use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::guard::of_config;
use crate::ports::{
    Finding, Interface, Pending, Saved, SettingsFault, SettingsText, WentBack, WhyBack,
};
use crate::state::Api;
use lachan_web::serve::{Input, Refused, Tag};

/// Days of a week of bells.
const WEEK: usize = 7;
/// Longest value that the audit log shows whole, in characters.
const MOST_SHOWN: usize = 200;

/// A mistake of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MistakeView {
    /// From 1; `null` when it is the whole file.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    /// The key path, such as `resolver.upstreams[1]`; empty where no key is to blame.
    key: String,
    /// What is wrong; outlives versions.
    code: &'static str,
    /// In the reader's language, with what would be right.
    message: String,
}

impl MistakeView {
    fn of(mistake: &Mistake, language: Language) -> Self {
        Self {
            line: mistake.place.map(|place| place.line),
            column: mistake.place.map(|place| place.column),
            key: mistake.key.clone(),
            code: mistake.code(),
            message: mistake.message(of_config(language)),
        }
    }

    fn all(mistakes: &Mistakes, language: Language) -> Vec<Self> {
        let all = mistakes.list().iter();
        all.map(|mistake| Self::of(mistake, language)).collect()
    }
}

/// What the box put back by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WentBackView {
    /// Unix seconds; `null` where the box did not know the time.
    at: Option<i64>,
    why: WhyBack,
    /// Who had made the change; `null` where that is not known.
    by: Option<String>,
    /// Key paths of the settings that are as before; none of a restore.
    changed: Vec<String>,
    /// What kept the box from starting, in the reader's language.
    reason: Option<String>,
}

impl WentBackView {
    fn of(back: &WentBack, language: Language) -> Self {
        let reason = back.reason.as_ref();
        let reason = reason.map(|(vi, en)| match language {
            Language::Vietnamese => vi.clone(),
            Language::English => en.clone(),
        });
        Self {
            at: back.at,
            why: back.why,
            by: back.by.clone(),
            changed: back.changed.clone(),
            reason,
        }
    }
}

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// What a change names in `If-Match`.
    tag: String,
    /// Where the file is.
    file: String,
    /// Why the box may not write it; `null` when it may.
    read_only: Option<String>,
    /// Whether there are settings before these, which `POST /settings/undo` brings back.
    has_before: bool,
    /// The change that waits to be confirmed.
    pending: Option<Pending>,
    /// What the box put back by itself, until `DELETE /settings/notice`.
    went_back: Option<WentBackView>,
    /// What is wrong with the file as it is now. Then the values are those in use.
    mistakes: Vec<MistakeView>,
    /// Key paths that the file sets.
    set: Vec<String>,
    values: Parts,
    defaults: Parts,
}

impl SettingsView {
    fn of(file: &SettingsText, in_use: &Config, language: Language) -> Self {
        let read = Config::parse(&file.text, &file.path);
        let mistakes = match &read {
            Ok(_) => Vec::new(),
            Err(mistakes) => MistakeView::all(mistakes, language),
        };
        Self {
            tag: file.tag.clone(),
            file: file.path.clone(),
            read_only: file.read_only.clone(),
            has_before: file.has_before,
            pending: file.pending.clone(),
            went_back: file
                .went_back
                .as_ref()
                .map(|back| WentBackView::of(back, language)),
            mistakes,
            set: edit::set_keys(&file.text),
            values: Parts::of(read.as_ref().unwrap_or(in_use)),
            defaults: Parts::of(&Config::default()),
        }
    }
}

/// What became of a change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedView {
    /// The settings as they are now.
    settings: SettingsView,
    /// Whether the filter starts anew for them, in a moment, for about a second.
    restarts: bool,
    /// Parts that do not work now.
    troubles: Vec<Finding>,
}

/// The interfaces of the machine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceList {
    items: Vec<Interface>,
}

/// Upstreams to try, as in the file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpstreamsToTry {
    upstreams: Vec<String>,
}

/// How they answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpstreamsTried {
    findings: Vec<Finding>,
}

/// The settings with their defaults.
#[utoipa::path(get, path = "/settings", tag = "settings", responses((status = 200, body = SettingsView)))]
pub(crate) async fn read(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<SettingsView>, Refused> {
    let view = api.work(move |api| view(api, visitor.spoken)).await?;
    Ok(Json(view))
}

macro_rules! put_part {
    ($name:ident, $path:literal, $part:ty, $doc:literal) => {
        #[doc = $doc]
        #[utoipa::path(put, path = $path, tag = "settings", request_body = $part,
            params(("If-Match" = String, Header)),
            responses(
                (status = 200, body = SavedView),
                (status = 409, description = "`settings-read-only`, `settings-pending`, `part-refused`"),
                (status = 412, description = "`changed-meanwhile`, with `current`"),
                (status = 422, description = "`bad-field`: key paths of the file; with `mistakes`"),
                (status = 428, description = "`if-match-required`"),
            ))]
        pub(crate) async fn $name(
            State(api): State<Api>,
            caller: Caller,
            visitor: Visitor,
            Tag(tag): Tag,
            Input(part): Input<$part>,
        ) -> Result<Json<SavedView>, Refused> {
            let saved = api.work(move |api| put(api, &caller, visitor.spoken, &tag, &part));
            Ok(Json(saved.await?))
        }
    };
}

put_part!(
    put_network,
    "/settings/network",
    NetworkPart,
    "Changes where the box stands."
);
put_part!(
    put_dns,
    "/settings/dns",
    DnsPart,
    "Changes whom the box asks, and how it answers what is closed."
);
put_part!(
    put_dhcp,
    "/settings/dhcp",
    DhcpPart,
    "Changes who gets which address."
);
put_part!(
    put_proxy,
    "/settings/proxy",
    ProxyPart,
    "Changes where the web is filtered."
);
put_part!(
    put_web,
    "/settings/web",
    WebPart,
    "Changes where the pages are, and who is on which side."
);

/// Changes who the school is, and its bells.
#[utoipa::path(put, path = "/settings/school", tag = "settings", request_body = SchoolPart,
    params(("If-Match" = String, Header)),
    responses(
        (status = 200, body = SavedView),
        (status = 409, description = "`settings-read-only`, `settings-pending`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`: key paths of the file; with `mistakes`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn put_school(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    Tag(tag): Tag,
    Input(part): Input<SchoolPart>,
) -> Result<Json<SavedView>, Refused> {
    if part.days() != WEEK {
        let fault = FieldFault::new(
            "school.bells",
            "not-a-week",
            "cần đủ bảy ngày, từ thứ hai",
            "seven days are needed, Monday first",
        );
        return Err(Problem::field(fault).into());
    }
    let saved = api.work(move |api| put(api, &caller, visitor.spoken, &tag, &part));
    Ok(Json(saved.await?))
}

/// Brings the settings before back; these are kept in their turn.
#[utoipa::path(post, path = "/settings/undo", tag = "settings",
    params(("If-Match" = String, Header)),
    responses(
        (status = 200, body = SavedView),
        (status = 409, description = "`nothing-before`, `settings-read-only`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn undo(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    Tag(tag): Tag,
) -> Result<Json<SavedView>, Refused> {
    let saved = api.work(move |api| {
        let language = visitor.spoken;
        let before = seen(api, &tag, language)?;
        let act = api.act(&caller);
        let undone = api.ports.settings.undo(&tag, &act.author);
        let undone = undone.map_err(|error| of_fault(api, error, language))?;
        let now = file_now(api, language)?;
        note(api, &caller, Change::UndoSettings, &before.text, &now.text);
        Ok(saved(api, &now, undone, language))
    });
    Ok(Json(saved.await?))
}

/// Keeps a change that would have gone back by itself.
#[utoipa::path(post, path = "/settings/confirm", tag = "settings",
    responses(
        (status = 200, body = SettingsView),
        (status = 409, description = "`nothing-pending`"),
    ))]
pub(crate) async fn confirm(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<SettingsView>, Refused> {
    let kept = api.work(move |api| {
        let confirmed = api.ports.settings.confirm();
        confirmed.map_err(|error| of_fault(api, error, visitor.spoken))?;
        view(api, visitor.spoken)
    });
    Ok(Json(kept.await?))
}

/// Somebody has read what the box put back by itself: it is told no longer.
#[utoipa::path(delete, path = "/settings/notice", tag = "settings",
    responses((status = 204), (status = 404, description = "`not-found`: nothing is told")))]
pub(crate) async fn dismiss(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let dismissed = api.ports.settings.dismiss();
        let was_told = dismissed.map_err(|error| of_fault(api, error, visitor.spoken))?;
        was_told
            .then_some(StatusCode::NO_CONTENT)
            .ok_or_else(|| Code::NotFound.into())
    })
    .await
    .map_err(Refused)
}

/// The interfaces of the machine, to choose from.
#[utoipa::path(get, path = "/settings/interfaces", tag = "settings",
    responses((status = 200, body = InterfaceList)))]
pub(crate) async fn interfaces(State(api): State<Api>) -> Result<Json<InterfaceList>, Refused> {
    let items = api.work(|api| Ok(api.ports.settings.interfaces())).await?;
    Ok(Json(InterfaceList { items }))
}

/// Asks upstreams a few questions about names that belong to nobody at the school.
#[utoipa::path(post, path = "/settings/upstreams/test", tag = "settings", request_body = UpstreamsToTry,
    responses(
        (status = 200, body = UpstreamsTried),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn try_upstreams(
    State(api): State<Api>,
    visitor: Visitor,
    Input(asked): Input<UpstreamsToTry>,
) -> Result<Json<UpstreamsTried>, Refused> {
    let tried = api.work(move |api| {
        let language = visitor.spoken;
        let file = file_now(api, language)?;
        let upstreams = asked.upstreams.into_iter().map(edit::Value::from).collect();
        let text = edit::set(
            &file.text,
            &file.path,
            "resolver.upstreams",
            &edit::Value::Array(upstreams),
        );
        let text = text.map_err(|mistakes| of_mistakes(&mistakes, language))?;
        let config = Config::parse(&text, &file.path);
        let config = config.map_err(|mistakes| of_mistakes(&mistakes, language))?;
        let settings = &api.ports.settings;
        Ok(settings.try_upstreams(&config, of_config(language)))
    });
    let findings = tried.await?;
    Ok(Json(UpstreamsTried { findings }))
}

/// Puts a part into the file.
fn put<P: Part>(
    api: &Api,
    caller: &Caller,
    language: Language,
    tag: &str,
    part: &P,
) -> Result<SavedView, Problem> {
    let file = seen(api, tag, language)?;
    let config = Config::parse(&file.text, &file.path);
    let config = config.map_err(|mistakes| of_mistakes(&mistakes, language))?;
    let changes = part.changes(&P::of(&config), &edit::set_keys(&file.text));
    let changes: Vec<_> = changes.iter().map(|(path, value)| (*path, value)).collect();
    let text = edit::set_all(&file.text, &file.path, &changes);
    let text = text.map_err(|mistakes| of_mistakes(&mistakes, language))?;
    store(api, caller, language, &file, &text)
}

/// Puts a text in the place of the file's. One that is the same changes nothing.
fn store(
    api: &Api,
    caller: &Caller,
    language: Language,
    before: &SettingsText,
    text: &str,
) -> Result<SavedView, Problem> {
    if text == before.text {
        return Ok(saved(api, before, Saved::default(), language));
    }
    let act = api.act(caller);
    let done = api.ports.settings.save(&before.tag, text, &act.author);
    let done = done.map_err(|error| of_fault(api, error, language))?;
    note(api, caller, Change::ChangeSettings, &before.text, text);
    let now = file_now(api, language)?;
    Ok(saved(api, &now, done, language))
}

/// The audit log. The file is written by now: a database that fails is told in the log, and whoever
/// saved is not told that nothing was saved.
fn note(api: &Api, caller: &Caller, change: Change, before: &str, after: &str) {
    let (old, new) = shown_differences(before, after);
    let noted = api.store.note(
        &api.act(caller),
        change,
        "lachan.toml",
        Some(old),
        Some(new),
    );
    if let Err(error) = noted {
        fault::log(&error);
    }
}

/// What two texts of the settings file set differently, as the audit log shows it: before and after by
/// key path, no device among it.
#[must_use]
pub fn shown_differences(before: &str, after: &str) -> (Value, Value) {
    let differences = edit::differences(before, after);
    let shown = |text: &Option<String>| match text {
        Some(text) => Value::from(text.chars().take(MOST_SHOWN).collect::<String>()),
        None => Value::Null,
    };
    let each = |of: fn(&edit::Difference) -> &Option<String>| {
        let entries = differences.iter();
        let entries = entries.map(|one| (one.path.clone(), shown(of(one))));
        Value::Object(entries.collect::<Map<_, _>>())
    };
    (each(|one| &one.before), each(|one| &one.after))
}

fn view(api: &Api, language: Language) -> Result<SettingsView, Problem> {
    let file = file_now(api, language)?;
    Ok(view_of(api, &file, language))
}

fn view_of(api: &Api, file: &SettingsText, language: Language) -> SettingsView {
    SettingsView::of(file, &api.ports.settings.in_use(), language)
}

fn saved(api: &Api, file: &SettingsText, done: Saved, language: Language) -> SavedView {
    SavedView {
        settings: view_of(api, file, language),
        restarts: done.restarts,
        troubles: done.troubles,
    }
}

fn file_now(api: &Api, language: Language) -> Result<SettingsText, Problem> {
    let read = api.ports.settings.read();
    read.map_err(|error| of_fault(api, error, language))
}

/// The file, if it is the one that the caller saw.
fn seen(api: &Api, tag: &str, language: Language) -> Result<SettingsText, Problem> {
    let file = file_now(api, language)?;
    if file.tag == tag {
        return Ok(file);
    }
    Err(changed(&view_of(api, &file, language)))
}

fn changed(now: &SettingsView) -> Problem {
    Problem::from(Code::ChangedMeanwhile).with("current", json!(now))
}

/// Mistakes, by the key paths of the file and with their lines.
fn of_mistakes(mistakes: &Mistakes, language: Language) -> Problem {
    let [vi, en] = [Language::Vietnamese, Language::English].map(of_config);
    let fields = mistakes.list().iter().map(|mistake| {
        let [vi, en] = [vi, en].map(|language| mistake.message(language));
        FieldFault::new(mistake.key.clone(), mistake.code(), vi, en)
    });
    let views = MistakeView::all(mistakes, language);
    Problem::fields(fields.collect()).with("mistakes", json!(views))
}

pub(crate) fn of_fault(api: &Api, error: SettingsFault, language: Language) -> Problem {
    match error {
        SettingsFault::Changed => match view(api, language) {
            Ok(now) => changed(&now),
            Err(problem) => problem,
        },
        SettingsFault::ReadOnly(why) => Problem::from(Code::SettingsReadOnly).with_detail(
            format!("{why}; hãy cho người dùng chạy bộ lọc quyền ghi tệp và thư mục chứa nó"),
            format!("{why}; let the user of the filter write the file and its folder"),
        ),
        SettingsFault::Pending => Code::SettingsPending.into(),
        SettingsFault::NothingPending => Code::NothingPending.into(),
        SettingsFault::NothingBefore => Code::NothingBefore.into(),
        SettingsFault::Mistakes(mistakes) => of_mistakes(&mistakes, language),
        SettingsFault::Listen { address, why } => Problem::from(Code::PartRefused).with_detail(
            format!("không mở được {address}: {why}; không có gì thay đổi"),
            format!("{address} cannot be listened on: {why}; nothing was changed"),
        ),
        SettingsFault::Disk => Code::DiskFailed.into(),
    }
}
