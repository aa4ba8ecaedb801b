// A backup that waits to be saved, and its passphrase where the box made one.
import { Alert, Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Ready } from "../api/types";
import { NoPrint } from "../ui/layout";
import { Fact, Facts } from "../ui/Rows";
import { useToast } from "../ui/toast";
import { bytes, moment } from "../util/format";

function Passphrase({ text }: { text: string }) {
  const { t } = useTranslation();
  const show = useToast();
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    show({ text: t("box.copied") });
  };
  return (
    <Alert color="teal" title={t("box.onceTitle")} role="alert">
      <Text size="sm" mb="xs">
        {t("box.once")}
      </Text>
      <Code fz="1.2rem" style={{ overflowWrap: "anywhere" }}>
        {text}
      </Code>
      <NoPrint>
        <Group mt="xs">
          <Button variant="default" onClick={() => void copy()}>
            {t("box.copy")}
          </Button>
          <Button
            variant="default"
            onClick={() => {
              globalThis.print();
            }}
          >
            {t("action.print")}
          </Button>
        </Group>
      </NoPrint>
    </Alert>
  );
}

export function ReadyBackup({ ready, passphrase }: { ready: Ready; passphrase: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Paper component="section" aria-label={t("box.ready")}>
      <Stack>
        <Title order={2}>{t("box.ready")}</Title>
        <Facts>
          <Fact name={t("box.file")}>{ready.name}</Fact>
          <Fact name={t("box.size")}>{bytes(ready.bytes)}</Fact>
          <Fact name={t("box.made")}>{ready.made_at == null ? t("state.timeUnknown") : moment(ready.made_at)}</Fact>
        </Facts>
        {passphrase !== undefined && <Passphrase text={passphrase} />}
        <NoPrint>
          <Button component="a" href="/api/v1/box/backup/file" download={ready.name}>
            {t("box.download")}
          </Button>
        </NoPrint>
      </Stack>
    </Paper>
  );
}
