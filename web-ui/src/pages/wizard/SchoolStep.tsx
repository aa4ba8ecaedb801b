// The school's name, and which levels it has.
import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Settings, TIERS } from "../../api/types";
import { SettingsGate } from "../../components/SettingsGate";
import { usePart } from "../../hooks/use-settings";
import { ErrorBox } from "../../ui/ErrorBox";

function Name({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const { t } = useTranslation();
  const part = usePart(settings, "school");
  const { form, set, wrong } = part;
  return (
    <form
      aria-label={t("settings.school.name")}
      onSubmit={(event) => {
        event.preventDefault();
        if (part.theirs) part.keepMine();
        else part.save();
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={t("settings.school.name")}
          description={t("settings.school.nameHint")}
          required
          maxLength={100}
          value={form.name}
          error={wrong("school.name")}
          onChange={(event) => {
            set({ name: event.currentTarget.value });
          }}
        />
        {part.error != null && wrong("school.name") === undefined && <ErrorBox error={part.error} />}
        <Group>
          <Button type="submit" variant="light" loading={part.isSaving} disabled={isReadOnly}>
            {t("wizard.school.saveName")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function SchoolStep() {
  const { t } = useTranslation();
  const { levels = [] } = useSearch({ from: "/shell/wizard" });
  const navigate = useNavigate({ from: "/wizard" });
  return (
    <Stack>
      <SettingsGate>{(settings, isReadOnly) => <Name settings={settings} isReadOnly={isReadOnly} />}</SettingsGate>
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
    </Stack>
  );
}
