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

function isField(value: unknown): value is FieldProblem {
  return (
    typeof value === "object" && value !== null && "field" in value && "message" in value && "code" in value
  );
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
    Array.isArray(problem.fields) ? problem.fields.filter(isField) : [],
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
