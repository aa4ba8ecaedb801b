// A password that the box made: shown now, and never again.
import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Secret } from "../pages/AccountsPage";

export function OncePassword({ secret, close }: { secret: Secret; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="teal" title={t("accounts.passwordFor", { name: secret.name })} role="alert">
      <Text size="sm" mb="xs">
        {t("accounts.passwordOnce")}
      </Text>
      <Group>
        <Code fz="1.2rem">{secret.password}</Code>
        <Button variant="default" onClick={close}>
          {t("accounts.passwordNoted")}
        </Button>
      </Group>
    </Alert>
  );
}
