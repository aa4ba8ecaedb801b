// Serves the mock API below /api/v1, for development (`npm run dev`) and for the tests of the built pages.
//
// The cookie `mock=SCENARIO.ACCOUNT.KEY` chooses a state: setup, empty, full, busy (no more live views) or down; who is signed in (an account's name,
// or "-"); and whose state it is. Without it: "full", signed in as the administrator.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { find } from "./handlers.ts";
import { type Call, Problem, say } from "./http.ts";
import { freshState, type State } from "./state.ts";

const BASE = "/api/v1";
const TOO_MANY = "Tài khoản này đang mở quá nhiều trang Lá Chắn; trang này không tự cập nhật";
const states = new Map<string, State>();

function stateOf(request: IncomingMessage): State {
  const cookie = /(?:^|;\s*)mock=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "full.admin.dev";
  const known = states.get(cookie);
  if (known) return known;
  const [scenario = "full", name = "-"] = cookie.split(".");
  const isKnown = scenario === "setup" || scenario === "empty" || scenario === "busy" || scenario === "down";
  const state = freshState(isKnown ? scenario : "full", undefined);
  state.signedIn = state.accounts.find((account) => account.name.replaceAll(".", "") === name)?.id;
  states.set(cookie, state);
  return state;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  if (request.headers["content-type"] === "application/octet-stream") return text;
  return text === "" ? undefined : JSON.parse(text);
}

function send(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  response.statusCode = status;
  response.setHeader("Content-Type", type);
  response.setHeader("Cache-Control", "no-store");
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function sendProblem(response: ServerResponse, problem: Problem): void {
  const { retryAfter, ...more } = problem.more;
  if (typeof retryAfter === "number") response.setHeader("Retry-After", String(retryAfter));
  const body = { type: "about:blank", title: problem.title, status: problem.status, code: problem.code, ...more };
  send(response, problem.status, body, "application/problem+json");
}

// A second's figures, each second, and whatever changed of what waits, as long as somebody listens.
function live(response: ServerResponse, state: State): void {
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-store");
  const tell = (event: string, data: unknown) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const waiting = () => JSON.stringify([state.requests, state.signedIn]);
  let told = waiting();
  const look = () => {
    tell("sample", { qps: 41.5, blocked_per_s: 1.2, cached_share: 0.874 });
    if (told !== waiting()) tell("request", {});
    told = waiting();
  };
  look();
  const timer = setInterval(look, 1000);
  response.on("close", () => {
    clearInterval(timer);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const method = request.method ?? "GET";
  const state = stateOf(request);
  // An account reads one language everywhere.
  const asked = request.headers["accept-language"]?.startsWith("en") === true ? "en" : "vi";
  const language = state.accounts.find((account) => account.id === state.signedIn)?.language ?? asked;
  const call: Call = {
    state,
    params: {},
    query: url.searchParams,
    body: await bodyOf(request),
    language,
    ifMatch: request.headers["if-match"],
    code: String(request.headers["x-lachan-code"] ?? ""),
  };
  const path = url.pathname.slice(BASE.length);
  if (path === "/live") {
    if (state.scenario === "busy") throw new Problem(429, "too-many-live", say(call, TOO_MANY, "Too many pages of Lá Chắn are open."), { retryAfter: 60 });
    live(response, state);
    return;
  }
  const found = find(method, path);
  if (!found) throw new Problem(404, "not-found", say(call, "Không có đường dẫn này.", "There is no such path."));
  if (method !== "GET" && request.headers["x-lachan"] !== "1")
    throw new Problem(403, "foreign-origin", say(call, "Thiếu X-Lachan.", "X-Lachan is missing."));
  if (state.scenario === "down" && path !== "/session")
    throw new Problem(503, "busy", say(call, "Hộp đang bận.", "The box is busy."));
  const reply = found.handler({ ...call, params: found.params });
  if (reply.file !== undefined) {
    response.setHeader("Content-Type", "application/octet-stream");
    response.setHeader("Content-Disposition", `attachment; filename="${reply.file}"`);
    response.end(reply.body);
    return;
  }
  send(response, reply.status, reply.body);
}

const middleware: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? "/", "http://mock");
  if (!url.pathname.startsWith(`${BASE}/`)) {
    next();
    return;
  }
  answer(request, response, url).catch((error: unknown) => {
    if (error instanceof Problem) sendProblem(response, error);
    else next(error);
  });
};

export function mockApi(): Plugin {
  return {
    name: "lachan-mock-api",
    configureServer: (server) => {
      server.middlewares.use(middleware);
    },
    configurePreviewServer: (server) => {
      server.middlewares.use(middleware);
    },
  };
}
