// A change of the settings that goes back by itself: how long there is left to keep it.
import { Alert, Button, Group, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { Settings } from "../api/types";
import { useChange } from "../hooks/use-change";
import { useUndo } from "../hooks/use-settings";
import { NoPrint } from "../ui/layout";
import { useToast } from "../ui/toast";

const SECOND = 1000;
// The box looks each second, and may have to start anew.
const SETTLES = 4 * SECOND;

function useLeft(seconds: number, readAt: number): number {
  const [now, setNow] = useState(readAt);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, SECOND);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return Math.max(0, seconds - Math.floor(Math.max(0, now - readAt) / SECOND));
}

function Waits({ settings, readAt }: { settings: Settings; readAt: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const show = useToast();
  const { seconds = 0, by = "" } = settings.pending ?? {};
  const left = useLeft(seconds, readAt);
  const isOver = left === 0;
  const undo = useUndo();
  const keep = useChange({
    run: () => ask(api.POST("/settings/confirm")),
    stale: ["settings"],
    done: (kept) => {
      client.setQueryData(queries.settings.queryKey, kept);
      show({ text: t("settings.pending.kept") });
    },
  });
  useEffect(() => {
    if (!isOver) return undefined;
    const timer = setTimeout(() => void client.invalidateQueries({ queryKey: queries.settings.queryKey }), SETTLES);
    return () => {
      clearTimeout(timer);
    };
  }, [isOver, readAt, client]);
  return (
    <Alert color="yellow" role="alert" title={t("settings.pending.title")} mb="md">
      <Text size="sm">{t("settings.pending.text")}</Text>
      <Text size="sm">
        {t("settings.pending.by", { name: by })}
        {" · "}
        <b role="timer">{isOver ? t("settings.pending.over") : t("settings.pending.left", { count: left })}</b>
      </Text>
      <Group mt="sm">
        <Button
          disabled={isOver}
          loading={keep.isPending}
          onClick={() => {
            keep.mutate(undefined);
          }}
        >
          {t("settings.pending.keep")}
        </Button>
        <Button
          variant="default"
          disabled={isOver}
          loading={undo.isPending}
          onClick={() => {
            undo.mutate(settings.tag);
          }}
        >
          {t("settings.pending.back")}
        </Button>
      </Group>
    </Alert>
  );
}

export function PendingChange() {
  const { data, dataUpdatedAt } = useQuery(queries.settings);
  if (data?.pending == null) return null;
  return (
    <NoPrint>
      <Waits settings={data} readAt={dataUpdatedAt} />
    </NoPrint>
  );
}
