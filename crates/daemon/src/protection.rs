//! Whether the school is protected just now, for the overview of the pages: from what the running
//! filter knows of itself. Pure: a status in, findings out; `doctor` looks closer and takes longer.

use lachan_api::ports::{Finding, Severity};

use crate::control::{FirewallState, ProxyState, Status};
use crate::words::Words;

/// Days after which lists are old, and after which they are too old.
const OLD: i64 = 14;
const TOO_OLD: i64 = 60;
const DAY: i64 = 86_400;

/// What stands in the way of protection.
pub(crate) fn findings(status: &Status, words: Words) -> Vec<Finding> {
    let parts = [
        lists(status, words),
        clock(status, words),
        upstreams(status, words),
        firewall(status, words),
        proxy(status, words),
        events(status, words),
    ];
    parts.into_iter().flatten().collect()
}

fn finding(code: &str, severity: Severity, title: String, remedy: String) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        checked: true,
        title,
        remedy: Some(remedy),
    }
}

fn lists(status: &Status, words: Words) -> Option<Finding> {
    let (built, now) = status.ruleset.built.zip(status.now)?;
    let days = (now - built) / DAY;
    let severity = match days {
        TOO_OLD.. => Severity::Error,
        OLD.. => Severity::Warning,
        _ => return None,
    };
    let title = words.lists_are_old(days);
    Some(finding("lists-old", severity, title, words.lists_remedy()))
}

fn clock(status: &Status, words: Words) -> Option<Finding> {
    let finding = || {
        let (title, remedy) = (words.clock_not_known(), words.clock_remedy_short());
        finding("clock", Severity::Warning, title, remedy)
    };
    status.now.is_none().then(finding)
}

fn upstreams(status: &Status, words: Words) -> Option<Finding> {
    let all = &status.upstreams;
    let up = all.iter().filter(|upstream| upstream.is_up).count();
    match up {
        _ if all.is_empty() => None,
        0 => Some(finding(
            "upstreams",
            Severity::Error,
            words.no_upstream_answers(),
            words.upstreams_remedy_short(),
        )),
        up if up < all.len() => Some(finding(
            "upstreams",
            Severity::Info,
            words.some_upstreams_answer(up, all.len()),
            words.upstreams_remedy_short(),
        )),
        _ => None,
    }
}

fn firewall(status: &Status, words: Words) -> Option<Finding> {
    let title = || words.firewall_state(&status.firewall).unwrap_or_default();
    match &status.firewall.state {
        FirewallState::Alone | FirewallState::On => None,
        FirewallState::Off { .. } => Some(finding(
            "firewall-off",
            Severity::Error,
            title(),
            words.firewall_on_remedy(),
        )),
        FirewallState::Failing { .. } => Some(finding(
            "firewall",
            Severity::Error,
            title(),
            words.doctor_remedy(),
        )),
    }
}

fn proxy(status: &Status, words: Words) -> Option<Finding> {
    let ProxyState::Failing { .. } = status.proxy.state else {
        return None;
    };
    let title = words.proxy_state(&status.proxy).unwrap_or_default();
    Some(finding(
        "proxy",
        Severity::Error,
        title,
        words.doctor_remedy(),
    ))
}

fn events(status: &Status, words: Words) -> Option<Finding> {
    status.events.failing.as_ref()?;
    let (title, remedy) = (words.log_not_written(), words.log_remedy());
    Some(finding("log", Severity::Warning, title, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::tests::sample;
    use lachan_config::Language;

    fn check(change: impl FnOnce(&mut Status), expected: &[(&str, Severity)]) {
        let mut status = sample().status;
        // The sample has one upstream of two down.
        status.upstreams.retain(|upstream| upstream.is_up);
        change(&mut status);
        for language in [Language::Vietnamese, Language::English] {
            let found = findings(&status, Words::new(language));
            let told: Vec<_> = found
                .iter()
                .map(|one| (one.code.as_str(), one.severity))
                .collect();
            assert_eq!(told, expected);
            assert!(
                found
                    .iter()
                    .all(|one| !one.title.is_empty() && one.remedy.is_some())
            );
        }
    }

    #[test]
    fn a_box_at_work_has_nothing_to_tell() {
        check(|_| {}, &[]);
    }

    #[test]
    fn what_stands_in_the_way_is_told() {
        let built = |days: i64| {
            move |status: &mut Status| {
                status.ruleset.built = status.now.map(|now| now - days * DAY);
            }
        };
        check(built(20), &[("lists-old", Severity::Warning)]);
        check(built(61), &[("lists-old", Severity::Error)]);
        check(|status| status.now = None, &[("clock", Severity::Warning)]);
        check(
            |status| status.upstreams[0].is_up = false,
            &[("upstreams", Severity::Error)],
        );
        let off = FirewallState::Off { seconds: 60 };
        check(
            |status| status.firewall.state = off,
            &[("firewall-off", Severity::Error)],
        );
        let failing = ProxyState::Failing {
            address: None,
            why: "taken".into(),
            detail: "x".into(),
        };
        check(
            |status| status.proxy.state = failing,
            &[("proxy", Severity::Error)],
        );
        check(
            |status| status.events.failing = Some("disk".into()),
            &[("log", Severity::Warning)],
        );
    }
}
