// What can go wrong with a call: an answer of the API (problem+json), or no answer at all.

export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}

interface ProblemBody {
  title?: unknown;
  detail?: unknown;
  code?: unknown;
  lock?: unknown;
  fields?: unknown;
  current?: unknown;
}

// The box answered, and the answer was no. `title` is already in the reader's language.
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string | undefined,
    readonly fields: readonly FieldProblem[],
    // The present object, with 412.
    readonly current: unknown,
    // Who could open it, with 403 `locked`.
    readonly lock: string | undefined,
    // Seconds to wait, with 429.
    readonly retryAfter: number | undefined,
  ) {
    super(title);
  }

  field(name: string): string | undefined {
    return this.fields.find((entry) => entry.field === name)?.message;
  }
}

// The box did not answer: off, unplugged, or this device is in another network.
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

// A message is in the reader's language already, or comes in both.
function messageOf(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null) return text(message);
  const isEnglish = globalThis.document.documentElement.lang === "en";
  return text((message as { vi?: unknown; en?: unknown })[isEnglish ? "en" : "vi"]);
}

function readField(value: unknown): FieldProblem[] {
  if (typeof value !== "object" || value === null) return [];
  const { field, code, message } = value as { field?: unknown; code?: unknown; message?: unknown };
  const said = messageOf(message);
  return typeof field === "string" && said !== undefined ? [{ field, code: text(code) ?? "", message: said }] : [];
}

// The messages of fields, as a problem and the check of a form give them; what is none is left out.
export function readFields(value: unknown): FieldProblem[] {
  return Array.isArray(value) ? value.flatMap(readField) : [];
}

// Reads a problem; whatever a proxy in between may have answered instead becomes one too.
export function readProblem(response: Response, body: unknown): ApiProblem {
  const problem: ProblemBody = typeof body === "object" && body !== null ? body : {};
  const wait = Number(response.headers.get("Retry-After"));
  return new ApiProblem(
    response.status,
    text(problem.code) ?? `http-${String(response.status)}`,
    text(problem.title) ?? response.statusText,
    text(problem.detail),
    readFields(problem.fields),
    problem.current,
    text(problem.lock),
    Number.isFinite(wait) && wait > 0 ? wait : undefined,
  );
}

export function isProblem(error: unknown, code: string): error is ApiProblem {
  return error instanceof ApiProblem && error.code === code;
}

// The message below a form's field, if the answer has one for it.
export function fieldError(error: unknown, field: string): string | undefined {
  return error instanceof ApiProblem ? error.field(field) : undefined;
}
