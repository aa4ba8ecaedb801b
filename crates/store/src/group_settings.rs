//! A group's settings as the JSON that is stored and that the audit log shows; its tokens stand in
//! a table of their own. Values are checked
//! when read, so that a damaged row is told and not obeyed.

use lachan_policy::{
    Action, Category, CategorySet, CellChange, Days, Group, GroupId, Mode, ModeSwitch, Period,
    Role, Tier, Timetable,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct GroupForm {
    tier: Tier,
    subnets: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    macs: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    interfaces: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    periods: Vec<PeriodForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<ModeForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PeriodForm {
    name: String,
    days: Days,
    from: u16,
    to: u16,
    /// Category bits.
    closed: Vec<u8>,
    close_all: bool,
    mode: Option<Mode>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ModeForm {
    mode: Mode,
    until: Option<i64>,
    by: Role,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ChangeForm {
    category: u8,
    action: Action,
    by: Role,
}

/// The settings as text, for the column.
pub(crate) fn to_text(group: &Group) -> String {
    to_json(group).to_string()
}

/// The settings as JSON.
pub(crate) fn to_json(group: &Group) -> Value {
    let form = GroupForm {
        tier: group.tier,
        subnets: texts(&group.subnets),
        macs: texts(&group.macs),
        interfaces: texts(&group.interfaces),
        periods: group.timetable.periods.iter().map(period_form).collect(),
        mode: group.mode.map(|mode| ModeForm {
            mode: mode.mode,
            until: mode.until,
            by: mode.by,
        }),
        changes: group
            .changes
            .iter()
            .map(|change| ChangeForm {
                category: change.category.bit(),
                action: change.action,
                by: change.by,
            })
            .collect(),
    };
    // Numbers, strings and lists only: nothing in it can fail to become JSON.
    serde_json::to_value(form).unwrap_or_default()
}

/// The settings with the name, for the audit log.
pub(crate) fn to_audit(group: &Group) -> Value {
    let mut json = to_json(group);
    if let Value::Object(object) = &mut json {
        object.insert("name".into(), group.name.as_str().into());
    }
    json
}

/// The group that was stored; `None` when the text is none that this version writes.
pub(crate) fn from_text(id: GroupId, name: &str, text: &str) -> Option<Group> {
    let form: GroupForm = serde_json::from_str(text).ok()?;
    let mut group = Group::new(id, name, form.tier);
    group.subnets = parsed(&form.subnets)?;
    group.macs = parsed(&form.macs)?;
    group.interfaces = parsed(&form.interfaces)?;
    let periods = form
        .periods
        .into_iter()
        .map(period)
        .collect::<Option<_>>()?;
    group.timetable = Timetable { periods };
    group.mode = form.mode.map(|mode| ModeSwitch {
        mode: mode.mode,
        until: mode.until,
        by: mode.by,
    });
    group.changes = form.changes.iter().map(change).collect::<Option<_>>()?;
    Some(group)
}

fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn parsed<T: std::str::FromStr>(texts: &[String]) -> Option<Vec<T>> {
    texts.iter().map(|text| text.parse().ok()).collect()
}

fn period_form(period: &Period) -> PeriodForm {
    PeriodForm {
        name: period.name.clone(),
        days: period.days,
        from: period.from,
        to: period.to,
        closed: period.closed.iter().map(Category::bit).collect(),
        close_all: period.close_all,
        mode: period.mode,
    }
}

fn period(form: PeriodForm) -> Option<Period> {
    Some(Period {
        closed: form
            .closed
            .iter()
            .map(|bit| Category::new(*bit))
            .collect::<Option<CategorySet>>()?,
        name: form.name,
        days: form.days,
        from: form.from,
        to: form.to,
        close_all: form.close_all,
        mode: form.mode,
    })
}

fn change(form: &ChangeForm) -> Option<CellChange> {
    let category = Category::new(form.category)?;
    Some(CellChange {
        category,
        action: form.action,
        by: form.by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn full() -> Group {
        let mut group = Group::new(GroupId(7), "Lớp 6A", Tier::Thcs);
        group.subnets = ["10.0.0.0/24", "fd00::/64"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        group.macs = vec!["3c:22:fb:0a:b1:9e".parse().unwrap()];
        group.interfaces = vec!["eth0.20".parse().unwrap()];
        group.timetable.periods.push(Period {
            name: "Tiết 1".into(),
            days: Days::SCHOOL,
            from: 420,
            to: 465,
            closed: CategorySet::from_bits(0b1010 | 1 << 127),
            close_all: false,
            mode: Some(Mode::OnlineClass),
        });
        group.mode = Some(ModeSwitch {
            mode: Mode::Exam,
            until: Some(5),
            by: Role::Teacher,
        });
        group.changes.push(CellChange {
            category: Category::new(20).unwrap(),
            action: Action::Restrict,
            by: Role::School,
        });
        group
    }

    #[test]
    fn a_group_is_read_back_as_it_was() {
        for group in [full(), Group::new(GroupId(1), "a", Tier::MamNon)] {
            assert_eq!(
                from_text(group.id, &group.name, &to_text(&group)),
                Some(group)
            );
        }
    }

    #[test]
    fn a_damaged_row_is_told() {
        let bad = [
            "",
            "{}",
            r#"{"tier":"lop-6","subnets":[]}"#,
            r#"{"tier":"thcs","subnets":["10.0.0.0/99"]}"#,
            r#"{"tier":"thcs","subnets":[],"macs":["3c:22"]}"#,
            r#"{"tier":"thcs","subnets":[],"interfaces":[""]}"#,
            r#"{"tier":"thcs","subnets":[],"changes":[{"category":128,"action":"block","by":"school"}]}"#,
        ];
        for text in bad {
            assert_eq!(from_text(GroupId(1), "a", text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "\\PC{0,60}") {
            let _ = from_text(GroupId(1), "a", &text);
        }
    }
}
