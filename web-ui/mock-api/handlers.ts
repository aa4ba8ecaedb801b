// All answers of the mock box, by method and path.
import { accountHandlers } from "./handlers-accounts.ts";
import { boxHandlers } from "./handlers-box.ts";
import { certificateHandlers } from "./handlers-certificates.ts";
import { counselHandlers } from "./handlers-counsel.ts";
import { dailyHandlers } from "./handlers-daily.ts";
import { policyHandlers } from "./handlers-policy.ts";
import { settingsHandlers } from "./handlers-settings.ts";
import { systemHandlers } from "./handlers-system.ts";
import { safeHandlers, trialHandlers } from "./handlers-trials.ts";
import type { Call, Reply } from "./http.ts";

export type Handler = (call: Call) => Reply;

export const handlers: Record<string, Handler> = {
  ...accountHandlers,
  ...boxHandlers,
  ...certificateHandlers,
  ...counselHandlers,
  ...dailyHandlers,
  ...policyHandlers,
  ...safeHandlers,
  ...settingsHandlers,
  ...systemHandlers,
  ...trialHandlers,
};

interface Found {
  handler: Handler;
  params: Record<string, string>;
}

// Finds "GET /blocks/names/{name}" for "GET" and "/blocks/names/a.vn".
export function find(method: string, path: string): Found | undefined {
  const given = path.split("/");
  for (const [key, handler] of Object.entries(handlers)) {
    const [wantedMethod, pattern = ""] = key.split(" ");
    const wanted = pattern.split("/");
    if (wantedMethod !== method || wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const value = given[index] ?? "";
      if (!part.startsWith("{")) return part === value;
      params[part.slice(1, -1)] = decodeURIComponent(value);
      return true;
    });
    if (fits) return { handler, params };
  }
  return undefined;
}
