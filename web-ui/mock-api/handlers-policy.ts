// Groups, exceptions, tiers, categories, services, lists, "why?".
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, checkVersion, done, me, missing, ok, say } from "./http.ts";
import { categories, cellsOf, NAMES, services, tierName, TIERS } from "./rules.ts";
import { type Exception, type Group, nextId, now, record } from "./state.ts";

type GroupBody = Omit<Group, "id" | "version">;

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

const groupHandlers: Record<string, Handler> = {
  "GET /groups": (call) => {
    me(call);
    return ok("GroupPage", { items: call.state.groups as never, next: null });
  },
  "POST /groups": (call) => {
    allow(call, "admin");
    const body = call.body as GroupBody;
    refuseClash(call, body);
    const group: Group = { id: nextId(call.state), ...body, version: 1 };
    call.state.groups.push(group);
    record(call.state, "add-group", group.name);
    return ok("Group", group as never);
  },
  "PUT /groups/{id}": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    checkVersion(call, group);
    const body = call.body as GroupBody;
    refuseClash(call, body, group.id);
    const changed: Group = { id: group.id, ...body, version: group.version + 1 };
    call.state.groups = call.state.groups.map((entry) => (entry === group ? changed : entry));
    record(call.state, "change-group", changed.name);
    return ok("Group", changed as never);
  },
  "DELETE /groups/{id}": (call) => {
    allow(call, "admin");
    const group = groupOf(call);
    checkVersion(call, group);
    call.state.groups = call.state.groups.filter((entry) => entry !== group);
    record(call.state, "remove-group", group.name);
    return done;
  },
  "POST /groups/check": (call) => {
    allow(call, "admin");
    const { id, ...body } = call.body as GroupBody & { id?: number };
    const fields = clash(call, body, id);
    return ok("GroupCheck", { ok: fields.length === 0, fields });
  },
};

const tableHandlers: Record<string, Handler> = {
  "GET /tiers": (call) => {
    me(call);
    return ok("TierPage", { items: TIERS.map((id) => ({ id, name: tierName(id, call.language), cells: cellsOf(id) })), next: null });
  },
  "GET /categories": (call) => {
    me(call);
    const items = categories.map((entry) => ({
      id: entry.id ?? "",
      name: entry[call.language] ?? "",
      reason: entry[`reason-${call.language}`] ?? "",
      number: Number(entry.number),
    }));
    return ok("CategoryPage", { items, next: null });
  },
  "GET /services": (call) => {
    me(call);
    const items = services.map((entry) => {
      const id = entry.id ?? "";
      const category = entry.category ?? "";
      const held = call.state.services.get(id);
      return {
        id,
        name: entry[call.language] ?? id,
        category,
        category_name: categories.find((known) => known.id === category)?.[call.language] ?? category,
        state: held?.state ?? ("default" as const),
        version: held?.version ?? 1,
      };
    });
    return ok("ServicePage", { items, next: null });
  },
  "PUT /services/{id}": (call) => {
    allow(call, "admin");
    const id = call.params.id ?? "";
    const held = call.state.services.get(id);
    const entry = services.find((known) => known.id === id);
    if (!held || !entry) throw missing(call);
    checkVersion(call, held);
    Object.assign(held, call.body, { version: held.version + 1 });
    record(call.state, "change-service", entry.vi ?? id);
    const category = entry.category ?? "";
    return ok("Service", { id, name: entry[call.language] ?? id, category, category_name: category, ...held });
  },
};

const exceptionHandlers: Record<string, Handler> = {
  "GET /exceptions": (call) => {
    allow(call, "admin");
    return ok("ExceptionPage", { items: call.state.exceptions, next: null });
  },
  "POST /exceptions": (call) => {
    const account = allow(call, "admin");
    const body = call.body as Pick<Exception, "target" | "allow" | "group" | "reason" | "until">;
    if (body.target.name !== undefined && !/^[^\s/]+\.[^\s/]+$/.test(body.target.name))
      throw badField(call, "target.name", "Đây không phải tên miền. Ví dụ: vnedu.vn", "This is no domain name. Example: vnedu.vn");
    const group = call.state.groups.find((entry) => entry.id === body.group);
    const exception: Exception = {
      id: nextId(call.state),
      ...body,
      ...(group && { group_name: group.name }),
      author: account.display_name,
      role: "school",
      made_at: now(),
      version: 1,
    };
    call.state.exceptions.unshift(exception);
    record(call.state, "add-exception", body.target.name ?? body.target.service ?? body.target.category ?? "");
    return ok("Exception", exception);
  },
  "DELETE /exceptions/{id}": (call) => {
    allow(call, "admin");
    const exception = call.state.exceptions.find((entry) => String(entry.id) === call.params.id);
    if (!exception) throw missing(call);
    checkVersion(call, exception);
    call.state.exceptions = call.state.exceptions.filter((entry) => entry !== exception);
    record(call.state, "end-exception", exception.target.name ?? exception.target.service ?? "");
    return done;
  },
};

function why(call: Call) {
  allow(call, "admin", "teacher");
  const { name, group: id } = call.body as { name: string; group?: number; address?: string };
  if (!name.includes(".")) throw badField(call, "name", "Đây không phải tên miền.", "This is no domain name.");
  const group = call.state.groups.find((entry) => entry.id === id) ?? call.state.groups[0];
  const tier = group?.tier ?? "thcs";
  const category = NAMES[name] ?? "uncategorised";
  const category_name = categories.find((entry) => entry.id === category)?.[call.language] ?? category;
  const answerFor = (of: (typeof TIERS)[number]) => {
    const found = cellsOf(of).find((entry) => entry.category === category);
    return {
      action: found?.action ?? ("allow" as const),
      level: found?.lock === "department" ? "department-lock" : "tier",
      category,
      category_name,
      ...(found?.lock && { lock: found.lock }),
    };
  };
  return ok("Why", {
    name,
    tier,
    ...(group && { group: group.name }),
    answer: { ...answerFor(tier), list: "lachan-base", rule: `*.${name}` },
    steps: [
      { step: "listed", text: say(call, `Danh sách gốc Lá Chắn có *.${name}: ${category_name}`, `The base list has *.${name}: ${category_name}`) },
      { step: "decided", text: say(call, "Bảng cấp học quyết định", "The table of levels decides") },
    ],
    tiers: TIERS.map((of) => ({ tier: of, tier_name: tierName(of, call.language), answer: answerFor(of) })),
  });
}

export const policyHandlers: Record<string, Handler> = {
  ...groupHandlers,
  ...tableHandlers,
  ...exceptionHandlers,
  "POST /why": why,
  "GET /lists": (call) => {
    allow(call, "admin", "principal", "inspector");
    const list = (id: string, name: string, category: string, names: number, refused: number) => ({
      id,
      name,
      category,
      names,
      fetched: now() - 9 * 86_400,
      refused_lines: refused,
      class: "imported",
    });
    const items =
      call.state.scenario === "empty"
        ? []
        : [
            list("hostsvn-gambling", "hostsVN, cờ bạc", "gambling", 65_759, 12),
            list("hostsvn-adult", "hostsVN, khiêu dâm", "adult", 22_622, 0),
            list("chongluadao", "Chống Lừa Đảo", "scam", 34_467, 3),
          ];
    return ok("Lists", { items, ruleset: { built: now() - 9 * 86_400, names: 122_848 } });
  },
};
