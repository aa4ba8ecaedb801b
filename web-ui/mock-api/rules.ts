// The shipped rules, read from ../rules, so that the mock speaks of the same tiers, categories and services as the box.
// Reads only the plain TOML those three files are written in.
import { readFileSync } from "node:fs";

type Entry = Record<string, string>;

function read(name: string): string {
  return readFileSync(new URL(`../../rules/${name}`, import.meta.url), "utf8");
}

// The [[head]] tables of a file: their keys with a text or a number.
function tables(text: string, head: string): Entry[] {
  return text
    .split(`\n[[${head}]]\n`)
    .slice(1)
    .map((part) =>
      Object.fromEntries([...part.matchAll(/^([a-z-]+) = "?([^"\n[]*)"?$/gm)].map(([, key = "", value = ""]) => [key, value])),
    );
}

export const TIERS = ["mam-non", "tieu-hoc", "thcs", "thpt", "staff"] as const;
export type TierId = (typeof TIERS)[number];

export interface Cell {
  action: "allow" | "restrict" | "block";
  lock: "department" | "school" | "teacher";
  alert: boolean;
  no_name: boolean;
}

const ACTIONS: Record<string, Pick<Cell, "action" | "lock">> = {
  K: { action: "block", lock: "department" },
  C: { action: "block", lock: "school" },
  G: { action: "block", lock: "teacher" },
  L: { action: "restrict", lock: "teacher" },
  P: { action: "allow", lock: "teacher" },
};

const tiersFile = read("tiers.toml");
const tierNames = new Map(tables(tiersFile, "tier").map((entry) => [entry.id, entry]));

export const categories = tables(read("categories.toml"), "category");
export const services = tables(read("services.toml"), "service");

// Engines with a safe form, and sites with a restricted one.
const safeFile = read("safesearch.toml");
export const engines: Entry[] = [
  ...tables(safeFile, "engine").map((entry) => ({ ...entry, kind: "search" })),
  ...tables(safeFile, "youtube").map((entry) => ({ ...entry, kind: "video" })),
];

export function tierName(tier: TierId, language: "vi" | "en"): string {
  return tierNames.get(tier)?.[language] ?? tier;
}

export function cellsOf(tier: TierId): Record<string, Cell> {
  return Object.fromEntries(categories.map(({ id = "" }) => [id, cellOf(tier, id)]));
}

export function cellOf(tier: TierId, id: string): Cell {

  const line = new RegExp(`^${id} = \\{(.*)\\}$`, "m").exec(tiersFile)?.[1] ?? "";
  const [code = "P", ...flags] = (new RegExp(`${tier} = "([^"]+)"`).exec(line)?.[1] ?? "P").split("+");
  return {
    ...(ACTIONS[code] ?? { action: "allow", lock: "teacher" }),
    alert: flags.includes("A"),
    no_name: flags.includes("N"),
  };
}

// Some names and what they are, for blocks and verdicts.
export const NAMES: Record<string, string> = {
  "fb88.com": "gambling",
  "nohu90.vip": "gambling",
  "tiktok.com": "short-video",
  "facebook.com": "social",
  "roblox.com": "game-12",
  "chatgpt.com": "ai",
  "shopee.vn": "shopping",
  "doubleclick.net": "ads",
  "phimmoi.example": "piracy",
  "lop6a.baitap.example": "uncategorised",
};
