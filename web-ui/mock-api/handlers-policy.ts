// Groups, exceptions, tiers, categories, services, lists, "why?".
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, checkVersion, done, me, missing, ok, say } from "./http.ts";
import { categories, cellOf, cellsOf, NAMES, services, tierName, TIERS, type TierId } from "./rules.ts";
import { type Account, type Exception, type Group, nextId, now, record } from "./state.ts";

type GroupBody = Omit<Group, "id" | "version" | "tokens">;

// What clashes: the name or a subnet that another group has.
function clash(call: Call, body: GroupBody, own: number | undefined) {
  const others = call.state.groups.filter((group) => group.id !== own);
  const fields = [];
  if (others.some((group) => group.name.toLowerCase() === body.name.toLowerCase()))
    fields.push({ field: "name", code: "taken", message: say(call, "Đã có nhóm tên này.", "There is a group of this name.") });
  for (const subnet of body.subnets) {
    const other = others.find((group) => group.subnets.includes(subnet));
    if (other) {
      const message = say(call, `${subnet} đã thuộc nhóm ${other.name}.`, `${subnet} belongs to ${other.name}.`);
      fields.push({ field: "subnets", code: "clash", message });
    } else if (!/^[0-9a-f.:]+\/\d+$/.test(subnet)) {
      const message = say(call, `“${subnet}” không phải dải địa chỉ. Ví dụ: 10.3.0.0/16`, `“${subnet}” is no subnet. Example: 10.3.0.0/16`);
      fields.push({ field: "subnets", code: "invalid", message });
    }
  }
  return fields;
}

function refuseClash(call: Call, body: GroupBody, own?: number): void {
  const [first] = clash(call, body, own);
  if (first) throw badField(call, first.field, first.message, first.message);
}

function groupOf(call: Call): Group {
  const group = call.state.groups.find((entry) => String(entry.id) === call.params.id);
  if (!group) throw missing(call);
  return group;
}

// Devices are shown to administrators only.
function groupFor(account: Account, group: Group) {
  const { id, name, tier } = group;
  return account.role === "admin" ? group : { id, name, tier };
}

const groupHandlers: Record<string, Handler> = {
  "GET /groups": (call) => {
    const account = me(call);
    return ok("GroupList", { items: call.state.groups.map((group) => groupFor(account, group)), next: null });
  },
  "POST /groups": (call) => {
    allow(call, "admin");
    const body = call.body as GroupBody;
    refuseClash(call, body);
    const group: Group = { id: nextId(call.state), tokens: [], ...body, version: 1 };
    call.state.groups.push(group);
    record(call.state, "add-group", group.name);
    return ok("GroupView", group);
  },
  "PUT /groups/{id}": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    checkVersion(call, group);
    const body = call.body as GroupBody;
    refuseClash(call, body, group.id);
    const changed: Group = { id: group.id, tokens: group.tokens, ...body, version: group.version + 1 };
    call.state.groups = call.state.groups.map((entry) => (entry === group ? changed : entry));
    record(call.state, "change-group", changed.name);
    return ok("GroupView", changed);
  },
  "DELETE /groups/{id}": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    checkVersion(call, group);
    call.state.groups = call.state.groups.filter((entry) => entry !== group);
    record(call.state, "remove-group", group.name);
    return done;
  },
  "GET /groups/{id}/tokens": (call) => {
    allow(call, "admin");
    const items = groupOf(call).tokens.map((first) => ({ first, made_at: now() - 86_400, made_by: "Trần Văn Minh (admin)" }));
    return ok("TokenList", { items, most: 8, ways: { host: "dns.truong.edu.vn", has_doh: true, has_dot: false, is_public: false } });
  },
  "POST /groups/{id}/tokens": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    const token = `abc${String(group.tokens.length)}defghijklmno`;
    const first = token.slice(0, 4);
    group.tokens.push(first);
    record(call.state, "add-token", group.name);
    return ok("NewToken", {
      token,
      first,
      doh_url: `https://dns.truong.edu.vn/dns-query/${token}`,
      doh_qr_svg: '<svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9" fill="#fff"/><path d="M1 1h3v3h-3z"/></svg>',
      dot_name: null,
      apple: `<plist>${token}</plist>`,
      windows: `# ${token}`,
    });
  },
  "DELETE /groups/{id}/tokens/{first}": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    if (!group.tokens.includes(call.params.first ?? "")) throw missing(call);
    group.tokens = group.tokens.filter((first) => first !== call.params.first);
    record(call.state, "revoke-token", group.name);
    return done;
  },
  "POST /groups/check": (call) => {
    allow(call, "admin");
    const { id, group } = call.body as { id?: number; group: GroupBody };
    const fields = clash(call, group, id);
    // Here messages come in both languages; the contract says no more of them than "objects".
    const inBoth = fields.map((entry) => ({ ...entry, message: { vi: entry.message, en: entry.message } }));
    return ok("GroupCheck", { ok: inBoth.length === 0, fields: inBoth as never[] });
  },
};

function serviceView(call: Call, id: string) {
  const entry = services.find((known) => known.id === id);
  if (!entry) throw missing(call);
  const category = entry.category ?? "";
  return {
    id,
    name: entry[call.language] ?? id,
    category,
    tiers: Object.fromEntries(TIERS.map((tier) => [tier, cellOf(tier, category).action])),
    switches: call.state.exceptions.filter((made) => made.about === `service:${id}`),
  };
}

function addException(call: Call, body: Pick<Exception, "about" | "action" | "group" | "reason" | "until">): Exception {
  const account = allow(call, "admin");
  const group = call.state.groups.find((entry) => entry.id === body.group);
  const exception: Exception = {
    id: nextId(call.state),
    ...body,
    ...(group && { group_name: group.name }),
    author: account.display_name,
    role: "school",
    made_at: now(),
    holds: true,
  };
  call.state.exceptions.unshift(exception);
  record(call.state, "add-exception", body.about);
  return exception;
}

const tableHandlers: Record<string, Handler> = {
  "GET /tiers": (call) => {
    me(call);
    const items = TIERS.map((tier) => ({
      tier,
      name: tierName(tier, call.language),
      safe_search: tier === "staff" ? "off" : "strict",
      youtube: tier === "staff" ? "off" : "moderate",
      cells: cellsOf(tier),
    }));
    return ok("TierList", { items });
  },
  "GET /categories": (call) => {
    me(call);
    const items = categories.map((entry) => ({
      id: entry.id ?? "",
      name: entry[call.language] ?? "",
      reason: entry[`reason-${call.language}`] ?? "",
      number: Number(entry.number),
    }));
    return ok("CategoryList", { items });
  },
  "GET /services": (call) => {
    me(call);
    return ok("ServiceList", { items: services.map(({ id = "" }) => serviceView(call, id)) });
  },
  "PUT /services/{id}": (call) => {
    allow(call, "admin");
    const id = call.params.id ?? "";
    const { action, reason = "" } = call.body as { action: "allow" | "block" | null; reason?: string };
    const about = `service:${id}`;
    call.state.exceptions = call.state.exceptions.filter((made) => made.about !== about || made.group !== undefined);
    if (action !== null) addException(call, { about, action, reason });
    return ok("ServiceView", serviceView(call, id));
  },
};

const exceptionHandlers: Record<string, Handler> = {
  "GET /exceptions": (call) => {
    allow(call, "admin");
    return ok("ExceptionList", { items: call.state.exceptions, next: null });
  },
  "POST /exceptions": (call) => {
    const body = call.body as Parameters<typeof addException>[1];
    if (!/^(?:service|category):./.test(body.about) && !/^[^\s/]+\.[^\s/]+$/.test(body.about))
      throw badField(call, "about", "Đây không phải tên miền. Ví dụ: vnedu.vn", "This is no domain name. Example: vnedu.vn");
    return ok("ExceptionView", addException(call, body));
  },
  "DELETE /exceptions/{id}": (call) => {
    allow(call, "admin");
    const exception = call.state.exceptions.find((entry) => String(entry.id) === call.params.id);
    if (!exception) throw missing(call);
    call.state.exceptions = call.state.exceptions.filter((entry) => entry !== exception);
    record(call.state, "end-exception", exception.about);
    return done;
  },
};

function verdict(tier: TierId, category: string) {
  const { action, lock, alert, no_name } = cellOf(tier, category);
  const level = action === "block" && lock === "department" ? "department-lock" : "tier";
  return { action, level, category, alert, no_name };
}

function why(call: Call) {
  allow(call, "admin", "teacher");
  const { name, group: id } = call.body as { name: string; group?: number };
  if (!name.includes(".")) throw badField(call, "name", "Đây không phải tên miền.", "This is no domain name.");
  const group = call.state.groups.find((entry) => entry.id === id);
  const tier = group?.tier ?? "thcs";
  const category = NAMES[name] ?? "uncategorised";
  const answer = verdict(tier, category);
  return ok("WhyView", {
    name,
    tier,
    ...(group && { group: group.name }),
    ...answer,
    list: "lachan-base",
    rule: `*.${name}`,
    chain: [
      { step: "listed", list: "lachan-base", class: "own", category, entry: `*.${name}` },
      { step: "decided", level: answer.level },
    ],
    tiers: Object.fromEntries(TIERS.map((of) => [of, verdict(of, category)])),
  });
}

function lists(call: Call) {
  allow(call, "admin", "principal", "inspector");
  const list = (id: string, source: string, category: string, names: number, refused: number) => ({
    id,
    class: "imported",
    category,
    category_name: categories.find((entry) => entry.id === category)?.[call.language] ?? category,
    source,
    licence: "MIT",
    names,
    refused_lines: refused,
  });
  const all = [
    list("hostsvn-gambling", "hostsVN", "gambling", 65_759, 12),
    list("hostsvn-adult", "hostsVN", "adult", 22_622, 0),
    list("chongluadao", "Chống Lừa Đảo", "scam", 34_467, 3),
  ];
  const items = call.state.scenario === "empty" ? [] : all;
  return ok("ListList", { items, ruleset: { built: now() - 9 * 86_400, names: 122_848 } });
}

export const policyHandlers: Record<string, Handler> = {
  ...groupHandlers,
  ...tableHandlers,
  ...exceptionHandlers,
  "POST /why": why,
  "GET /lists": lists,
};
