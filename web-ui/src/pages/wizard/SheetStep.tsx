// The sheet for the drawer: where the box is reached, how to know it, what to do when the net does not work.
import { Button, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries";
import { useAccount, useSession } from "../../hooks/use-session";
import { Loaded } from "../../ui/Loaded";
import { NoPrint } from "../../ui/layout";
import { Fact, Facts } from "../../ui/Rows";
import { day } from "../../util/format";

const HELP = ["noNet", "wrongBlock", "password", "newBox"] as const;
const NOW = Math.floor(Date.now() / 1000);

export function SheetStep() {
  const { t } = useTranslation();
  const session = useSession();
  const account = useAccount();
  const status = useQuery(queries.status);
  return (
    <Loaded query={status}>
      {({ fingerprint, version }) => (
        <Stack>
          <Title order={2}>{session?.school ?? "Lá Chắn"}</Title>
          <Facts>
            <Fact name={t("wizard.sheet.address")}>{globalThis.location.origin}</Fact>
            {fingerprint !== undefined && <Fact name={t("status.fingerprint")}>{fingerprint}</Fact>}
            <Fact name={t("wizard.sheet.admin")}>
              {account.display_name} ({account.name})
            </Fact>
            <Fact name={t("wizard.sheet.passwordPlace")}>………………………………………</Fact>
            <Fact name={t("status.version")}>{version}</Fact>
            <Fact name={t("wizard.sheet.date")}>{day(NOW)}</Fact>
          </Facts>
          <Title order={3}>{t("wizard.sheet.help")}</Title>
          <List spacing="xs">
            {HELP.map((item) => (
              <List.Item key={item}>
                <b>{t(`wizard.sheet.${item}`)}</b> {t(`wizard.sheet.${item}Do`)}
              </List.Item>
            ))}
          </List>
          <Text fw={650}>{t("wizard.sheet.call111")}</Text>
          <NoPrint>
            <Button
              onClick={() => {
                globalThis.print();
              }}
            >
              {t("action.print")}
            </Button>
          </NoPrint>
        </Stack>
      )}
    </Loaded>
  );
}
