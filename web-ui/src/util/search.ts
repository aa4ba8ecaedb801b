// Reads what stands behind the "?" of an address. Whatever does not fit is left out: an address is anybody's to type.
type Raw = Record<string, unknown>;

export function textIn(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  if (typeof value === "string" && value !== "") return value;
  return typeof value === "number" ? String(value) : undefined;
}

export function intIn(raw: Raw, key: string): number | undefined {
  const value = Number(raw[key]);
  return raw[key] !== undefined && raw[key] !== "" && Number.isSafeInteger(value) ? value : undefined;
}

export function oneOfIn<V extends string>(raw: Raw, key: string, values: readonly V[]): V | undefined {
  return values.find((value) => value === raw[key]);
}

// Several of the values, in the order of `values`.
export function manyIn<V extends string>(raw: Raw, key: string, values: readonly V[]): V[] | undefined {
  const given: unknown[] = Array.isArray(raw[key]) ? raw[key] : [raw[key]];
  const found = values.filter((value) => given.includes(value));
  return found.length > 0 ? found : undefined;
}

// Leaves out what is undefined, so that addresses stay short.
export function tidy<T extends object>(search: T): Partial<T> {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Partial<T>;
}
