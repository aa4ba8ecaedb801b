import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { fieldError, isProblem, readProblem } from "../../src/api/errors";
import { formOf, isWhole, PRESETS, toggleDay } from "../../src/forms/group-form";
import { NAV, navOf } from "../../src/nav";
import { bytes, fromLocalInput, minuteOfDay, number, parseMinute, percent, toLocalInput, weekday, weekdayOf } from "../../src/util/format";
import { changesOf } from "../../src/util/changes";
import { hostOf } from "../../src/util/host";
import { fromLines, toLines } from "../../src/util/lines";
import { intIn, manyIn, oneOfIn, textIn, tidy } from "../../src/util/search";
import { networkOf } from "../../src/util/subnet";
import { aboutOf, targetOf } from "../../src/util/target";
import { without } from "../../src/util/without";

beforeAll(() => i18next.init({ lng: "vi", resources: {} }));

describe("numbers and dates", () => {
  test("are written the Vietnamese way", () => {
    expect(number(1234567)).toBe("1.234.567");
    expect(percent(0.874)).toBe("87,4%");
    expect(bytes(48_300_000)).toMatch(/^48,3\sMB$/);
    expect(bytes(0)).toMatch(/^0\s/);
  });

  test("name the days from Monday, as the API counts them", () => {
    expect(weekday(0)).toMatch(/2/);
    expect(weekdayOf("2026-11-29")).toBe(weekday(6));
  });

  test("of forms are read back as they were written", () => {
    const at = 1_795_342_140;
    expect(fromLocalInput(toLocalInput(at))).toBe(at - (at % 60));
    for (const minute of [0, 425, 1439]) expect(parseMinute(minuteOfDay(minute))).toBe(minute);
    for (const text of ["", "7", "25:00", "07:60", "x"]) expect(parseMinute(text)).toBeUndefined();
    expect(fromLocalInput("")).toBeUndefined();
  });
});

describe("what people type", () => {
  test("a pasted address becomes its name", () => {
    expect(hostOf("https://www.YouTube.com/watch?v=1")).toBe("www.youtube.com");
    expect(hostOf(" vnedu.vn. ")).toBe("vnedu.vn");
    for (const text of ["", "youtube", "http://", "a b.c"]) expect(hostOf(text)).toBeUndefined();
  });

  test("lines become values, empty ones none", () => {
    expect(toLines(" 10.0.0.0/8 \n\n10.1.0.0/16, 10.2.0.0/16;")).toEqual(["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"]);
    expect(toLines(fromLines(["a", "b"]))).toEqual(["a", "b"]);
  });

  test("the network of the box's address is proposed, nonsense is not", () => {
    expect(networkOf("10.6.0.1/24")).toBe("10.6.0.0/24");
    expect(networkOf("192.168.255.254/20")).toBe("192.168.240.0/20");
    expect(networkOf("255.255.255.255/0")).toBe("0.0.0.0/0");
    for (const text of ["10.6.0.1", "300.1.1.1/8", "10.0.0.0/33", "fd00::1/64"]) expect(networkOf(text)).toBeUndefined();
  });
});

describe("addresses of pages", () => {
  const raw = { group: "3", bad: "x", lesson: "current", levels: ["thpt", "no", "thcs"] };

  test("give what fits and leave out the rest", () => {
    expect(intIn(raw, "group")).toBe(3);
    expect(intIn(raw, "bad")).toBeUndefined();
    expect(intIn(raw, "none")).toBeUndefined();
    expect(textIn(raw, "bad")).toBe("x");
    expect(oneOfIn(raw, "lesson", ["current"])).toBe("current");
    expect(oneOfIn(raw, "bad", ["current"])).toBeUndefined();
    expect(manyIn(raw, "levels", ["thcs", "thpt"])).toEqual(["thcs", "thpt"]);
    expect(tidy({ one: 1, two: undefined })).toEqual({ one: 1 });
  });
});

describe("errors of the API", () => {
  const answer = (status: number, body: unknown, headers = {}) => readProblem(new Response(null, { status, headers }), body);

  test("keep code, title and the message of each field", () => {
    const problem = answer(422, { code: "invalid", title: "Sai", fields: [{ field: "name", code: "empty", message: "Trống" }, 5] });
    expect(isProblem(problem, "invalid")).toBe(true);
    expect(fieldError(problem, "name")).toBe("Trống");
    expect(fieldError(problem, "other")).toBeUndefined();
    expect(fieldError(new Error("x"), "name")).toBeUndefined();
  });

  test("tell how long to wait", () => {
    expect(answer(429, { code: "too-many-attempts" }, { "Retry-After": "60" }).retryAfter).toBe(60);
  });

  test("are problems even when something else answered", () => {
    expect(answer(502, "<html>").code).toBe("http-502");
    expect(answer(500, undefined).fields).toEqual([]);
  });
});

describe("groups", () => {
  test("presets close something or change the mode, all but the break", () => {
    for (const [id, preset] of Object.entries(PRESETS)) {
      const does = preset.close_all === true || (preset.closed ?? []).length > 0 || preset.mode !== undefined;
      expect([id, does]).toEqual([id, id !== "break"]);
    }
  });

  test("days are a list from Monday, in order", () => {
    expect(toggleDay([1, 5], 3)).toEqual([1, 3, 5]);
    expect(toggleDay([1, 3, 5], 3)).toEqual([1, 5]);
  });

  test("a form holds all of a group but what the box gives it", () => {
    const lists = { subnets: [], macs: [], interfaces: [], tokens: ["ab"], periods: [], changes: [] };
    const group = { id: 7, version: 3, name: "6A", tier: "thcs" as const, ...lists };
    expect(formOf(group)).toEqual(without(group, "id", "version", "tokens"));
    expect(isWhole(group)).toBe(true);
    expect(isWhole({ id: 7, name: "6A", tier: "thcs" })).toBe(false);
  });
});

describe("what an exception is about", () => {
  test("is read as it is written", () => {
    for (const about of ["fb88.com", "*.a.vn", "=a.vn", "service:zalo", "category:social"]) expect(aboutOf(targetOf(about))).toBe(about);
    expect(targetOf("service:")).toEqual({ name: "service:" });
    expect(targetOf("category:social")).toEqual({ category: "social" });
  });
});

describe("the log of changes", () => {
  test("shows what differs, and nothing else", () => {
    const detail = { before: { name: "6A", subnets: ["10.0.0.0/8"], tier: "thcs" }, after: { name: "6B", subnets: [], tier: "thcs" } };
    expect(changesOf(detail)).toEqual([
      { key: "name", before: "6A", after: "6B" },
      { key: "subnets", before: "10.0.0.0/8", after: "–" },
    ]);
    for (const odd of [null, undefined, "x", 5, [], { before: null, after: null }]) expect(changesOf(odd)).toEqual([]);
  });
});

describe("the navigation", () => {
  test("leads each role to pages it may see, and nobody to accounts but the administrator", () => {
    for (const role of ["teacher", "counsellor", "principal", "inspector"] as const)
      expect(navOf(role).map((page) => page.to)).not.toContain("/accounts");
    expect(navOf("admin")).toEqual(NAV.filter((page) => page.to !== "/reports" && page.to !== "/alerts"));
    expect(navOf("principal").map((page) => page.to)).not.toContain("/requests");
  });
});
