// Changes of the settings: each part by its own route, and waiting for the box where it has to start anew.
import { api, ask, ifTag } from "./client";
import { isProblem } from "./errors";
import type { Saved, Settings, SettingsParts } from "./types";

export type PartName = keyof SettingsParts;

type Puts = { [K in PartName]: (tag: string, body: SettingsParts[K]) => Promise<Saved> };

const header = (tag: string) => ({ params: { header: ifTag(tag) } });

const PUTS: Puts = {
  school: (tag, body) => ask(api.PUT("/settings/school", { ...header(tag), body })),
  network: (tag, body) => ask(api.PUT("/settings/network", { ...header(tag), body })),
  dns: (tag, body) => ask(api.PUT("/settings/dns", { ...header(tag), body })),
  dhcp: (tag, body) => ask(api.PUT("/settings/dhcp", { ...header(tag), body })),
  proxy: (tag, body) => ask(api.PUT("/settings/proxy", { ...header(tag), body })),
  web: (tag, body) => ask(api.PUT("/settings/web", { ...header(tag), body })),
};

// The filter begins to stop after its answer, and needs about a second; one that cannot go by new settings takes the ones
// before and needs two.
const STOPS = 1200;
const BETWEEN = 700;
const MOST_TRIES = 60;

const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

// Waits until the box answers again, and gives the settings as they are then.
async function again(): Promise<Settings> {
  await wait(STOPS);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    try {
      return await ask(api.GET("/settings"));
    } catch {
      await wait(BETWEEN);
    }
  }
  return ask(api.GET("/settings"));
}

export async function settled(change: Promise<Saved>): Promise<Saved> {
  const saved = await change;
  return saved.restarts ? { ...saved, settings: await again() } : saved;
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

// Saves a part. Where the file changed since, but not this part of it, nothing of anybody's is lost by saving again.
export async function putPart<K extends PartName>(name: K, tag: string, base: SettingsParts[K], form: SettingsParts[K]): Promise<Saved> {
  const put = PUTS[name];
  try {
    return await settled(put(tag, form));
  } catch (error) {
    const current = isProblem(error, "changed-meanwhile") ? (error.current as Settings | undefined) : undefined;
    if (!current || !same(current.values[name], base)) throw error;
    return settled(put(current.tag, form));
  }
}

export function undoSettings(tag: string): Promise<Saved> {
  return settled(ask(api.POST("/settings/undo", header(tag))));
}
