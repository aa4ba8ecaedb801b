import { expect, test } from "vitest";
import { PRESETS, presetOf } from "../../src/forms/group-form";

const DAY = ["07:15-08:00", "08:05-08:50", "09:10-09:55", "10:00-10:45", "13:30-14:15"];
const WEEK = [DAY, DAY, DAY, DAY, DAY, [], []];

test("ready-made stretches begin and end with the school's bells", () => {
  const minute = (hours: number, minutes: number) => hours * 60 + minutes;
  expect(presetOf("lesson", WEEK)).toMatchObject({ days: [1, 2, 3, 4, 5], from: minute(7, 15), to: minute(10, 45) });
  expect(presetOf("break", WEEK)).toMatchObject({ from: minute(8, 50), to: minute(9, 10) });
  expect(presetOf("itLesson", WEEK)).toMatchObject({ from: minute(7, 15), to: minute(8, 0) });
  expect(presetOf("afterHours", WEEK)).toEqual(PRESETS.afterHours);
});

test("without bells they are at usual times", () => {
  for (const week of [[], [[], []], [["soon"]]]) expect(presetOf("lesson", week)).toEqual(PRESETS.lesson);
  expect(presetOf("break", [["07:00-07:45"]])).toEqual(PRESETS.break);
});
