// Whether there is room for tables: the width at which the navigation moves to the side.
import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 62em)";

function subscribe(changed: () => void): () => void {
  const query = globalThis.matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => {
    query.removeEventListener("change", changed);
  };
}

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => globalThis.matchMedia(WIDE).matches);
}
