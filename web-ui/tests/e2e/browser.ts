// A browser for a test: Debian's Chromium, a state of the mock box of its own, and an ear for what must not happen.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 860 };

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const PICTURES = new URL("../../test-results/", import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;

export function withBrowser(): void {
  beforeAll(async () => {
    if (CHROMIUM === undefined) throw new Error("no Chromium here: install the package chromium");
    mkdirSync(PICTURES, { recursive: true });
    // Root may not use Chromium's own sandbox; nothing foreign is opened.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
}

export interface Visit {
  page: Page;
  // Fails when the console had an error or the CSP refused something.
  close: () => Promise<void>;
  expectedErrors: RegExp[];
}

interface Options extends BrowserContextOptions {
  scenario?: "setup" | "empty" | "full" | "busy" | "down";
  // An account's name without its dots; "-": nobody.
  as?: "admin" | "lannt" | "hieutruong" | "tuvan" | "thanhtra" | "moi" | "-";
  size?: { width: number; height: number };
  // Another visit's state, for two people at one box.
  key?: string;
}

export async function visit(path: string, options: Options = {}): Promise<Visit> {
  // The server outlives a test file, so that counting within one would meet another's states.
  const { scenario = "full", as = "admin", size = DESK, key = randomUUID(), ...more } = options;
  const origin = inject("origin");
  const context = await browser.newContext({
    viewport: size,
    locale: "vi-VN",
    timezoneId: "Asia/Ho_Chi_Minh",
    reducedMotion: "reduce",
    ...more,
  });
  await context.addCookies([{ name: "mock", value: `${scenario}.${as}.${key}`, url: origin }]);
  const page = await context.newPage();
  const errors: string[] = [];
  const expectedErrors: RegExp[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${origin}${path}`);
  return {
    page,
    expectedErrors,
    close: async () => {
      const unexpected = errors.filter((text) => !expectedErrors.some((pattern) => pattern.test(text)));
      await context.close();
      expect(unexpected).toEqual([]);
    },
  };
}

export async function heading(page: Page, name: string | RegExp): Promise<void> {
  try {
    await page.getByRole("heading", { level: 1, name }).waitFor();
  } catch (error) {
    // What is there instead says more than a time-out.
    throw new Error(`no heading ${String(name)} at ${page.url()}; there is: ${await page.locator("body").innerText()}`, { cause: error });
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

// What axe finds on the page as it is now; nothing is the only good answer.
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResult>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = "" }) => `${id}: ${html} ${failureSummary}`));
}

// Nothing sticks out at the side of a phone.
export async function sticksOut(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
