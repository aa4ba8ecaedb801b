//! How much is measured: by the arguments.

use std::time::Duration;

/// Parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Speed,
    Dnsperf,
    Latency,
    Memory,
    Swap,
    LineDown,
    Scale,
    Encrypted,
    Pages,
}

impl Part {
    const ALL: [(&'static str, Self); 9] = [
        ("speed", Self::Speed),
        ("dnsperf", Self::Dnsperf),
        ("latency", Self::Latency),
        ("memory", Self::Memory),
        ("swap", Self::Swap),
        ("line-down", Self::LineDown),
        ("scale", Self::Scale),
        ("encrypted", Self::Encrypted),
        ("pages", Self::Pages),
    ];
}

/// What to measure, and how long.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) json: bool,
    /// Listed names of the servers whose speed is measured.
    pub(crate) names: usize,
    /// Interleaved rounds of each load, and the time of one.
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
    /// The same of the latency.
    pub(crate) latency_rounds: usize,
    pub(crate) latency_time: Duration,
    /// Whether the peers are measured at all, and whether where it takes minutes.
    pub(crate) has_peers: bool,
    pub(crate) is_thorough: bool,
    only: Vec<Part>,
}

/// How the bench is called.
pub(crate) const USAGE: &str = "\
usage: scripts/bench dns [--quick] [--json] [--only PART]… [--rounds N] [--no-peers]
  --quick      fewer names, rounds and seconds; the peers are left out where it takes minutes
  --json       stdout is exactly one JSON document
  --only PART  speed, dnsperf, latency, memory, swap, line-down, scale, encrypted or pages; may
               be given several times
  --rounds N   interleaved rounds of speed and latency
  --no-peers   ours and the reflector alone";

impl Plan {
    /// Reads the arguments.
    ///
    /// # Errors
    /// What cannot be understood.
    pub(crate) fn read(args: &[String]) -> Result<Self, String> {
        let mut plan = if args.iter().any(|arg| arg == "--quick") {
            Self::quick()
        } else {
            Self::full()
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => {}
                "--json" => plan.json = true,
                "--no-peers" => plan.has_peers = false,
                "--only" => {
                    let name = args.next().ok_or("--only needs a part")?;
                    let part = Part::ALL.iter().find(|(known, _)| known == name);
                    plan.only
                        .push(part.ok_or_else(|| format!("no such part: {name}"))?.1);
                }
                "--rounds" => {
                    let count = args.next().and_then(|count| count.parse().ok());
                    let count = count.filter(|count| *count > 0);
                    plan.rounds = count.ok_or("--rounds needs a number from 1 on")?;
                    plan.latency_rounds = plan.rounds;
                }
                other => return Err(format!("unknown argument: {other}")),
            }
        }
        Ok(plan)
    }

    fn full() -> Self {
        Self {
            json: false,
            names: 1_000_000,
            rounds: 5,
            time: Duration::from_millis(1500),
            latency_rounds: 9,
            latency_time: Duration::from_secs(2),
            has_peers: true,
            is_thorough: true,
            only: Vec::new(),
        }
    }

    fn quick() -> Self {
        Self {
            names: 200_000,
            rounds: 2,
            time: Duration::from_millis(350),
            latency_time: Duration::from_millis(400),
            is_thorough: false,
            ..Self::full()
        }
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}
