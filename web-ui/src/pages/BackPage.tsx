// The box begins again: waits until it is back as what it was to become, and says what to do where it is not.
import { Alert, Button, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { Session } from "../api/types";
import { Outside } from "../components/Outside";
import type { BACK_AS } from "../routes";
import { Page } from "../ui/Page";

const EACH = 2_000;
// After so long something else is wrong than a slow start.
const LONG = 30_000;

// How the box may stand when it is back; before, it stands in another way.
const AS: Record<(typeof BACK_AS)[number], readonly Session["state"][]> = {
  restored: ["signed-out"],
  undone: ["signed-out", "setup"],
  reset: ["setup"],
};

function open(): void {
  // Anew, with whatever certificate the box has now.
  globalThis.location.assign("/");
}

export function BackPage() {
  const { t } = useTranslation();
  const { why = "restored" } = useSearch({ from: "/back" });
  const [isLong, setLong] = useState(false);
  const state = useQuery({
    queryKey: ["back"],
    queryFn: async () => (await ask(api.GET("/session"))).state,
    refetchInterval: EACH,
    retry: false,
  }).data;
  const isBack = state !== undefined && AS[why].includes(state);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLong(true);
    }, LONG);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <Outside>
      <Page title={t(`back.${why}`)}>
        <Stack align="flex-start">
          <Alert color="teal" role="status">
            {isBack ? t("back.isBack") : t("back.waiting")}
          </Alert>
          {!isBack && <Loader aria-label={t("state.loading")} />}
          {!isBack && isLong && <Text>{t("back.long")}</Text>}
          {(isBack || isLong) && <Button onClick={open}>{isBack ? t("back.goOn") : t("back.openAnew")}</Button>}
        </Stack>
      </Page>
    </Outside>
  );
}
