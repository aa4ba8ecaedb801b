// The values of the group form, and the stretches of a school's week that are offered ready-made.
import type { Group, Period, TierId, WholeGroup } from "../api/types";
import { without } from "../util/without";

export type GroupForm = Omit<WholeGroup, "id" | "version" | "tokens">;

export function emptyGroup(tier: TierId): GroupForm {
  return { name: "", tier, subnets: [], macs: [], interfaces: [], periods: [], changes: [] };
}

export function formOf(group: WholeGroup): GroupForm {
  return without(group, "id", "version", "tokens");
}

// Administrators get groups whole; everybody else their names and tiers.
export function isWhole(group: Group): group is WholeGroup {
  return "version" in group;
}

// 1 is Monday.
const SCHOOL_DAYS = [1, 2, 3, 4, 5, 6];
const EVERY_DAY = [...SCHOOL_DAYS, 7];

const hour = (at: number) => at * 60;

export type PresetId = "lesson" | "break" | "afterHours" | "exam" | "onlineClass" | "itLesson";

const DISTRACTING = ["social", "short-video", "game-00", "game-12", "game-16", "game-18", "shopping"];

// Times are examples to be changed; what each closes is the point.
export const PRESETS: Record<PresetId, Omit<Period, "name">> = {
  lesson: { days: SCHOOL_DAYS, from: hour(7), to: hour(11) + 30, closed: DISTRACTING, close_all: false },
  break: { days: SCHOOL_DAYS, from: hour(9), to: hour(9) + 20, closed: [], close_all: false },
  afterHours: { days: EVERY_DAY, from: hour(22), to: hour(5), closed: [], close_all: true },
  exam: { days: SCHOOL_DAYS, from: hour(7), to: hour(10), closed: [], close_all: false, mode: "exam" },
  onlineClass: { days: SCHOOL_DAYS, from: hour(14), to: hour(16), closed: [], close_all: false, mode: "online-class" },
  itLesson: { days: SCHOOL_DAYS, from: hour(8), to: hour(8) + 45, closed: [...DISTRACTING, "messaging"], close_all: false },
};

export const PRESET_IDS = Object.keys(PRESETS) as PresetId[];

export function toggleDay(days: readonly number[], day: number): number[] {
  return days.includes(day) ? days.filter((other) => other !== day) : [...days, day].sort((one, other) => one - other);
}
