// The three states of whatever is read: on its way, failed, there. Data that is there stays while it is read again.
import { Button, Group, Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import type { UseInfiniteQueryResult, UseQueryResult, InfiniteData } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "./ErrorBox";

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" aria-busy="true" role="status">
      <VisuallyHidden>{t("state.loading")}</VisuallyHidden>
      <Skeleton h={64} />
      <Skeleton h={64} />
      <Skeleton h={64} />
    </Stack>
  );
}

export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ErrorBox error={query.error} retry={() => void query.refetch()} />;
  return <Waiting />;
}

interface Page<T> {
  items: T[];
}

interface ListProps<T> {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  empty: ReactNode;
  children: (items: T[]) => ReactNode;
}

// Rows that a screen holds, more or less.
const ENOUGH = 10;

// A page of the log may hold few rows or none, and there may be more all the same.
function useEnough<T>(query: ListProps<T>["query"]): void {
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const count = data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  const wants = data !== undefined && hasNextPage && count < ENOUGH && !isFetching && !isFetchNextPageError;
  useEffect(() => {
    if (wants) void fetchNextPage();
  }, [wants, fetchNextPage]);
}

// A list that comes page by page.
export function LoadedList<T>({ query, empty, children }: ListProps<T>) {
  const { t } = useTranslation();
  useEnough(query);
  if (query.data === undefined)
    return query.isError ? <ErrorBox error={query.error} retry={() => void query.refetch()} /> : <Waiting />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0 && query.hasNextPage && !query.isFetchNextPageError) return <Waiting />;
  return (
    <Stack gap="sm">
      {items.length === 0 ? empty : children(items)}
      {query.isFetchNextPageError && <ErrorBox error={query.error} />}
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("action.more")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
