// Every look of the pages that pupils see (the block page, lachan.lan, asking, telling of harm, lessons, learning sites), as the
// box's own renderer writes them: on a phone, in light and dark, axe finds nothing; small enough for an old phone; whole
// without a script. `scripts/web-ui box` has them written before.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessibilityFaults, sticksOut } from "../e2e/browser";
import { LAUNCH, PHONE, picture } from "./people";

const FOLDER = new URL("../../test-results/pupils/", import.meta.url).pathname;
const MOST_BYTES = 60_000;
// The looks that must be among them: one that is no longer written must not be missed.
const LOOKS = ["thcs", "young", "gentle", "staff", "own-fixed-thcs", "own-fixed-tieu-hoc", "own-ask", "own-ask-waiting", "own-ask-wrong"];
const MORE_LOOKS = ["own-report", "own-report-wrong", "own-report-none", "own-report-taken", "own-lessons-thpt", "own-lesson-thpt", "own-learning-thpt"];

// A list of lessons or sites, or a word on a wrong address, is no place where a child looks for help; all others name 111.
const WITHOUT_HELP = /^(notice|own-learning|own-lessons)/;
// A page that waits for the teacher's answer loads itself again, as nothing else could without a script; it has a link for it, too, and
// no field that would be lost.
const RELOADS = "own-ask-waiting.html";

const pages = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".html")) : [];

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch(LAUNCH);
});
afterAll(() => browser.close());

test("every look is there", () => {
  const names = pages.map((file) => file.replace(/\.html$/, ""));
  expect(names).toEqual(expect.arrayContaining([...LOOKS, ...MORE_LOOKS]));
});

describe.each(pages)("the pupils' page %s", (file) => {
  test("is accessible on a phone, in light and dark, and small", { timeout: 60_000 }, async () => {
    expect(statSync(join(FOLDER, file)).size).toBeLessThanOrEqual(MOST_BYTES);
    const context = await browser.newContext({ viewport: PHONE, locale: "vi-VN" });
    const page = await context.newPage();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`file://${join(FOLDER, file)}`);
      expect(await page.locator("html").getAttribute("lang")).toBe("vi");
      const faults = await accessibilityFaults(page);
      expect(faults.filter((fault) => file !== RELOADS || !fault.startsWith("meta-refresh:"))).toEqual([]);
      expect(await sticksOut(page)).toBe(0);
      await picture(page, `pupils-${file.replace(/\.html$/, "")}-${colorScheme}`);
    }
    await context.close();
  });

  test("is whole without a script, and fetches nothing", { timeout: 60_000 }, async () => {
    const source = readFileSync(join(FOLDER, file), "utf8");
    expect(source).not.toMatch(/<script|javascript:| on[a-z]+=|<link|<img|@import|url\(/);
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`file://${join(FOLDER, file)}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (!WITHOUT_HELP.test(file)) await page.getByText("111").first().waitFor();
    for (const form of await page.locator("form").all()) await form.getByRole("button").waitFor();
    expect(asked).toEqual([`file://${join(FOLDER, file)}`]);
    await context.close();
  });
});
