// The mock's answers about lists on trial and the safe forms of search engines.
import type { Handler } from "./handlers.ts";
import { allow, badField, done, me, missing, ok } from "./http.ts";
import { engines, TIERS, type TierId } from "./rules.ts";
import { record } from "./state.ts";

// Of a pasted list the mock knows as much as the test asks of it.
function effect(text: string) {
  const lines = text.split(/\s+/).filter((line) => line !== "");
  const isName = (line: string) => /^[a-z0-9.-]+\.[a-z]+$/.test(line);
  const names = lines.filter(isName);
  const wrong = lines.filter((line) => !isName(line));
  const closes = names.filter((name) => name.startsWith("bao")).map((name) => ({ name: `m.${name}`, entry: name, is_vietnamese: name.endsWith(".vn"), tiers: ["tieu-hoc", "thcs"] }));
  const spared = names.filter((name) => name === "zalo.me");
  return {
    entries: names.length,
    new: Math.max(0, names.length - 1),
    narrowed: 0,
    refused: wrong.length,
    refused_lines: wrong.map((line) => ({ line: lines.indexOf(line) + 1, reason: "name-character", text: line })),
    overlaps: names.length > 0 ? [{ list: "hostsvn-gambling", entries: 1 }] : [],
    closes_in_all: closes.length,
    closes,
    spared_in_all: spared.length,
    spared,
  };
}

export const trialHandlers: Record<string, Handler> = {
  "GET /lists/trial": (call) => {
    allow(call, "admin");
    return ok("TrialState", { count: call.state.trial });
  },
  "POST /lists/trial": (call) => {
    allow(call, "admin");
    const body = call.body as { label: string; category: string; text: string; counts: boolean };
    const found = effect(body.text);
    if (found.entries === 0) throw badField(call, "text", "không có dòng nào dùng được; hãy xem lại định dạng", "no line of it can be used; look again at the format");
    if (body.counts) {
      const { label, category } = body;
      call.state.trial = { label, category, entries: found.entries, seconds: 5_400, left: 81_000, fewest: 10, hit: 2, devices: 35, is_full: false };
      record(call.state, "try-list", label);
    }
    return ok("TrialView", { effect: found, count: call.state.trial });
  },
  "DELETE /lists/trial": (call) => {
    allow(call, "admin");
    if (!call.state.trial) throw missing(call);
    call.state.trial = null;
    return done;
  },
};

function safeForm(engine: Record<string, string>, tier: TierId) {
  if (tier === "staff") return { strictness: "off", host: null };
  if (engine.kind === "video") return { strictness: "moderate", host: engine.moderate ?? null };
  return { strictness: "strict", host: engine.target ?? null };
}

// For a group all is well; for devices in none Google leads past its safe form, and one engine does not answer.
function safeCheck(engine: Record<string, string>, isGroup: boolean) {
  const bad = engine.id === "google" ? ("unsafe" as const) : engine.id === "bing" ? ("unanswered" as const) : ("safe" as const);
  const state = isGroup ? ("safe" as const) : bad;
  const record = (kind: string) => ({ kind, state: kind === "HTTPS" ? state : ("safe" as const), names: 3, example: "www.google.com" });
  return { engine: engine.id ?? "", state, names: 12, records: ["A", "AAAA", "HTTPS"].map(record) };
}

export const safeHandlers: Record<string, Handler> = {
  "GET /safe-search": (call) => {
    me(call);
    const items = engines.map((engine) => ({
      id: engine.id ?? "",
      name: engine[call.language] ?? "",
      kind: engine.kind ?? "search",
      tiers: Object.fromEntries(TIERS.map((tier) => [tier, safeForm(engine, tier)])),
    }));
    return ok("SafeEngineList", { items, closed_without: ["mam-non", "tieu-hoc"] });
  },
  "POST /safe-search/check": (call) => {
    allow(call, "admin", "teacher");
    const { group } = call.body as { group?: number };
    return ok("SafeChecks", { items: engines.map((engine) => safeCheck(engine, group !== undefined)) });
  },
};
