// Closes a `switch` over a union: a new member becomes an error of the compiler.
export function assertNever(value: never): never {
  throw new Error(`unexpected: ${String(value)}`);
}
