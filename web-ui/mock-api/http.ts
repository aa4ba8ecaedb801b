// Requests, answers and problems of the mock, in the forms the API's contract gives them.
import type { components } from "../src/api/schema.d.ts";
import type { Account, Language, Role, State } from "./state.ts";

export interface Call {
  state: State;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  language: Language;
  ifMatch: string | undefined;
  // The first-run code, where the body is a file.
  code: string | undefined;
}

export interface Reply {
  status: number;
  body?: unknown;
  // A file to save, under this name.
  file?: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(title);
  }
}

type Schemas = components["schemas"];

// Held to the server's OpenAPI file by the compiler: the mock cannot drift from the contract.
export function ok<K extends keyof Schemas>(_kind: K, body: Schemas[K]): Reply {
  return { status: 200, body };
}

export function file(name: string, content: string): Reply {
  return { status: 200, body: content, file: name };
}

export const done: Reply = { status: 204 };
export const accepted: Reply = { status: 202 };

export function say(call: Call, vi: string, en: string): string {
  return call.language === "en" ? en : vi;
}

export function me(call: Call): Account {
  const account = call.state.accounts.find((entry) => entry.id === call.state.signedIn);
  if (!account) throw new Problem(401, "signed-out", say(call, "Hãy đăng nhập.", "Please sign in."));
  return account;
}

export function allow(call: Call, ...roles: Role[]): Account {
  const account = me(call);
  if (!roles.includes(account.role))
    throw new Problem(403, "wrong-role", say(call, "Tài khoản này không có quyền ở đây.", "This account may not do that."));
  return account;
}

export function missing(call: Call): Problem {
  return new Problem(404, "not-found", say(call, "Không tìm thấy.", "Not found."));
}

// Refuses a change of an object that somebody else changed meanwhile, and shows the present one.
export function checkVersion(call: Call, current: { version: number }): void {
  if (call.ifMatch === undefined)
    throw new Problem(428, "if-match-required", say(call, "Thiếu phiên bản.", "The version is missing."));
  if (call.ifMatch !== `"${String(current.version)}"`)
    throw new Problem(412, "changed-meanwhile", say(call, "Có người vừa đổi.", "Somebody changed it meanwhile."), { current });
}

export function badField(call: Call, field: string, vi: string, en: string): Problem {
  const message = say(call, vi, en);
  return new Problem(422, "invalid", say(call, "Có ô chưa đúng.", "A field is not right."), {
    fields: [{ field, code: "invalid", message }],
  });
}
