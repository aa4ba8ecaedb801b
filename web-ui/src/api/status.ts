// The running box, out of what `lachan status --json` prints, which the API hands on as it is. What is missing or odd is
// left out: an older or newer box is shown as far as this UI knows it.

export interface Upstream {
  label: string;
  isUp: boolean;
}

export interface Status {
  version: string;
  // Seconds since it began.
  uptime: number;
  // Unix seconds; without a clock the box does not know.
  now: number | undefined;
  // Where the box stands in the network, by the word of the settings.
  mode: string;
  listeners: string[];
  // The SHA-256 of the certificate of these pages.
  fingerprint: string | undefined;
  ruleset: { built: number | undefined; names: number; lists: number };
  upstreams: Upstream[];
  cachedAnswers: number;
  // Bytes of memory.
  memory: number | undefined;
  // Blocked attempts that could not be recorded.
  dropped: number;
  queries: number;
  blocked: number;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function readStatus(given: unknown): Status {
  const status = fields(given);
  const ruleset = fields(status.ruleset);
  const totals = fields(status.totals);
  return {
    version: text(status.version) ?? "?",
    uptime: number(status.uptime) ?? 0,
    now: number(status.now),
    mode: text(fields(status.firewall).mode) ?? "off",
    listeners: list(status.listeners).filter((entry) => typeof entry === "string"),
    fingerprint: text(fields(status.web).fingerprint),
    ruleset: { built: number(ruleset.built), names: number(ruleset.names) ?? 0, lists: number(ruleset.lists) ?? 0 },
    upstreams: list(status.upstreams).map(fields).map((entry) => ({ label: text(entry.label) ?? "?", isUp: entry.is_up === true })),
    cachedAnswers: number(fields(status.cache).answers) ?? 0,
    memory: number(fields(status.process).resident),
    dropped: number(fields(status.events).dropped) ?? 0,
    queries: number(totals.queries) ?? 0,
    blocked: number(totals.blocked) ?? 0,
  };
}
