// One typed client for all calls: the header that foreign pages cannot send, the language, errors as exceptions.
import createClient, { type Middleware } from "openapi-fetch";
import { NoAnswer, readProblem } from "./errors";
import type { paths } from "./schema";

const decorate: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", document.documentElement.lang || "vi");
    if (request.method !== "GET") request.headers.set("X-Lachan", "1");
    return request;
  },
  onError({ error }) {
    return new NoAnswer(error instanceof Error ? error.message : String(error));
  },
};

export const api = createClient<paths>({
  // Absolute, because `Request` outside a browser (unit tests) knows no base.
  baseUrl: `${globalThis.location.origin}/api/v1`,
  credentials: "same-origin",
  // Looked up at each call, so that tests can put another in its place.
  fetch: (request) => globalThis.fetch(request),
});
api.use(decorate);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The body of an answer; an `ApiProblem` where the box said no.
export async function ask<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw readProblem(response, error);
  return data as T;
}

// The header that says which version of an object was edited.
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": `"${String(version)}"` };
}

// The same where a text tells versions apart.
export function ifTag(tag: string): { "If-Match": string } {
  return { "If-Match": `"${tag}"` };
}
