// People at their screens: Debian's Chromium, each person with cookies of her own, pupils behind the box's proxy.
import { existsSync, mkdirSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";

export const PHONE = { width: 390, height: 844 };

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const PICTURES = new URL("../../test-results/", import.meta.url).pathname;

// Root may not use Chromium's own sandbox; nothing foreign is opened.
export const LAUNCH = { ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }), args: ["--no-sandbox"] };

export interface People {
  open: (size: { width: number; height: number }, proxy?: number, more?: BrowserContextOptions) => Promise<Page>;
}

export function openBrowser(): People {
  let browser: Browser;
  const refused: string[] = [];
  beforeAll(async () => {
    if (CHROMIUM === undefined) throw new Error("no Chromium here: install the package chromium");
    mkdirSync(PICTURES, { recursive: true });
    browser = await chromium.launch(LAUNCH);
  });
  afterAll(async () => {
    await browser.close();
    // The pages keep to the policy that the box sends with them.
    expect(refused).toEqual([]);
  });
  return {
    open: async (size, proxy, more = {}) => {
      const context = await browser.newContext({
        viewport: size,
        locale: "vi-VN",
        timezoneId: "Asia/Ho_Chi_Minh",
        // The box made its certificate itself.
        ignoreHTTPSErrors: true,
        ...(proxy !== undefined && { proxy: { server: `127.0.0.1:${String(proxy)}` } }),
        ...more,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) refused.push(message.text());
      });
      return page;
    },
  };
}

export async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}
