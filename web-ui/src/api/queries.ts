// What is read from the box, under which key, and how long it may be looked at before it is asked again.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";
import { readAccount, readSession } from "./shape";
import { readStatus } from "./status";
import type { BlockFilter, Overview } from "./types";

const SECOND = 1000;
const PAGE = 50;
// The tables that change with a list update at most.
const RARELY = 10 * 60 * SECOND;

interface Page<T> {
  items: T[];
  next?: number | null | undefined;
}

function pages<P extends Page<unknown>>(key: readonly unknown[], get: (before: number | undefined) => Promise<P>) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam }) => get(pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export const queries = {
  session: queryOptions({
    queryKey: ["session"],
    queryFn: async () => readSession(await ask(api.GET("/session"))),
    staleTime: 60 * SECOND,
  }),
  overview: queryOptions({
    queryKey: ["overview"],
    queryFn: async (): Promise<Overview> => ask(api.GET("/overview")),
    refetchInterval: 30 * SECOND,
  }),
  blocks: (filter: BlockFilter) =>
    pages(["blocks", filter], (before) =>
      ask(api.GET("/blocks", { params: { query: { ...filter, limit: PAGE, ...(before !== undefined && { before }) } } })),
    ),
  name: (name: string) =>
    queryOptions({
      queryKey: ["name", name],
      queryFn: () => ask(api.GET("/blocks/names/{name}", { params: { path: { name } } })),
    }),
  passes: queryOptions({
    queryKey: ["passes"],
    queryFn: () => ask(api.GET("/passes")),
    refetchInterval: 30 * SECOND,
  }),
  requests: (state: "open" | "answered") =>
    pages(["requests", state], (before) =>
      ask(api.GET("/requests", { params: { query: { state, limit: PAGE, ...(before !== undefined && { before }) } } })),
    ),
  reports: pages(["reports"], (before) =>
    ask(api.GET("/reports", { params: { query: { limit: PAGE, ...(before !== undefined && { before }) } } })),
  ),
  alerts: pages(["alerts"], (before) =>
    ask(api.GET("/alerts", { params: { query: { limit: PAGE, ...(before !== undefined && { before }) } } })),
  ),
  counsellorKey: queryOptions({ queryKey: ["counsellor"], queryFn: () => ask(api.GET("/counsellor/key")), staleTime: Infinity }),
  codes: queryOptions({ queryKey: ["codes"], queryFn: () => ask(api.GET("/codes")) }),
  groups: queryOptions({
    queryKey: ["groups"],
    queryFn: () => ask(api.GET("/groups")),
    staleTime: 30 * SECOND,
  }),
  tokens: (group: number) =>
    queryOptions({
      queryKey: ["tokens", group],
      queryFn: () => ask(api.GET("/groups/{id}/tokens", { params: { path: { id: group } } })),
    }),
  tiers: queryOptions({ queryKey: ["tiers"], queryFn: () => ask(api.GET("/tiers")), staleTime: RARELY }),
  categories: queryOptions({
    queryKey: ["categories"],
    queryFn: () => ask(api.GET("/categories")),
    staleTime: RARELY,
  }),
  services: queryOptions({ queryKey: ["services"], queryFn: () => ask(api.GET("/services")) }),
  exceptions: pages(["exceptions"], (before) =>
    ask(api.GET("/exceptions", { params: { query: { limit: PAGE, ...(before !== undefined && { before }) } } })),
  ),
  lists: queryOptions({ queryKey: ["lists"], queryFn: () => ask(api.GET("/lists")) }),
  safeSearch: queryOptions({ queryKey: ["safe-search"], queryFn: () => ask(api.GET("/safe-search")), staleTime: RARELY }),
  trial: queryOptions({ queryKey: ["trial"], queryFn: () => ask(api.GET("/lists/trial")), refetchInterval: 15 * SECOND }),
  accounts: queryOptions({ queryKey: ["accounts"], queryFn: async () => (await ask(api.GET("/accounts"))).items.map(readAccount) }),
  audit: pages(["audit"], (before) =>
    ask(api.GET("/audit", { params: { query: { limit: PAGE, ...(before !== undefined && { before }) } } })),
  ),
  status: queryOptions({
    queryKey: ["status"],
    queryFn: async () => readStatus(await ask(api.GET("/system/status"))),
    refetchInterval: 10 * SECOND,
  }),
  doctor: queryOptions({
    queryKey: ["doctor"],
    queryFn: () => ask(api.GET("/system/doctor")),
    staleTime: Infinity,
  }),
  settings: queryOptions({ queryKey: ["settings"], queryFn: () => ask(api.GET("/settings")), staleTime: 30 * SECOND }),
  settingsText: queryOptions({ queryKey: ["settings-text"], queryFn: () => ask(api.GET("/settings/text")), staleTime: Infinity }),
  settingsCheck: (text: string) =>
    queryOptions({
      queryKey: ["settings-check", text],
      queryFn: () => ask(api.POST("/settings/check", { body: { text } })),
      gcTime: 0,
    }),
  interfaces: queryOptions({ queryKey: ["interfaces"], queryFn: () => ask(api.GET("/settings/interfaces")), staleTime: 10 * SECOND }),
  box: queryOptions({
    queryKey: ["box"],
    queryFn: () => ask(api.GET("/box")),
    // Once the file is fetched it counts as the last backup.
    refetchInterval: ({ state }) => (state.data?.ready ? 3 * SECOND : false),
  }),
  certificates: queryOptions({ queryKey: ["certificates"], queryFn: () => ask(api.GET("/certificates")) }),
  notice: queryOptions({ queryKey: ["notice"], queryFn: () => ask(api.GET("/system/notice")) }),
};
