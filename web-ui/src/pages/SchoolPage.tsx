// Who the school is: its name and language, who helps pupils near it, when its bells ring.
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Settings } from "../api/types";
import { PartFrame } from "../components/PartFrame";
import { SettingsGate } from "../components/SettingsGate";
import { BellsEditor } from "../forms/settings/BellsEditor";
import { Lines } from "../forms/settings/fields";
import { HelpEditor } from "../forms/settings/HelpEditor";
import { usePart } from "../hooks/use-settings";
import { Choice } from "../ui/Choice";
import { Fields } from "../ui/layout";
import { Page } from "../ui/Page";

const KEYS = ["school.name", "school.language", "school.time-zone", "school.contact", "school.help", "school.bells"];

function SchoolForm({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const { t } = useTranslation();
  const part = usePart(settings, "school");
  const { form, set, wrong } = part;
  const labels = {
    name: t("settings.school.name"),
    language: t("settings.school.language"),
    time_zone: t("settings.school.timeZone"),
    contact: t("settings.school.contact"),
    help: t("settings.help.title"),
    bells: t("settings.bells.title"),
  };
  return (
    <PartFrame title={t("settings.school.about")} about={t("settings.restartHint")} part={part} isReadOnly={isReadOnly} keys={KEYS} labels={labels}>
      <Fields>
        <TextInput
          label={labels.name}
          description={t("settings.school.nameHint")}
          required
          maxLength={100}
          value={form.name}
          error={wrong("school.name")}
          onChange={(event) => {
            set({ name: event.currentTarget.value });
          }}
        />
        <Choice
          label={labels.language}
          value={form.language}
          options={[
            { value: "vi", label: t("settings.school.vi") },
            { value: "en", label: t("settings.school.en") },
          ]}
          onChange={(language) => {
            set({ language });
          }}
        />
        <TextInput
          label={labels.time_zone}
          required
          value={form.time_zone}
          error={wrong("school.time-zone")}
          onChange={(event) => {
            set({ time_zone: event.currentTarget.value });
          }}
        />
        <Lines
          label={labels.contact}
          description={t("settings.school.contactHint")}
          value={form.contact}
          error={wrong("school.contact")}
          onChange={(contact) => {
            set({ contact });
          }}
        />
      </Fields>
      <HelpEditor
        help={form.help}
        wrong={wrong}
        onChange={(help) => {
          set({ help });
        }}
      />
      <BellsEditor
        week={form.bells}
        wrong={wrong}
        onChange={(bells) => {
          set({ bells });
        }}
      />
    </PartFrame>
  );
}

export function SchoolPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("nav.school")} lead={t("settings.school.lead")}>
      <SettingsGate>{(settings, isReadOnly) => <SchoolForm settings={settings} isReadOnly={isReadOnly} />}</SettingsGate>
    </Page>
  );
}
