// What is read from the box, under which key, and how long it may be looked at before it is asked again.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import type { BlockFilter } from "./types";

const SECOND = 1000;
const PAGE = 50;
// The tables that change with a list update at most.
const RARELY = 10 * 60 * SECOND;

interface Page<T> {
  items: T[];
  next?: string | null | undefined;
}

function pages<T>(key: readonly unknown[], get: (before: string | undefined) => Promise<Page<T>>) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam }) => get(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export const queries = {
  session: queryOptions({
    queryKey: ["session"],
    queryFn: () => ask(api.GET("/api/v1/session")),
    staleTime: 60 * SECOND,
  }),
  overview: queryOptions({
    queryKey: ["overview"],
    queryFn: () => ask(api.GET("/api/v1/overview")),
    refetchInterval: 30 * SECOND,
  }),
  blocks: (filter: BlockFilter) =>
    pages(["blocks", filter], (before) =>
      ask(api.GET("/api/v1/blocks", { params: { query: { ...filter, limit: PAGE, ...(before && { before }) } } })),
    ),
  name: (name: string) =>
    queryOptions({
      queryKey: ["name", name],
      queryFn: () => ask(api.GET("/api/v1/blocks/names/{name}", { params: { path: { name } } })),
    }),
  passes: queryOptions({
    queryKey: ["passes"],
    queryFn: () => ask(api.GET("/api/v1/passes")),
    refetchInterval: 30 * SECOND,
  }),
  requests: (state: "open" | "answered") =>
    pages(["requests", state], (before) =>
      ask(api.GET("/api/v1/requests", { params: { query: { state, limit: PAGE, ...(before && { before }) } } })),
    ),
  codes: queryOptions({ queryKey: ["codes"], queryFn: () => ask(api.GET("/api/v1/codes")) }),
  groups: queryOptions({
    queryKey: ["groups"],
    queryFn: () => ask(api.GET("/api/v1/groups")),
    staleTime: 30 * SECOND,
  }),
  tiers: queryOptions({ queryKey: ["tiers"], queryFn: () => ask(api.GET("/api/v1/tiers")), staleTime: RARELY }),
  categories: queryOptions({
    queryKey: ["categories"],
    queryFn: () => ask(api.GET("/api/v1/categories")),
    staleTime: RARELY,
  }),
  services: queryOptions({ queryKey: ["services"], queryFn: () => ask(api.GET("/api/v1/services")) }),
  exceptions: pages(["exceptions"], (before) =>
    ask(api.GET("/api/v1/exceptions", { params: { query: { limit: PAGE, ...(before && { before }) } } })),
  ),
  lists: queryOptions({ queryKey: ["lists"], queryFn: () => ask(api.GET("/api/v1/lists")) }),
  accounts: queryOptions({ queryKey: ["accounts"], queryFn: () => ask(api.GET("/api/v1/accounts")) }),
  audit: pages(["audit"], (before) =>
    ask(api.GET("/api/v1/audit", { params: { query: { limit: PAGE, ...(before && { before }) } } })),
  ),
  status: queryOptions({
    queryKey: ["status"],
    queryFn: () => ask(api.GET("/api/v1/system/status")),
    refetchInterval: 10 * SECOND,
  }),
  doctor: queryOptions({
    queryKey: ["doctor"],
    queryFn: () => ask(api.GET("/api/v1/system/doctor")),
    staleTime: Infinity,
  }),
  notice: queryOptions({ queryKey: ["notice"], queryFn: () => ask(api.GET("/api/v1/system/notice")) }),
};
