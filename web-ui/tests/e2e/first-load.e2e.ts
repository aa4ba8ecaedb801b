// How long a first visit takes on a slow machine in the school's network (issue 5: at most 1 s). Printed and kept with
// the pictures, never a reason to fail: what a busy test machine takes says nothing of a school's.
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { heading, visit, withBrowser } from "./browser";

withBrowser();

// A processor four times slower than this one, and a wireless net that many share: Lighthouse's figures for a phone's
// processor, a quarter of 802.11n for the line.
const SLOWER = 4;
const NETWORK = { offline: false, latency: 5, downloadThroughput: (25 * 1_000_000) / 8, uploadThroughput: (10 * 1_000_000) / 8 };
const ROUNDS = 5;

interface Timing {
  painted: number;
  shown: number;
  bytes: number;
}

// Milliseconds since the navigation began: the first paint, and the page's own heading.
async function measure(): Promise<Timing> {
  const { page, close } = await visit("/sign-in", { as: "-" });
  await heading(page, "Đăng nhập");
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", NETWORK);
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await page.reload({ waitUntil: "commit" });
  const found = await page.waitForFunction(() => {
    const isShown = document.querySelector("h1") !== null;
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (!isShown || !paint) return undefined;
    const files = performance.getEntriesByType("resource").filter((entry) => entry instanceof PerformanceResourceTiming);
    return { painted: paint.startTime, shown: performance.now(), bytes: files.reduce((sum, entry) => sum + entry.transferSize, 0) };
  });
  const timing = await found.jsonValue();
  await close();
  if (!timing) throw new Error("nothing was measured");
  return timing;
}

test("the first visit is measured on a slow machine", async () => {
  const all: Timing[] = [];
  for (let round = 0; round < ROUNDS; round += 1) all.push(await measure());
  const median = (of: (timing: Timing) => number) => all.map(of).sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  const result = {
    first_paint_ms: Math.round(median((timing) => timing.painted)),
    shown_ms: Math.round(median((timing) => timing.shown)),
    bytes: median((timing) => timing.bytes),
    processor_slower: SLOWER,
    rounds: ROUNDS,
  };
  writeFileSync(new URL("../../test-results/first-load.json", import.meta.url), `${JSON.stringify(result)}\n`);
  process.stdout.write(`first visit, processor ${String(SLOWER)} times slower: painted after ${String(result.first_paint_ms)} ms, shown after ${String(result.shown_ms)} ms (issue 5: at most 1000)\n`);
  expect(result.bytes).toBeGreaterThan(0);
  expect(result.shown_ms).toBeGreaterThan(0);
});
