// Numbers, dates and times as people of the chosen language write them. Times come as Unix seconds.
import i18next from "i18next";

const MILLISECONDS = 1000;
const DAY = 86_400;

function locale(): string {
  return i18next.language === "en" ? "en-GB" : "vi-VN";
}

const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function formatter<T extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: (locale: string) => T): T {
  const full = `${locale()} ${key}`;
  const known = made.get(full) as T | undefined;
  if (known) return known;
  const fresh = make(locale());
  made.set(full, fresh);
  return fresh;
}

export function number(value: number): string {
  return formatter("number", (l) => new Intl.NumberFormat(l, { maximumFractionDigits: 1 })).format(value);
}

export function percent(share: number): string {
  return formatter("percent", (l) => new Intl.NumberFormat(l, { style: "percent", maximumFractionDigits: 1 })).format(
    share,
  );
}

export function bytes(value: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log(value) / Math.log(1000)));
  const unit = units[step] ?? "byte";
  return formatter(
    unit,
    (l) => new Intl.NumberFormat(l, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }),
  ).format(value / 1000 ** step);
}

function date(seconds: number): Date {
  return new Date(seconds * MILLISECONDS);
}

export function clock(seconds: number): string {
  return formatter("clock", (l) => new Intl.DateTimeFormat(l, { hour: "2-digit", minute: "2-digit" })).format(
    date(seconds),
  );
}

export function day(seconds: number): string {
  return formatter("day", (l) => new Intl.DateTimeFormat(l, { day: "2-digit", month: "2-digit", year: "numeric" })).format(
    date(seconds),
  );
}

// Today: the time alone; other days: with the date.
export function moment(seconds: number, now = Date.now() / MILLISECONDS): string {
  const isToday = date(seconds).toDateString() === date(now).toDateString();
  return isToday ? clock(seconds) : `${clock(seconds)}, ${day(seconds)}`;
}

// The hour that begins then: "08:00–09:00", and the date where it is not today.
export function hourFrom(seconds: number, now = Date.now() / MILLISECONDS): string {
  return `${clock(seconds)}–${moment(seconds + 3600, now)}`;
}

// "T2", "Mon": 0 is Monday, as in the API.
export function weekday(index: number): string {
  // 1970-01-05 was a Monday.
  return formatter("weekday", (l) => new Intl.DateTimeFormat(l, { weekday: "short", timeZone: "UTC" })).format(
    date((4 + index) * DAY),
  );
}

// A calendar day "2026-11-26" as its weekday.
export function weekdayOf(isoDay: string): string {
  return formatter("weekday", (l) => new Intl.DateTimeFormat(l, { weekday: "short", timeZone: "UTC" })).format(
    new Date(`${isoDay}T00:00:00Z`),
  );
}

// Minutes of the day as "07:05".
export function minuteOfDay(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

// "07:05" as minutes of the day; `undefined` when it is no time.
export function parseMinute(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (!match) return undefined;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute <= 24 * 60 && Number(match[2]) < 60 ? minute : undefined;
}

// What `<input type="datetime-local">` shows and gives.
export function toLocalInput(seconds: number): string {
  const at = date(seconds);
  return date(seconds - at.getTimezoneOffset() * 60).toISOString().slice(0, 16);
}

export function fromLocalInput(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : Math.floor(at / MILLISECONDS);
}
