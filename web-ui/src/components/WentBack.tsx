// What the box put back by itself, until somebody says that she has read it.
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { WentBack as Back } from "../api/types";
import { useChange } from "../hooks/use-change";
import { addTexts } from "../i18n";
import { wentBackEn } from "../locales/went-back-en";
import { wentBackVi } from "../locales/went-back-vi";
import { moment } from "../util/format";

addTexts("wentBack", wentBackVi, wentBackEn);

export function WentBack({ back }: { back: Back }) {
  const { t } = useTranslation("wentBack");
  const read = useChange({ run: () => ask(api.DELETE("/settings/notice")), stale: ["settings", "overview"] });
  const isOfSettings = back.why !== "restore";
  return (
    <Alert color="yellow" role="region" aria-label={t(`title.${back.why}`)} title={t(`title.${back.why}`)}>
      <Stack gap="xs">
        <Text size="sm">{t(`why.${back.why}`)}</Text>
        <Text size="sm">
          {[back.at == null ? t("unknownTime") : t("when", { time: moment(back.at) }), back.by != null && t("by", { name: back.by })]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        {back.changed.length > 0 && <Text size="sm">{t("changed", { keys: back.changed.join(", ") })}</Text>}
        {back.reason != null && (
          <div>
            <Text size="sm">{t("reason")}</Text>
            <Code block>{back.reason}</Code>
          </div>
        )}
        {isOfSettings && <Text size="sm">{t("again")}</Text>}
        <Group>
          <Button
            variant="default"
            loading={read.isPending}
            onClick={() => {
              read.mutate(undefined);
            }}
          >
            {t("read")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
