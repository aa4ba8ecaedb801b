// One file that makes a new box this one.
import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { ReadyBackup } from "../components/ReadyBackup";
import { BackupForm } from "../forms/BackupForm";
import { NoPrint } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Fact, Facts } from "../ui/Rows";
import { day } from "../util/format";

export function BackupPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.box);
  // What the box made up: told once, and gone with this page.
  const [passphrase, setPassphrase] = useState<string>();
  return (
    <Page title={t("nav.backup")} lead={t("box.lead")}>
      <Loaded query={query}>
        {(box) => (
          <Stack gap="lg">
            {box.ready != null && <ReadyBackup ready={box.ready} passphrase={passphrase} />}
            <NoPrint>
              <Paper component="section">
                <Stack>
                  <Title order={2}>{t("box.make")}</Title>
                  <Facts>
                    <Fact name={t("box.last")}>{box.last_backup == null ? t("box.never") : day(box.last_backup)}</Fact>
                  </Facts>
                  <BackupForm
                    shortest={box.shortest}
                    done={(made) => {
                      setPassphrase(made.passphrase ?? undefined);
                    }}
                  />
                  <Text size="sm" c="dimmed">
                    {t("box.readyHint")}
                  </Text>
                </Stack>
              </Paper>
            </NoPrint>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
