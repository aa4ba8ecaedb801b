// The settings of the box: parts, text, a change that waits. Texts and parts are kept apart here; what the box checks, a few
// examples stand for.
import type { components } from "../src/api/schema.d.ts";
import type { Handler } from "./handlers.ts";
import { allow, type Call, done, missing, ok, Problem, say } from "./http.ts";
import { now, record, type State } from "./state.ts";

type Schemas = components["schemas"];
type Parts = Schemas["Parts"];
type PartName = keyof Parts;

export interface Settings {
  parts: Parts;
  text: string;
  edition: number;
  before: { parts: Parts; text: string } | undefined;
  // Until when a change waits, Unix seconds.
  pendingUntil: number | undefined;
  wentBack: Schemas["WentBackView"] | null;
}

const FILE = "/etc/lachan/lachan.toml";
const WAITS = 120;

const DAY = ["07:00-07:45", "07:50-08:35", "08:55-09:40", "09:45-10:30", "10:35-11:20"];

const TEXT = `# Lá Chắn: tệp cấu hình của máy này.
version = "v1"

[school]
name = "THCS Nguyễn Trãi"

# Máy chủ DNS cấp trên.
[resolver]
upstreams = ["203.162.4.191", "1.1.1.1"]

[network]
mode = "gateway"
inside = ["eth1"]
outside = "eth0"

[log]
#level = "info"
`;

const DEFAULTS: Parts = {
  school: { name: "Trường học", language: "vi", time_zone: "Asia/Ho_Chi_Minh", contact: [], help: [], bells: [DAY, DAY, DAY, DAY, DAY, DAY, []] },
  network: {
    mode: "off",
    inside: [],
    outside: "none",
    bridge: "none",
    fail_open: ["staff"],
    ways_round_kept_for: ["staff"],
    direct_addresses_refused_for: [],
    management_ports: [],
    management_from: [],
  },
  dns: { upstreams: ["9.9.9.9", "1.1.1.1"], block_answer: "nxdomain", block_addresses: [], unknown_tier: "tieu-hoc" },
  dhcp: { mode: "off", lease_time: "12h", domain: "lan", ranges: [], fixed: [] },
  proxy: { transparent: false, explicit: [], block_page: [], never_diverted: [], inside_targets: [] },
  web: { listen: ["0.0.0.0:8444", "[::]:8444"], names: ["lachan.lan"], management: [], staff: [] },
};

// A box that put its settings back has much to tell: the scenario where it is busy.
const WENT_BACK: Schemas["WentBackView"] = {
  at: Math.floor(Date.now() / 1000) - 600,
  why: "no-start",
  by: "Trần Văn Minh (admin)",
  changed: ["resolver.listen", "web.listen"],
  reason: "lachan: lỗi: không nghe được ở 10.6.0.1:53\n  vì: cổng đã có chương trình khác dùng",
};

export function freshSettings(scenario: State["scenario"]): Settings {
  const parts: Parts = {
    ...DEFAULTS,
    school: {
      ...DEFAULTS.school,
      name: "THCS Nguyễn Trãi",
      help: [{ name: "Cô Hoa, tổ tư vấn học đường", phone: "024 1234 5678", note: "Phòng 105, giờ ra chơi" }],
    },
    network: { ...DEFAULTS.network, mode: "gateway", inside: ["eth1", "eth1.31"], outside: "eth0" },
    dns: { ...DEFAULTS.dns, upstreams: ["203.162.4.191", "1.1.1.1"] },
    dhcp: {
      ...DEFAULTS.dhcp,
      mode: "run",
      ranges: [{ interface: "eth1", address: "10.6.0.1/24", first: "10.6.0.50", last: "10.6.0.250", router_advertisements: true }],
      fixed: [{ mac: "3c:22:fb:0a:b1:9e", address: "10.6.0.20", name: "may-in" }],
    },
    proxy: { ...DEFAULTS.proxy, transparent: true, block_page: ["10.6.0.2"] },
  };
  return { parts, text: TEXT, edition: 1, before: undefined, pendingUntil: undefined, wentBack: scenario === "busy" ? WENT_BACK : null };
}

function tagOf(settings: Settings): string {
  return `edition-${String(settings.edition)}`;
}

// A change that nobody kept goes back when somebody looks next.
function settle({ settings }: State): void {
  if (settings.pendingUntil === undefined || settings.pendingUntil > now()) return;
  swap(settings);
  settings.wentBack = { at: now(), why: "unconfirmed", by: "Trần Văn Minh (admin)", changed: ["network.inside"], reason: null };
}

function swap(settings: Settings): void {
  const { before, parts, text } = settings;
  if (!before) return;
  Object.assign(settings, { ...before, before: { parts, text }, pendingUntil: undefined, edition: settings.edition + 1 });
}

function view(call: Call): Schemas["SettingsView"] {
  settle(call.state);
  const { settings } = call.state;
  const left = settings.pendingUntil === undefined ? undefined : settings.pendingUntil - now();
  return {
    tag: tagOf(settings),
    file: FILE,
    read_only: null,
    has_before: settings.before !== undefined,
    pending: left === undefined ? null : { seconds: left, by: "Trần Văn Minh (admin)" },
    went_back: settings.wentBack,
    mistakes: [],
    set: ["version", "school.name"],
    values: settings.parts,
    defaults: DEFAULTS,
  };
}

function checkTag(call: Call): Settings {
  allow(call, "admin");
  const current = view(call);
  if (call.ifMatch === undefined) throw new Problem(428, "if-match-required", say(call, "Thiếu phiên bản.", "The version is missing."));
  if (call.ifMatch !== `"${current.tag}"`)
    throw new Problem(412, "changed-meanwhile", say(call, "Có người vừa sửa mục này.", "Somebody changed this meanwhile."), { current });
  return call.state.settings;
}

function refuse(call: Call, field: string, vi: string, en: string): never {
  throw new Problem(422, "bad-field", say(call, "Có mục chưa hợp lệ", "Some fields are not valid"), {
    fields: [{ field, code: "wrong", message: say(call, vi, en) }],
  });
}

function check(call: Call, parts: Parts): void {
  const wrong = parts.dns.upstreams.findIndex((text) => /^[a-z ]*$/.test(text) || text.includes("300"));
  if (wrong >= 0) {
    const text = parts.dns.upstreams[wrong] ?? "";
    refuse(call, `resolver.upstreams[${String(wrong)}]`, `“${text}” không phải địa chỉ`, `“${text}” is no address`);
  }
  if (parts.network.mode === "gateway" && parts.network.outside === "none")
    refuse(call, "network.outside", "cần có giá trị khi mode = gateway", "is needed with mode = gateway");
  if (parts.dhcp.mode !== "off" && parts.network.mode !== "gateway")
    refuse(call, "network.dhcp.mode", "chỉ dùng được khi hộp là cửa ngõ", "is for a gateway only");
}

function keep(call: Call, change: { parts?: Parts; text?: string }, isRisky: boolean) {
  const { settings } = call.state;
  if (settings.pendingUntil !== undefined)
    throw new Problem(409, "settings-pending", say(call, "Đang có một thay đổi chờ xác nhận", "A change waits to be confirmed"));
  const before = { parts: settings.parts, text: settings.text };
  Object.assign(settings, change, { before, edition: settings.edition + 1 });
  settings.pendingUntil = isRisky ? now() + WAITS : undefined;
  record(call.state, "change-settings", "lachan.toml");
  return ok("SavedView", { settings: view(call), restarts: false, troubles: [] });
}

function put(name: PartName): Handler {
  return (call) => {
    const { parts } = checkTag(call);
    const changed: Parts = { ...parts, [name]: call.body };
    check(call, changed);
    return keep(call, { parts: changed }, name === "network" || name === "web");
  };
}

function mistakesOf(call: Call, text: string): Schemas["MistakeView"][] {
  return text.split("\n").flatMap((line, index) => {
    if (!line.startsWith('level = "loud"')) return [];
    const message = say(call, "“loud” không phải một trong: error, warn, info, debug, trace", "“loud” is none of: error, warn, info, debug, trace");
    return [{ line: index + 1, column: 9, key: "log.level", code: "not-one-of", message }];
  });
}

export const settingsHandlers: Record<string, Handler> = {
  "GET /settings": (call) => {
    allow(call, "admin");
    return ok("SettingsView", view(call));
  },
  "PUT /settings/school": put("school"),
  "PUT /settings/network": put("network"),
  "PUT /settings/dns": put("dns"),
  "PUT /settings/dhcp": put("dhcp"),
  "PUT /settings/proxy": put("proxy"),
  "PUT /settings/web": put("web"),
  "GET /settings/text": (call) => {
    allow(call, "admin");
    settle(call.state);
    const { settings } = call.state;
    return ok("FileView", { tag: tagOf(settings), file: FILE, text: settings.text, mistakes: mistakesOf(call, settings.text) });
  },
  "PUT /settings/text": (call) => {
    checkTag(call);
    const { text } = call.body as { text: string };
    const [mistake] = mistakesOf(call, text);
    if (mistake) refuse(call, mistake.key, mistake.message, mistake.message);
    return keep(call, { text }, false);
  },
  "POST /settings/check": (call) => {
    allow(call, "admin");
    const { text } = call.body as { text: string };
    return ok("FileChecked", { mistakes: mistakesOf(call, text), more: 0 });
  },
  "POST /settings/undo": (call) => {
    const settings = checkTag(call);
    if (!settings.before) throw new Problem(409, "nothing-before", say(call, "Không có bản cài đặt nào trước bản này", "There are no settings before these"));
    swap(settings);
    record(call.state, "undo-settings", "lachan.toml");
    return ok("SavedView", { settings: view(call), restarts: false, troubles: [] });
  },
  "POST /settings/confirm": (call) => {
    allow(call, "admin");
    settle(call.state);
    const { settings } = call.state;
    if (settings.pendingUntil === undefined)
      throw new Problem(409, "nothing-pending", say(call, "Không có thay đổi nào đang chờ xác nhận", "No change waits to be confirmed"));
    settings.pendingUntil = undefined;
    return ok("SettingsView", view(call));
  },
  "DELETE /settings/notice": (call) => {
    allow(call, "admin");
    if (!call.state.settings.wentBack) throw missing(call);
    call.state.settings.wentBack = null;
    return done;
  },
  "GET /settings/interfaces": (call) => {
    allow(call, "admin");
    return ok("InterfaceList", {
      items: [
        { name: "eth0", is_up: true, addresses: ["203.0.113.7/24"], leads_out: true },
        { name: "eth1", is_up: true, addresses: ["10.6.0.1/24", "fd00:6::1/64"], leads_out: false },
        { name: "wlan0", is_up: false, addresses: [], leads_out: false },
      ],
    });
  },
  "POST /settings/upstreams/test": (call) => {
    allow(call, "admin");
    const { upstreams } = call.body as { upstreams: string[] };
    check(call, { ...call.state.settings.parts, dns: { ...call.state.settings.parts.dns, upstreams } });
    return ok("UpstreamsTried", {
      findings: upstreams.map((label) => ({
        code: "upstream-reach",
        severity: label.startsWith("1.1") ? ("warning" as const) : ("info" as const),
        checked: true,
        title: label.startsWith("1.1")
          ? say(call, `${label} không trả lời`, `${label} does not answer`)
          : say(call, `${label} trả lời sau 12 ms`, `${label} answers in 12 ms`),
        remedy: label.startsWith("1.1") ? say(call, "Hỏi nhà mạng xem cổng có bị chặn không.", "Ask the provider whether the port is shut.") : null,
      })),
    });
  },
};
