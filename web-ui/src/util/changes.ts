// What an entry of the log of changes says was before and after, as pairs of short texts.
export interface Change {
  key: string;
  before: string;
  after: string;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map(shown).join(", ");
  return JSON.stringify(value);
}

export function changesOf(detail: unknown): Change[] {
  const before = fields(fields(detail).before);
  const after = fields(fields(detail).after);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((key) => ({ key, before: shown(before[key]), after: shown(after[key]) }))
    .filter((change) => change.before !== change.after);
}
