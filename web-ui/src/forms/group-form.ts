// The values of the group form, and the stretches of a school's week that are offered ready-made.
import type { Group, Period, TierId, WholeGroup } from "../api/types";
import { parseMinute } from "../util/format";
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

interface Lesson {
  from: number;
  to: number;
}

// "07:00-07:45" of the settings.
function lessonOf(text: string): Lesson[] {
  const [from, to] = text.split("-").map((clock) => parseMinute(clock.trim()));
  return from === undefined || to === undefined ? [] : [{ from, to }];
}

// A gap of an hour parts morning and afternoon.
const NOON = 60;

// A ready-made stretch at the times that the school's bells ring, Monday first; where there are none, at usual times.
export function presetOf(id: PresetId, week: readonly (readonly string[])[]): Omit<Period, "name"> {
  const preset = PRESETS[id];
  const first = week.find((day) => day.length > 0) ?? [];
  const lessons = first.flatMap(lessonOf);
  const [opening] = lessons;
  if (!opening) return preset;
  const gaps = lessons.slice(1).map(({ from }, at) => ({ from: lessons[at]?.to ?? from, to: from }));
  const noon = gaps.find(({ from, to }) => to - from >= NOON);
  const ending = noon?.from ?? lessons.at(-1)?.to ?? opening.to;
  const breaks = gaps.filter(({ from, to }) => to - from < NOON).sort((one, other) => other.to - other.from - (one.to - one.from));
  const at: Partial<Record<PresetId, Lesson>> = {
    lesson: { from: opening.from, to: ending },
    exam: { from: opening.from, to: ending },
    itLesson: opening,
    ...(breaks[0] && { break: breaks[0] }),
  };
  const days = EVERY_DAY.filter((day) => (week[day - 1] ?? []).length > 0);
  return at[id] ? { ...preset, ...at[id], days } : preset;
}

export const PRESET_IDS = Object.keys(PRESETS) as PresetId[];

export function toggleDay(days: readonly number[], day: number): number[] {
  return days.includes(day) ? days.filter((other) => other !== day) : [...days, day].sort((one, other) => one - other);
}
