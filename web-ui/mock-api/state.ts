// What the mock box knows. Each browser context has a state of its own (the cookie "mock"), so that tests do not meet.
import type { components } from "../src/api/schema.d.ts";
import { freshCertificates } from "./handlers-certificates.ts";
import { type Counsel, freshCounsel } from "./handlers-counsel.ts";
import { freshSettings, type Settings } from "./handlers-settings.ts";

export type Role = "admin" | "teacher" | "counsellor" | "principal" | "inspector";
export type Language = "vi" | "en";

export interface Account {
  id: number;
  name: string;
  display_name: string;
  role: Role;
  groups: number[];
  until?: number;
  totp: boolean;
  must_change_password: boolean;
  last_seen?: number;
  language: Language;
  version: number;
}

export type Mode = "normal" | "allowlist-only" | "exam" | "online-class";

export interface Period {
  name: string;
  days: number[];
  from: number;
  to: number;
  closed: string[];
  close_all: boolean;
  mode?: Mode;
}

export interface Group {
  id: number;
  name: string;
  tier: "mam-non" | "tieu-hoc" | "thcs" | "thpt" | "staff";
  subnets: string[];
  macs: string[];
  interfaces: string[];
  periods: Period[];
  mode?: { mode: Mode; until?: number };
  tokens: string[];
  changes: { category: string; action: "allow" | "restrict" | "block" }[];
  version: number;
}

export type Target = { name: string } | { category: string } | { service: string };

export interface Pass {
  id: number;
  group: number;
  group_name: string;
  target: Target;
  author: string;
  reason: string;
  made_at: number;
  until: number;
  ends: "bell" | "time";
}

export interface Request {
  id: number;
  made_at: number;
  asked_at: number;
  count: number;
  group: number;
  group_name?: string;
  name: string;
  category?: string;
  why?: string;
  // A teacher who asks the administrator, and her reason.
  asked_by?: string;
  reason?: string;
  state: "open" | "forwarded" | "opened" | "refused";
  note?: string;
  answered_by?: string;
  answered_at?: number;
}

export interface Exception {
  id: number;
  about: string;
  action: "allow" | "block";
  group?: number;
  group_name?: string;
  author: string;
  role: string;
  reason: string;
  made_at: number;
  until?: number;
  holds: boolean;
}

export interface State {
  scenario: "setup" | "empty" | "full" | "busy" | "down";
  signedIn: number | undefined;
  accounts: Account[];
  groups: Group[];
  passes: Pass[];
  requests: Request[];
  exceptions: Exception[];
  codes: { id: number; group: number; until: number; made_by: string; used: boolean }[];
  audit: { id: number; at: number; author: string; role: string; act: string; subject: string; detail?: unknown }[];
  counsel: Counsel;
  settings: Settings;
  // `taken` is the backup that was sent.
  box: { last_backup?: number; ready?: { name: string; bytes: number; made_at: number }; undo_until?: number; taken?: string };
  certificates: components["schemas"]["Certificates"];
  trial: components["schemas"]["TrialCount"] | null;
  lastId: number;
}

export const PASSWORD = "mat-khau-thu-nghiem";
export const CODE = "LACHAN-2026";
export const TOTP = "123456";

const HOUR = 3600;
const DAY = 24 * HOUR;

export function now(): number {
  return Math.floor(Date.now() / 1000);
}

function account(id: number, name: string, display: string, role: Role, more: Partial<Account> = {}): Account {
  return {
    id,
    name,
    display_name: display,
    role,
    groups: [],
    totp: false,
    must_change_password: false,
    language: "vi",
    version: 1,
    last_seen: now() - id * HOUR,
    ...more,
  };
}

function group(id: number, name: string, tier: Group["tier"], subnet: string, more: Partial<Group> = {}): Group {
  return { id, name, tier, subnets: [subnet], macs: [], interfaces: [], periods: [], tokens: [], changes: [], version: 1, ...more };
}

const ACCOUNTS = () => [
  account(1, "admin", "Trần Văn Minh", "admin", { totp: true }),
  account(2, "lan.nt", "Nguyễn Thị Lan", "teacher", { groups: [2, 3] }),
  account(3, "hieutruong", "Lê Thị Hạnh", "principal"),
  account(4, "tuvan", "Phạm Thu Hà", "counsellor"),
  account(5, "thanhtra", "Đoàn kiểm tra Sở", "inspector", { until: now() + 7 * DAY }),
  account(6, "moi", "Vũ Quang Huy", "teacher", { groups: [2], must_change_password: true }),
];

const GROUPS = () => [
  group(1, "Học sinh tiểu học", "tieu-hoc", "10.2.0.0/16"),
  group(2, "Phòng máy 1", "thcs", "10.3.1.0/24", {
    interfaces: ["eth1.31"],
    periods: [
      { name: "Giờ học", days: [1, 2, 3, 4, 5, 6], from: 420, to: 690, closed: ["social", "short-video"], close_all: false },
      { name: "Ban đêm", days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 300, closed: [], close_all: true },
    ],
  }),
  group(3, "Lớp 9A", "thcs", "10.3.2.0/24", { mode: { mode: "exam", until: now() + HOUR } }),
  group(4, "Giáo viên, nhân viên", "staff", "10.5.0.0/16", { macs: ["3c:22:fb:0a:b1:9e"] }),
];

const REQUESTS = (): Request[] => [
  {
    id: 11,
    made_at: now() - 240,
    asked_at: now() - 120,
    count: 3,
    group: 2,
    group_name: "Phòng máy 1",
    name: "chatgpt.com",
    category: "ai",
    why: "lesson",
    state: "open",
  },
  { id: 12, made_at: now() - 900, asked_at: now() - 900, count: 1, group: 3, group_name: "Lớp 9A", name: "roblox.com", category: "game-12", state: "open" },
  { id: 13, made_at: now() - 1500, asked_at: now() - 1500, count: 1, group: 0, name: "scratch.mit.edu", why: "homework", state: "open" },
  {
    id: 14,
    made_at: now() - 1800,
    asked_at: now() - 1800,
    count: 1,
    group: 1,
    group_name: "Học sinh tiểu học",
    name: "phimmoi.example",
    category: "piracy",
    state: "forwarded",
    asked_by: "Vũ Quang Huy",
    reason: "Tiết Tin học 8: bản quyền",
  },
  {
    id: 10,
    made_at: now() - DAY,
    asked_at: now() - DAY,
    count: 1,
    group: 2,
    group_name: "Phòng máy 1",
    name: "facebook.com",
    category: "social",
    state: "refused",
    note: "Giờ ra chơi em hỏi lại cô nhé.",
    answered_by: "Nguyễn Thị Lan",
    answered_at: now() - DAY + 300,
  },
];

const EXCEPTIONS = (): Exception[] => [
  {
    id: 21,
    about: "lop6a.baitap.example",
    action: "allow",
    group: 2,
    group_name: "Phòng máy 1",
    author: "Trần Văn Minh",
    role: "school",
    reason: "Trang bài tập của thầy Sơn",
    made_at: now() - 3 * DAY,
    holds: true,
  },
  {
    id: 22,
    about: "service:discord",
    action: "block",
    author: "Trần Văn Minh",
    role: "school",
    reason: "Theo họp phụ huynh ngày 20/11",
    made_at: now() - 5 * DAY,
    until: now() + 30 * DAY,
    holds: true,
  },
];

const PASSES = (): Pass[] => [
  {
    id: 31,
    group: 2,
    group_name: "Phòng máy 1",
    target: { service: "youtube" },
    author: "Nguyễn Thị Lan",
    reason: "Xem phim tư liệu Lịch sử",
    made_at: now() - 600,
    until: now() + 1500,
    ends: "bell",
  },
];

const AUDIT = () => [
  { id: 3, at: now() - 600, author: "Nguyễn Thị Lan", role: "teacher", act: "add-pass", subject: "YouTube, Phòng máy 1" },
  { id: 2, at: now() - 5 * DAY, author: "Trần Văn Minh", role: "school", act: "add-exception", subject: "Discord", detail: { before: null, after: { allow: false, reason: "Theo họp phụ huynh ngày 20/11" } } },
  { id: 1, at: now() - 9 * DAY, author: "Trần Văn Minh", role: "school", act: "add-group", subject: "Lớp 9A" },
];

export function freshState(scenario: State["scenario"], signedIn: number | undefined): State {
  const isFull = scenario === "full" || scenario === "busy" || scenario === "down";
  return {
    scenario,
    signedIn,
    accounts: scenario === "setup" ? [] : ACCOUNTS(),
    groups: isFull ? GROUPS() : [],
    passes: isFull ? PASSES() : [],
    requests: isFull ? REQUESTS() : [],
    exceptions: isFull ? EXCEPTIONS() : [],
    codes: [],
    audit: isFull ? AUDIT() : [],
    counsel: freshCounsel(scenario),
    settings: freshSettings(scenario),
    box: isFull ? { last_backup: now() - 100 * DAY } : {},
    certificates: freshCertificates(),
    trial: null,
    lastId: 100,
  };
}

export function nextId(state: State): number {
  state.lastId += 1;
  return state.lastId;
}

// Every change stands in the log, as on the box.
export function record(state: State, act: string, subject: string): void {
  const author = state.accounts.find((entry) => entry.id === state.signedIn);
  state.audit.unshift({
    id: nextId(state),
    at: now(),
    author: author?.display_name ?? "–",
    role: author?.role ?? "admin",
    act,
    subject,
  });
}
