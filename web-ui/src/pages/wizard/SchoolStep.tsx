// Which levels the school has. The name stands in the box's settings; it is shown so that nobody sets up the wrong box.
import { Checkbox, Stack, Text } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { TIERS } from "../../api/types";
import { useSession } from "../../hooks/use-session";
import { Fact, Facts } from "../../ui/Rows";

export function SchoolStep() {
  const { t } = useTranslation();
  const session = useSession();
  const { levels = [] } = useSearch({ from: "/shell/wizard" });
  const navigate = useNavigate({ from: "/wizard" });
  return (
    <Stack>
      <Facts>
        <Fact name={t("wizard.school.name")}>{session?.school ?? t("wizard.school.noName")}</Fact>
      </Facts>
      <Checkbox.Group
        label={t("wizard.school.levels")}
        description={t("wizard.school.levelsHint")}
        value={[...levels]}
        onChange={(chosen) => {
          const next = TIERS.filter((tier) => chosen.includes(tier));
          void navigate({ search: (before) => ({ ...before, levels: next }), replace: true });
        }}
      >
        <Stack gap="sm" mt="sm">
          {TIERS.filter((tier) => tier !== "staff").map((tier) => (
            <Checkbox key={tier} value={tier} label={t(`tier.${tier}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Text size="sm" c="dimmed">
        {t("wizard.school.nameHint")}
      </Text>
    </Stack>
  );
}
