//! What the running filter tells of itself, as it crosses the socket. Numbers, ages and states; of
//! names only those of blocked attempts, as the log keeps them, and never a device.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ById;
use crate::process::Process;

/// What is running, and how it fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The program's version.
    pub(crate) version: String,
    /// Its process.
    pub(crate) pid: u32,
    /// The school's name.
    pub(crate) school: String,
    /// Seconds since it began.
    pub(crate) uptime: u64,
    /// Unix seconds now; `None` while the box does not know the time.
    pub(crate) now: Option<i64>,
    /// Where it answers DNS.
    pub(crate) listeners: Vec<SocketAddr>,
    /// Where it answers encrypted DNS, each with what people call the transport.
    pub(crate) encrypted: Vec<(String, SocketAddr)>,
    /// Where the page of figures is.
    pub(crate) metrics: Option<SocketAddr>,
    /// The ruleset in use.
    pub(crate) ruleset: RulesetView,
    /// How many groups there are, the one of unknown devices included.
    pub(crate) groups: usize,
    /// How many exceptions hold.
    pub(crate) exceptions: usize,
    /// The upstreams, in the order of the settings.
    pub(crate) upstreams: Vec<UpstreamView>,
    /// Questions under way to upstreams.
    pub(crate) in_flight: usize,
    /// The cache.
    pub(crate) cache: Cache,
    /// The process as the system sees it.
    pub(crate) process: Process,
    /// Blocked attempts on their way to the disk.
    pub(crate) events: Events,
    /// All counters since the start, by id.
    pub(crate) totals: ById<u64>,
    /// How the firewall stands.
    #[serde(default)]
    pub(crate) firewall: FirewallView,
    /// How the proxy fares.
    #[serde(default)]
    pub(crate) proxy: ProxyView,
    /// Attempts to get round the filter by day, kept over restarts; `None` while the box does not
    /// know the time.
    #[serde(default)]
    pub(crate) bypasses: Option<BypassView>,
}

/// How the proxy fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProxyView {
    /// How it is.
    #[serde(flatten)]
    pub(crate) state: ProxyState,
    /// TLS connections since the start: that came, passed, were closed, found no room, found nobody.
    pub(crate) tls: TlsCounts,
    /// Connections and requests of HTTP since it listens.
    pub(crate) http: HttpCounts,
    /// What no browser does, by [`lachan_proxy::Evasion::id`].
    pub(crate) evasions: ById<u64>,
    /// Connections that are opened up.
    #[serde(default)]
    pub(crate) inspection: InspectionView,
}

/// How inspection fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InspectionView {
    /// How it is.
    #[serde(flatten)]
    pub(crate) state: ProxyState,
    /// Connections that are opened up now.
    pub(crate) open: u64,
    /// Requests read since it began.
    pub(crate) requests: u64,
    /// Certificates made since.
    pub(crate) certificates: u64,
}

/// How the proxy is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum ProxyState {
    /// The settings want none.
    #[default]
    Off,
    /// It listens.
    On,
    /// It does not listen.
    Failing {
        /// Where.
        address: Option<String>,
        /// Why: `taken`, `forbidden`, `absent` or `other`.
        why: String,
        /// The same as the system says it.
        detail: String,
    },
}

/// TLS connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TlsCounts {
    pub(crate) open: u64,
    pub(crate) accepted: u64,
    pub(crate) passed: u64,
    pub(crate) blocked: u64,
    pub(crate) turned_away: u64,
    pub(crate) failed: u64,
}

/// HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HttpCounts {
    pub(crate) open: u64,
    pub(crate) requests: u64,
    pub(crate) turned_away: u64,
    /// Requests that were refused for how they were written, by [`lachan_proxy::http::Refusal::id`].
    #[serde(default)]
    pub(crate) refusals: ById<u64>,
}

/// How the firewall stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirewallView {
    /// Where the box stands, by the word of the settings.
    pub(crate) mode: String,
    /// How it is.
    #[serde(flatten)]
    pub(crate) state: FirewallState,
    /// What its rules had held when they were last read back.
    #[serde(default)]
    pub(crate) counts: Vec<RuleCount>,
}

/// What the rules of one purpose have held, for all tiers together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleCount {
    /// What they are for, as the kernel's comment says it.
    pub(crate) rule: String,
    /// Whether they turn away what they hold.
    pub(crate) refuses: bool,
    /// Packets since the rules were applied.
    pub(crate) packets: u64,
}

/// How the firewall is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum FirewallState {
    /// Left alone, as the settings say.
    #[default]
    Alone,
    /// As it should be.
    On,
    /// Switched off for a while.
    Off {
        /// Seconds until it is on again.
        seconds: u64,
    },
    /// Not as it should be.
    Failing {
        /// The id of the error.
        code: String,
        /// What another program said, if one did.
        detail: String,
    },
}

/// Attempts to get round the filter, by the id of their counter in [`Status::totals`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BypassView {
    /// On this local day.
    pub(crate) today: ById<u64>,
    /// On this day and the six before.
    pub(crate) week: ById<u64>,
}

/// The ruleset in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RulesetView {
    /// Unix seconds when it was compiled; `None` when the box did not know the time then.
    pub(crate) built: Option<i64>,
    /// Names in it.
    pub(crate) names: u64,
    /// Lists in it.
    pub(crate) lists: usize,
}

/// An upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UpstreamView {
    /// Which one.
    pub(crate) label: String,
    /// Whether it is in use, or left alone for a while because it failed.
    pub(crate) is_up: bool,
    /// Smoothed time to an answer in microseconds; `None` before the first.
    pub(crate) round_trip_us: Option<u64>,
    /// Answers since the start.
    pub(crate) answered: u64,
    /// Questions without an answer since the start.
    pub(crate) failed: u64,
}

/// The cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cache {
    /// Answers it holds.
    pub(crate) answers: usize,
    /// Bytes they take.
    pub(crate) bytes: usize,
    /// Bytes they may take.
    pub(crate) most_bytes: u64,
}

/// Blocked attempts on their way to the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Events {
    /// In the queue between the resolver and the writer.
    pub(crate) queued: usize,
    /// In the writer's memory, waiting for the next flush.
    pub(crate) waiting: usize,
    /// Given up since the start, because there was no room.
    pub(crate) dropped: u64,
    /// Flushes since the start.
    pub(crate) flushes: u64,
    /// Why the last flush failed.
    pub(crate) failing: Option<String>,
}

/// One look at the running filter: what happened in the last second, ten seconds and minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The filter itself.
    pub(crate) status: Status,
    /// Queries a second since the sample before, by counter.
    pub(crate) rates: ById<f64>,
    /// Time to an answer that needs nobody else, over [`Self::latency_seconds`].
    pub(crate) here: Option<Percentiles>,
    /// Time of an upstream to its answer.
    pub(crate) upstream: Option<Percentiles>,
    /// Seconds that the latencies are of, at most.
    pub(crate) latency_seconds: u64,
    /// Of the names that were not blocked or local, how many the cache knew lately: 0 to 1.
    pub(crate) hit_rate: Option<f64>,
    /// What was blocked lately; `None` when that cannot be read.
    pub(crate) blocked: Option<Blocked>,
}

/// Latencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    /// The median, nanoseconds.
    pub(crate) p50_ns: u64,
    /// What 99 of 100 stay within, nanoseconds.
    pub(crate) p99_ns: u64,
    /// Of how many measurements.
    pub(crate) count: u64,
}

impl Percentiles {
    /// The median.
    pub(crate) fn p50(self) -> Duration {
        Duration::from_nanos(self.p50_ns)
    }

    /// What 99 of 100 stay within.
    pub(crate) fn p99(self) -> Duration {
        Duration::from_nanos(self.p99_ns)
    }
}

/// What was blocked in the last minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blocked {
    /// How many minutes.
    pub(crate) minutes: i64,
    /// Attempts in all.
    pub(crate) attempts: u64,
    /// By category, the most first.
    pub(crate) categories: Vec<TopCategory>,
    /// By name, the most first; only names the log keeps.
    pub(crate) names: Vec<NameCount>,
    /// By group, in the order of the settings.
    pub(crate) groups: Vec<GroupCount>,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TopCategory {
    /// Its id; `-` where no category decided.
    pub(crate) id: String,
    /// Its name in Vietnamese.
    pub(crate) vi: String,
    /// Its name in English.
    pub(crate) en: String,
    /// Attempts.
    pub(crate) count: u64,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameCount {
    /// The registrable name.
    pub(crate) name: String,
    /// The id of the category it was blocked by last.
    pub(crate) category: String,
    /// Attempts.
    pub(crate) count: u64,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupCount {
    /// Its name.
    pub(crate) name: String,
    /// Its tier's id.
    pub(crate) tier: String,
    /// Attempts of its devices.
    pub(crate) count: u64,
}

/// A sample for tests.
#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A school at work.
    pub(crate) fn sample() -> Sample {
        let rates = [("queries", 120.0), ("blocked", 30.5), ("cached", 80.0)];
        let totals = [
            ("queries", 123_456),
            ("blocked", 23_456),
            ("cached", 90_000),
        ];
        Sample {
            status: status(totals.map(|(id, count)| (id.to_owned(), count)).into()),
            rates: rates.map(|(id, rate)| (id.to_owned(), rate)).into(),
            here: Some(Percentiles {
                p50_ns: 3_200,
                p99_ns: 41_000,
                count: 31,
            }),
            upstream: None,
            latency_seconds: 30,
            hit_rate: Some(0.83),
            blocked: Some(blocked()),
        }
    }

    fn status(totals: ById<u64>) -> Status {
        Status {
            version: "0.1.0".into(),
            pid: 412,
            school: "Trường THCS Lê Lợi".into(),
            uptime: 93_784,
            now: Some(1_795_397_400),
            listeners: vec!["0.0.0.0:53".parse().unwrap()],
            encrypted: vec![("DoT".into(), "0.0.0.0:853".parse().unwrap())],
            metrics: None,
            ruleset: RulesetView {
                built: Some(1_795_224_600),
                names: 1_118_680,
                lists: 41,
            },
            groups: 2,
            exceptions: 3,
            upstreams: vec![
                upstream("9.9.9.9:53", true, Some(18_000)),
                upstream("1.1.1.1:53", false, None),
            ],
            in_flight: 4,
            cache: Cache {
                answers: 41_200,
                bytes: 12 << 20,
                most_bytes: 32 << 20,
            },
            process: Process {
                resident: Some(34 << 20),
                anonymous: Some(20 << 20),
                open_files: Some(40),
                most_files: Some(1024),
                written: Some(9 << 20),
                processor: Some(12.5),
            },
            events: Events {
                queued: 1,
                waiting: 11,
                dropped: 0,
                flushes: 6,
                failing: None,
            },
            totals,
            firewall: FirewallView::default(),
            proxy: ProxyView::default(),
            bypasses: Some(BypassView {
                today: [("bypass_vpn".to_owned(), 7)].into(),
                week: [("bypass_vpn".to_owned(), 4_321)].into(),
            }),
        }
    }

    fn upstream(label: &str, is_up: bool, round_trip_us: Option<u64>) -> UpstreamView {
        UpstreamView {
            label: label.into(),
            is_up,
            round_trip_us,
            answered: if is_up { 1_200 } else { 0 },
            failed: u64::from(!is_up) * 7,
        }
    }

    fn blocked() -> Blocked {
        Blocked {
            minutes: 5,
            attempts: 700,
            categories: vec![TopCategory {
                id: "gambling".into(),
                vi: "Cờ bạc".into(),
                en: "Gambling".into(),
                count: 600,
            }],
            names: vec![NameCount {
                name: "nohu.com".into(),
                category: "gambling".into(),
                count: 512,
            }],
            groups: vec![GroupCount {
                name: "6A".into(),
                tier: "thcs".into(),
                count: 640,
            }],
        }
    }
}
