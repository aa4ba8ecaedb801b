// The box's stream of events: what waits for a person is read again when it changes, not by asking over and over.
import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

export interface Sample {
  qps: number;
  blocked_per_s: number;
  // Absent where nothing was asked in that second.
  cached_share?: number | null;
}

const STALE_BY_EVENT = { request: ["requests", "overview"], report: ["overview"], block: ["blocks"] } as const;

function isSample(value: unknown): value is Sample {
  return typeof value === "object" && value !== null && "qps" in value && "blocked_per_s" in value;
}

const SAMPLE = ["sample"];

// Opens the stream; once, in the shell.
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/v1/live");
    source.addEventListener("sample", (event: MessageEvent<string>) => {
      const value: unknown = JSON.parse(event.data);
      if (isSample(value)) client.setQueryData(SAMPLE, value);
    });
    for (const [name, keys] of Object.entries(STALE_BY_EVENT)) {
      source.addEventListener(name, () => {
        for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
      });
    }
    return () => {
      source.close();
    };
  }, [client]);
}

// The newest second of the stream.
export function useSample(): Sample | undefined {
  return useQuery<Sample>({ queryKey: SAMPLE, queryFn: skipToken }).data;
}
