// What each place in the network lets the box see, and what not; the present one is marked.
import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Grid } from "../ui/layout";

const MODES = ["gateway", "bridge", "proxy", "resolver", "off"] as const;

export function Modes({ now }: { now: string }) {
  const { t } = useTranslation();
  return (
    <Grid>
      {MODES.map((mode) => (
        <Paper key={mode} component="section">
          <Stack gap={6}>
            <Group gap="xs">
              <Title order={3}>{t(`modes.${mode}.name`)}</Title>
              {mode === now && (
                <Badge color="teal.9">
                  {t("modes.now")}
                </Badge>
              )}
            </Group>
            <Text size="sm">
              <b>{t("modes.sees")}</b> {t(`modes.${mode}.sees`)}
            </Text>
            <Text size="sm">
              <b>{t("modes.seesNot")}</b> {t(`modes.${mode}.seesNot`)}
            </Text>
          </Stack>
        </Paper>
      ))}
    </Grid>
  );
}
