// People paste addresses; the filter knows names. `undefined` when there is none in the text.
export function hostOf(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return undefined;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//.test(trimmed) ? trimmed : `http://${trimmed}`;
  try {
    const host = new URL(withScheme).hostname.replace(/\.$/, "");
    return host.includes(".") ? host : undefined;
  } catch {
    return undefined;
  }
}
