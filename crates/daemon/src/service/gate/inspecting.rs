//! Keeps the inspector that the settings ask for: made when they do, made anew when the authority is
//! renewed, gone when they do not. Where it cannot be had, nothing is opened up, and that is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use lachan_config::{Config, Inspection};
use lachan_policy::Policy;
use lachan_policy::ruleset::Ruleset;
use lachan_proxy::http::{Settings, Shared};
use lachan_proxy::inspect::{Inspector, Parts, Plan, StartError};
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use tokio::runtime::Handle;

use super::super::chain;
use crate::authority::{self, AuthorityFault};
use crate::control::{InspectionView, ProxyState};
use crate::files::Mark;
use crate::time::Now;

/// How long until what could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// What an inspector rests on.
pub(super) struct Ground<'g> {
    pub(super) config: &'g Config,
    pub(super) policy: &'g Arc<Policy>,
    pub(super) runtime: &'g Handle,
}

/// The inspector, and what it was made of.
#[derive(Default)]
pub(super) struct Inspecting {
    slot: Arc<ArcSwapOption<Inspector>>,
    /// The authority's file, as it was read.
    mark: Option<Mark>,
    failing: Option<String>,
    /// When to try again.
    again: Option<Instant>,
}

/// Why there is no inspector.
#[derive(Debug, thiserror::Error)]
enum InspectingError {
    #[error(transparent)]
    Authority(#[from] AuthorityFault),
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Inspecting {
    /// Where the TLS threads find it.
    pub(super) fn slot(&self) -> Arc<ArcSwapOption<Inspector>> {
        Arc::clone(&self.slot)
    }

    /// The settings are others now.
    pub(super) fn reset(&mut self) {
        self.slot.store(None);
        (self.mark, self.failing, self.again) = (None, None, None);
    }

    /// Makes it, or makes it anew, where that is called for.
    pub(super) fn mind(
        &mut self,
        ground: &Ground<'_>,
        inside: impl FnOnce() -> (Settings, Shared),
    ) {
        let wanted = &ground.config.proxy.inspection;
        if !wanted.is_on() {
            return;
        }
        let mark = Mark::of(&authority::path(&ground.config.paths));
        let is_current = self.slot.load().is_some() && mark.is_some() && mark == self.mark;
        let waits = self.again.is_some_and(|again| again > Instant::now());
        if is_current || (waits && mark == self.mark) {
            return;
        }
        let made = make(ground, inside);
        self.mark = Mark::of(&authority::path(&ground.config.paths));
        match made {
            Ok(inspector) => {
                tell(wanted, ground.policy);
                tell_refused(&inspector, ground.policy.ruleset());
                self.slot.store(Some(Arc::new(inspector)));
                (self.failing, self.again) = (None, None);
            }
            Err(error) => {
                let told = chain(&error);
                if self.failing.as_ref() != Some(&told) {
                    tracing::error!(error = %told, "inspection does not run; no connection is opened up");
                }
                self.slot.store(None);
                self.failing = Some(told);
                self.again = Some(Instant::now() + AGAIN);
            }
        }
    }

    /// Compiles the expressions of a ruleset for what is opened up.
    pub(super) fn learn(&self, ruleset: &Arc<Ruleset>) {
        if let Some(inspector) = &*self.slot.load() {
            // Those that cannot be used were told for plain HTTP.
            let _ = inspector.http().learn(ruleset);
        }
    }

    /// How it fares.
    pub(super) fn view(&self) -> InspectionView {
        let inspector = self.slot.load();
        let figures = inspector.as_ref().map(|inspector| inspector.figures());
        let figures = figures.unwrap_or_default();
        InspectionView {
            state: match (&self.failing, &*inspector) {
                (Some(detail), _) => ProxyState::Failing {
                    address: None,
                    why: "other".to_owned(),
                    detail: detail.clone(),
                },
                (None, Some(_)) => ProxyState::On,
                (None, None) => ProxyState::Off,
            },
            open: figures.open as u64,
            requests: figures.requests,
            certificates: figures.leaves,
        }
    }
}

fn make(
    ground: &Ground<'_>,
    inside: impl FnOnce() -> (Settings, Shared),
) -> Result<Inspector, InspectingError> {
    let config = ground.config;
    let never = ground.policy.ruleset().book().never_inspected();
    let school = &config.school.name;
    let authority = authority::load_or_make(&config.paths, school, Now::system().unix(), never)?;
    let (settings, shared) = inside();
    Ok(Inspector::new(Parts {
        authority,
        plan: plan(&config.proxy.inspection),
        roots: roots(&config.proxy.inspection),
        settings,
        shared,
        runtime: ground.runtime.clone(),
    })?)
}

pub(super) fn plan(wanted: &Inspection) -> Plan {
    Plan {
        groups: wanted.groups.clone(),
        categories: wanted.categories.clone(),
        block_pages: wanted.block_page_certificates.is_on(),
    }
}

/// The system's authorities and those of the settings. One that cannot be read is told.
fn roots(wanted: &Inspection) -> Vec<Vec<u8>> {
    let mut roots = load_native_certs().certs;
    for file in &wanted.ca_files {
        let found = load_certs_from_paths(Some(file), None).certs;
        if found.is_empty() {
            tracing::error!(file = %file.display(), "there is no certificate in a file of proxy.inspection.ca-files");
        }
        roots.extend(found);
    }
    roots.into_iter().map(|der| der.to_vec()).collect()
}

/// Says for whom connections are opened up, and what of the settings means nothing.
fn tell(wanted: &Inspection, policy: &Policy) {
    let book = policy.ruleset().book();
    let groups = policy.groups().all();
    let is_group = |name: &String| {
        let is_it = |group: &lachan_policy::Group| group.name.to_lowercase() == name.to_lowercase();
        groups.iter().any(is_it)
    };
    for group in wanted.groups.iter().filter(|name| !is_group(name)) {
        tracing::warn!(
            group,
            "proxy.inspection.groups names a group that is not there"
        );
    }
    let never = book.never_inspected().categories();
    for id in &wanted.categories {
        match book.category_named(id) {
            None => tracing::warn!(
                category = id,
                "proxy.inspection.categories names no category"
            ),
            Some(category) if never.contains(category) => {
                tracing::warn!(category = id, "this category is never inspected");
            }
            Some(_) => {}
        }
    }
    tracing::warn!(
        groups = wanted.groups.join(", "),
        categories = wanted.categories.join(", "),
        block_pages = wanted.block_page_certificates.is_on(),
        "encrypted connections of these groups are opened up"
    );
}

fn tell_refused(inspector: &Inspector, ruleset: &Arc<Ruleset>) {
    let refused = inspector.http().learn(ruleset);
    if !refused.is_empty() {
        tracing::warn!(count = refused.len(), "expressions of lists cannot be used");
    }
}
