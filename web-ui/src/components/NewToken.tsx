// A token that was just made, with all that carries it: shown once.
import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { NewToken as Made } from "../api/types";
import { Fact, Facts } from "../ui/Rows";
import { download } from "../util/download";

interface Props {
  made: Made;
  close: () => void;
}

export function NewToken({ made, close }: Props) {
  const { t } = useTranslation();
  const { token, doh_url: doh, doh_qr_svg: qr, dot_name: dot, apple, windows } = made;
  const name = `lachan-${made.first}`;
  return (
    <Alert color="teal" role="alert" title={t("tokens.onceTitle")}>
      <Stack gap="sm">
        <Text size="sm">{t("tokens.once")}</Text>
        <Facts>
          <Fact name={t("tokens.token")}>
            <Code>{token}</Code>
          </Fact>
          {doh != null && (
            <Fact name={t("tokens.doh")}>
              <Code>{doh}</Code>
            </Fact>
          )}
          {dot != null && (
            <Fact name={t("tokens.dot")}>
              <Code>{dot}</Code>
            </Fact>
          )}
        </Facts>
        {qr != null && <img src={`data:image/svg+xml,${encodeURIComponent(qr)}`} alt={t("tokens.qr")} width="200" height="200" />}
        <Group>
          {apple != null && (
            <Button
              variant="default"
              onClick={() => {
                download(`${name}.mobileconfig`, apple, "application/x-apple-aspen-config");
              }}
            >
              {t("tokens.apple")}
            </Button>
          )}
          {windows != null && (
            <Button
              variant="default"
              onClick={() => {
                download(`${name}.ps1`, windows, "text/plain;charset=utf-8");
              }}
            >
              {t("tokens.windows")}
            </Button>
          )}
        </Group>
        {windows != null && <Text size="sm">{t("tokens.windowsHow")}</Text>}
        <Group>
          <Button onClick={close}>{t("tokens.close")}</Button>
        </Group>
      </Stack>
    </Alert>
  );
}
