// The settings, once they are read: why they cannot be changed just now, then the forms.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Settings } from "../api/types";
import { Loaded } from "../ui/Loaded";
import { WentBack } from "./WentBack";

function Obstacles({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const { read_only: why, file, mistakes, went_back: back } = settings;
  return (
    <>
      {back != null && <WentBack back={back} />}
      {why != null && (
        <Alert color="yellow" title={t("settings.readOnly", { file, why })}>
          {t("settings.readOnlyHint")}
        </Alert>
      )}
      {mistakes.length > 0 && (
        <Alert color="red" title={t("settings.unsound")}>
          <Text size="sm">{t("settings.unsoundHint")}</Text>
          <Group mt="xs">
            <Button variant="default" renderRoot={(props) => <Link {...props} to="/settings" />}>
              {t("settings.openFile")}
            </Button>
          </Group>
        </Alert>
      )}
    </>
  );
}

export function SettingsGate({ children }: { children: (settings: Settings, isReadOnly: boolean) => ReactNode }) {
  const query = useQuery(queries.settings);
  return (
    <Loaded query={query}>
      {(settings) => (
        <Stack>
          <Obstacles settings={settings} />
          {children(settings, settings.read_only != null || settings.mistakes.length > 0)}
        </Stack>
      )}
    </Loaded>
  );
}
