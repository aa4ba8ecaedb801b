// The box's stream of events: what waits for a person is read again when it changes, not by asking over and over.
import { skipToken, type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ApiProblem, readProblem } from "../api/errors";
import { useToast } from "../ui/toast";

export interface Sample {
  qps: number;
  blocked_per_s: number;
  // Absent where nothing was asked in that second.
  cached_share?: number | null;
}

const PATH = "/api/v1/live";
const STALE_BY_EVENT = {
  request: ["requests", "overview"],
  report: ["reports", "overview"],
  block: ["blocks"],
  // Another role or other groups: other pages.
  account: ["session", "groups", "requests", "overview"],
} as const;
// Before the stream is tried anew, where the box does not say.
const PAUSE = 30_000;

function isSample(value: unknown): value is Sample {
  return typeof value === "object" && value !== null && "qps" in value && "blocked_per_s" in value;
}

const SAMPLE = ["sample"];

function stale(client: QueryClient, keys: readonly string[]): void {
  for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
}

// Why the box gives no stream, which a stream itself cannot tell; nothing where it would give one now.
async function askWhy(signal: AbortSignal): Promise<ApiProblem | undefined> {
  const stop = new AbortController();
  signal.addEventListener("abort", () => {
    stop.abort();
  });
  const language = document.documentElement.lang || "vi";
  const response = await fetch(PATH, { headers: { "Accept-Language": language }, signal: stop.signal });
  if (!response.ok) return readProblem(response, await response.json().catch(() => undefined));
  stop.abort();
  return undefined;
}

interface Listener {
  client: QueryClient;
  // The account has too many pages open.
  tooMany: (problem: ApiProblem) => void;
}

// Listens until it is told to end.
function listen({ client, tooMany }: Listener): () => void {
  const ended = new AbortController();
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (ms: number) => {
    if (!ended.signal.aborted) timer = setTimeout(open, ms);
  };
  const refused = async () => {
    try {
      const problem = await askWhy(ended.signal);
      if (problem?.code === "too-many-live") tooMany(problem);
      // Nobody is signed in any more: the next answer sends her to the right page.
      if (problem?.status === 401 || problem?.status === 403) stale(client, STALE_BY_EVENT.account);
      again(problem?.retryAfter === undefined ? PAUSE : problem.retryAfter * 1000);
    } catch {
      again(PAUSE);
    }
  };
  function open() {
    source = new EventSource(PATH);
    source.addEventListener("sample", (event: MessageEvent<string>) => {
      const value: unknown = JSON.parse(event.data);
      if (isSample(value)) client.setQueryData(SAMPLE, value);
    });
    for (const [name, keys] of Object.entries(STALE_BY_EVENT)) {
      source.addEventListener(name, () => {
        stale(client, keys);
      });
    }
    source.addEventListener("error", () => {
      // Broken off, it comes again by itself, perhaps to another account's rights; refused, it does not.
      if (source?.readyState === EventSource.CLOSED) void refused();
      else stale(client, ["session"]);
    });
  }
  open();
  return () => {
    ended.abort();
    clearTimeout(timer);
    source?.close();
  };
}

// Opens the stream; once, in the shell.
export function useLive(): void {
  const client = useQueryClient();
  const show = useToast();
  useEffect(
    () =>
      listen({
        client,
        tooMany: (problem) => {
          show({ text: problem.title });
        },
      }),
    [client, show],
  );
}

// The newest second of the stream.
export function useSample(): Sample | undefined {
  return useQuery<Sample>({ queryKey: SAMPLE, queryFn: skipToken }).data;
}
