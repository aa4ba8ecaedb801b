// Overview, blocks, requests, passes, codes: what people use every day.
import type { Handler } from "./handlers.ts";
import { allow, badField, type Call, done, me, missing, ok, Problem, say } from "./http.ts";
import { categories, cellOf, NAMES, tierName, TIERS, type TierId } from "./rules.ts";
import { type Account, nextId, now, type Pass, record, type Request, type Target } from "./state.ts";

const MINUTE = 60;
const LESSON = 45 * MINUTE;
// A cursor behind an empty page.
const AFTER_GAP = 999;

function sees(account: Account, group: number): boolean {
  return account.role !== "teacher" || account.groups.includes(group);
}

function categoryName(call: Call, id: string): string {
  return categories.find((entry) => entry.id === id)?.[call.language] ?? id;
}

function backupDue(call: Call) {
  const last = call.state.box.last_backup;
  if (last === undefined) return "never" as const;
  return now() - last > 90 * 86_400 ? ("old" as const) : null;
}

function overview(call: Call) {
  const account = me(call);
  const { scenario } = call.state;
  const isEmpty = scenario !== "full" && scenario !== "down";
  const count = (base: number) => (isEmpty ? 0 : base);
  const days = Array.from({ length: 7 }, (_, index) => new Date((now() - (6 - index) * 86_400) * 1000).toISOString().slice(0, 10));
  const findings = [
    {
      code: "lists-old",
      severity: "warning" as const,
      checked: true,
      title: say(call, "Danh sách lọc đã 9 ngày chưa cập nhật", "The lists have not been updated for 9 days"),
      remedy: say(call, "Kiểm tra đường Internet của hộp, rồi mở trang Khám hộp.", "Check the box's Internet, then open Check-up."),
    },
  ];
  const back = {
    code: "went-back",
    severity: "warning" as const,
    checked: true,
    title: say(call, "Hộp đã tự trở về cài đặt trước, vì không khởi động được với cài đặt mới", "The box put the settings before back, because it could not start with the new ones"),
    remedy: say(call, "Quản trị viên xem chi tiết và đánh dấu đã đọc ở trang Mạng hoặc Tệp cài đặt", "The administrator reads more of it, and marks it as read, on the page of the network or of the settings file"),
  };
  const shown = [...(isEmpty ? [] : findings), ...(call.state.settings.wentBack ? [back] : [])];
  const unseen = call.state.counsel.reports.filter((entry) => entry.state === "new").length;
  const open = call.state.requests.filter((entry) => entry.state === "open" && sees(account, entry.group)).length;
  return ok("Overview", {
    protection: { state: shown.length === 0 ? "protected" : "attention", findings: shown },
    today: { queries: count(184_203), blocked: count(6_417) },
    week: days.map((day, index) => ({ day, blocked: count(3000 + 700 * index), allowed: count(120_000 + 9000 * (index % 5)) })),
    hours: Array.from({ length: 24 }, (_, hour) => ({
      hour,
      blocked: count(hour > 6 && hour < 18 ? 300 + 40 * (hour % 5) : 12),
      allowed: count(hour > 6 && hour < 18 ? 9000 + 1500 * (hour % 4) : 300),
    })),
    categories: isEmpty
      ? []
      : ["ads", "short-video", "social", "gambling", "game-12", "ai", "adult"].map((id, index) => ({
          category: id,
          name: categoryName(call, id),
          blocked: 1800 - 240 * index,
          week: 9400 - 1250 * index,
        })),
    tiers: isEmpty
      ? []
      : TIERS.slice(1).map((tier, index) => ({ tier, name: tierName(tier, call.language), blocked: 1900 - 300 * index, week: 9800 - 1900 * index })),
    bypasses: {
      today: isEmpty ? [] : [{ kind: "vpn", name: "VPN", count: 14 }],
      week: isEmpty
        ? []
        : [
            { kind: "vpn", name: "VPN", count: 63 },
            { kind: "doh", name: say(call, "DNS mã hóa khác (DoH)", "Another encrypted DNS (DoH)"), count: 210 },
          ],
    },
    changes: call.state.audit.slice(0, 5),
    open: { requests: open, ...(account.role === "counsellor" && { reports: unseen }), ...(account.role === "admin" && { backup: backupDue(call) }) },
  });
}

function blockItems(call: Call) {
  const account = allow(call, "admin", "teacher", "principal");
  // Minutes since 1970.
  const at = Math.floor(now() / MINUTE);
  return call.state.groups.flatMap((group, groupIndex) =>
    Object.entries(NAMES).map(([name, category], index) => ({
      id: groupIndex * 100 + index,
      minute: group.tier === "staff" ? 60 * Math.floor((at - index * 11) / 60) : at - (groupIndex * 37 + index * 11),
      group: group.id,
      group_name: group.name,
      tier: group.tier,
      category,
      channel: index % 3 === 0 ? "tls" : "dns",
      few: group.tier === "staff",
      // A group of few devices: only what many of the school met has its name.
      ...(account.role !== "principal" && (group.tier !== "staff" || index % 3 === 0) && { name }),
      count: 1 + ((index * 7 + groupIndex) % 23),
    })),
  );
}

function blocks(call: Call) {
  const account = allow(call, "admin", "teacher", "principal");
  const { query } = call;
  const wants = (key: string, value: string | number) => !query.has(key) || query.get(key) === String(value);
  const from = query.get("lesson") === "current" ? now() - LESSON : Number(query.get("from") ?? 0);
  const to = Number(query.get("to") ?? Infinity);
  const all = blockItems(call)
    .filter((item) => sees(account, item.group))
    .filter((item) => wants("group", item.group) && wants("category", item.category) && wants("channel", item.channel))
    .filter((item) => item.minute * MINUTE >= from && item.minute * MINUTE <= to)
    .sort((one, other) => other.minute - one.minute);
  const start = Number(query.get("before") ?? 0);
  // The log is read in windows: small pages, and now and then one without a row though there are more.
  if (start === 0 && query.has("category")) return ok("BlockList", { items: [], next: AFTER_GAP });
  const first = start === AFTER_GAP ? 0 : start;
  const end = first + Math.min(12, Number(query.get("limit") ?? 12));
  return ok("BlockList", { items: all.slice(first, end), next: end < all.length ? end : null });
}

// Who may open what is closed; nothing where it is open.
function lockOf(tier: TierId, category: string) {
  const { action, lock } = cellOf(tier, category);
  return action === "block" ? lock : undefined;
}

function nameDetail(call: Call) {
  const account = allow(call, "admin", "teacher");
  const name = call.params.name ?? "";
  const category = NAMES[name] ?? "uncategorised";
  const own = call.state.groups.filter((group) => sees(account, group.id));
  const isLocked = own.every((group) => lockOf(group.tier, category) !== "teacher");
  const reason = categories.find((entry) => entry.id === category)?.[`reason-${call.language}`] ?? "";
  const lock = own[0] && lockOf(own[0].tier, category);
  return ok("NameView", {
    name,
    decisions: TIERS.map((tier) => {
      const { action } = cellOf(tier, category);
      const found = lockOf(tier, category);
      return {
        tier,
        tier_name: tierName(tier, call.language),
        action,
        category,
        category_name: categoryName(call, category),
        level: found === "department" ? "department-lock" : "tier",
        list: "lachan-base",
        ...(found && { lock: found }),
        reason,
      };
    }),
    lists: name in NAMES ? [{ id: "lachan-base", category, name: `*.${name}` }] : [],
    count: { today: 23, week: 118 },
    can: {
      open_for_lesson: own.filter((group) => lockOf(group.tier, category) === "teacher").map((group) => group.id),
      ask_admin: isLocked && lock === "school" && account.role === "teacher",
      ask_for: account.role === "teacher" ? own.filter((group) => lockOf(group.tier, category) === "school").map((group) => group.id) : [],
    },
    ...(isLocked &&
      lock !== undefined && {
        locked_reason:
          lock === "department"
            ? say(call, `${reason} Loại nội dung này do Sở khóa, trường và thầy cô không mở được.`, `${reason} The department keeps it shut.`)
            : say(call, `${reason} Quản trị viên của trường có thể mở.`, `${reason} The school's administrator may open it.`),
      }),
  });
}

function categoryOf(target: Target): string {
  if ("category" in target) return target.category;
  return "name" in target ? (NAMES[target.name] ?? "uncategorised") : "video";
}

function addPass(call: Call): Pass {
  const account = allow(call, "teacher", "admin");
  const body = call.body as { group: number; target: Target; until: "bell" | { minutes: number }; reason: string };
  const group = call.state.groups.find((entry) => entry.id === body.group);
  if (!group || !sees(account, group.id)) throw missing(call);
  if ("name" in body.target && !/^[^\s/]+\.[^\s/]+$/.test(body.target.name))
    throw badField(call, "target.name", "Đây không phải tên miền. Ví dụ: vnedu.vn", "This is no domain name. Example: vnedu.vn");
  const lock = lockOf(group.tier, categoryOf(body.target));
  if (lock === "department" || (lock === "school" && account.role === "teacher"))
    throw new Problem(403, "locked", say(call, "Loại nội dung này thầy cô không mở được.", "This may not be opened by a teacher."), { lock });
  const pass: Pass = {
    id: nextId(call.state),
    group: group.id,
    group_name: group.name,
    target: body.target,
    author: account.display_name,
    reason: body.reason,
    made_at: now(),
    until: now() + (body.until === "bell" ? LESSON : body.until.minutes * MINUTE),
    ends: body.until === "bell" ? "bell" : "time",
  };
  call.state.passes.push(pass);
  record(call.state, "add-pass", Object.values(body.target).join());
  return pass;
}

// An exception without an end, which only the school makes.
function openForGood(call: Call, { group, group_name, name, reason, why }: Request): void {
  const author = me(call).display_name;
  const made = { about: name, action: "allow" as const, group, group_name, author, role: "school", made_at: now(), holds: true };
  call.state.exceptions.unshift({ id: nextId(call.state), ...made, reason: reason ?? why ?? "Em xin mở" });
}

function answer(call: Call) {
  const account = allow(call, "teacher", "admin");
  const request = call.state.requests.find((entry) => String(entry.id) === call.params.id);
  if (!request) throw missing(call);
  const body = call.body as { answer: "open" | "refuse" | "forward"; until?: "bell" | { minutes: number }; note?: string };
  if (body.answer === "open" && request.group === 0) throw new Problem(409, "no-group", say(call, "Máy này chưa thuộc nhóm nào.", "This device is in no group."));
  if (body.answer === "open" && body.until === undefined && account.role === "admin") {
    openForGood(call, request);
  } else if (body.answer === "open") {
    const pass = { group: request.group, target: { name: request.name }, until: body.until ?? "bell", reason: request.why ?? "Em xin mở" };
    addPass({ ...call, body: pass });
  }
  const states = { open: "opened", refuse: "refused", forward: "forwarded" } as const;
  Object.assign(request, {
    state: states[body.answer],
    answered_by: account.display_name,
    answered_at: now(),
    ...(body.note !== undefined && { note: body.note }),
  } satisfies Partial<Request>);
  return ok("Request", request);
}

function askAdmin(call: Call) {
  const account = allow(call, "teacher", "admin");
  const { group: id, name, reason } = call.body as { group: number; name: string; reason: string };
  const group = call.state.groups.find((entry) => entry.id === id);
  if (!group || !sees(account, id)) throw missing(call);
  if (call.state.requests.some((entry) => entry.asked_by !== undefined && entry.state === "forwarded" && entry.name === name && entry.group === id))
    throw new Problem(409, "asked-already", say(call, "Đã có người nhờ quản trị viên mở trang này cho nhóm.", "The administrator was asked already."));
  const request: Request = {
    id: nextId(call.state),
    made_at: now(),
    asked_at: now(),
    count: 1,
    group: id,
    group_name: group.name,
    name,
    category: NAMES[name] ?? "uncategorised",
    state: "forwarded",
    asked_by: account.display_name,
    reason,
  };
  call.state.requests.unshift(request);
  record(call.state, "ask-admin", String(request.id));
  return ok("Request", request);
}

export const dailyHandlers: Record<string, Handler> = {
  "GET /overview": overview,
  "GET /blocks": blocks,
  "GET /blocks/names/{name}": nameDetail,
  "GET /passes": (call) => {
    const account = allow(call, "teacher", "admin");
    return ok("PassList", { items: call.state.passes.filter((pass) => sees(account, pass.group)), next: null });
  },
  "POST /passes": (call) => ok("Pass", addPass(call)),
  "DELETE /passes/{id}": (call) => {
    allow(call, "teacher", "admin");
    const before = call.state.passes.length;
    call.state.passes = call.state.passes.filter((pass) => String(pass.id) !== call.params.id);
    if (call.state.passes.length === before) throw missing(call);
    record(call.state, "end-pass", "");
    return done;
  },
  "GET /requests": (call) => {
    const account = allow(call, "teacher", "admin");
    const isOpen = (entry: Request) => entry.state === "open" || entry.state === "forwarded";
    const wanted = call.query.get("state") !== "answered";
    const items = call.state.requests.filter((entry) => isOpen(entry) === wanted && sees(account, entry.group));
    return ok("RequestList", { items, next: null });
  },
  "POST /requests": askAdmin,
  "POST /requests/{id}/answer": answer,
  "GET /codes": (call) => {
    allow(call, "teacher", "admin");
    return ok("CodeList", { items: call.state.codes, next: null });
  },
  "POST /codes": (call) => {
    allow(call, "teacher", "admin");
    const account = me(call);
    const { group } = call.body as { group: number };
    const code = { id: nextId(call.state), group, until: now() + LESSON, made_by: account.display_name, used: false };
    call.state.codes.unshift(code);
    return ok("Code", { ...code, code: "402917" });
  },
};
