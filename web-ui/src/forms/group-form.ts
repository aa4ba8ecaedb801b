// The values of the group form, and the stretches of a school's week that are offered ready-made.
import type { Group, GroupForm, Period, TierId } from "../api/types";
import { without } from "../util/without";

export function emptyGroup(tier: TierId): GroupForm {
  return { name: "", tier, subnets: [], macs: [], interfaces: [], periods: [] };
}

export function formOf(group: Group): GroupForm {
  return without(group, "id", "version");
}

// Monday to Saturday, and the days of the week as bits, Monday lowest.
const SCHOOL_DAYS = 0b011_1111;
const EVERY_DAY = 0b111_1111;

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

export function hasDay(days: number, index: number): boolean {
  return ((days >> index) & 1) === 1;
}

export function toggleDay(days: number, index: number): number {
  return days ^ (1 << index);
}
