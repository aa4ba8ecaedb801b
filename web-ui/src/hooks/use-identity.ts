// The counsellor's identity while she reads: in this page's memory only, gone after a quarter of an hour without use, when
// she locks it, and with the page.
import { useSyncExternalStore } from "react";

const IDLE = 15 * 60 * 1000;

let identity: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export function setIdentity(next: string | undefined): void {
  identity = next;
  keepAwake();
  for (const listener of listeners) listener();
}

// Called when she does something.
export function keepAwake(): void {
  clearTimeout(timer);
  if (identity !== undefined)
    timer = setTimeout(() => {
      setIdentity(undefined);
    }, IDLE);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useIdentity(): string | undefined {
  return useSyncExternalStore(subscribe, () => identity);
}
