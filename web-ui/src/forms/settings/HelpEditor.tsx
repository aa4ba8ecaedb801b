// Whom pupils may turn to near the school, beside 111.
import { Button, Fieldset, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { SettingsParts } from "../../api/types";
import { Fields } from "../../ui/layout";

type Help = SettingsParts["school"]["help"];

const MOST = 6;

interface Props {
  help: Help;
  onChange: (help: Help) => void;
  wrong: (key: string) => string | undefined;
}

export function HelpEditor({ help, onChange, wrong }: Props) {
  const { t } = useTranslation();
  const put = (index: number, change: Partial<Help[number]>) => {
    onChange(help.map((place, at) => (at === index ? { ...place, ...change } : place)));
  };
  return (
    <Stack gap="sm">
      <Title order={3}>{t("settings.help.title")}</Title>
      <Text c="dimmed" size="sm">
        {t("settings.help.about")}
      </Text>
      {help.map((place, index) => (
        // A place has nothing of its own that stays the same while it is edited.
        <Fieldset key={index} legend={t("settings.help.place", { count: index + 1 })}>
          <Fields>
            <TextInput
              label={t("settings.help.name")}
              required
              maxLength={80}
              value={place.name}
              error={wrong(`school.help[${String(index)}].name`)}
              onChange={(event) => {
                put(index, { name: event.currentTarget.value });
              }}
            />
            <TextInput
              label={t("settings.help.phone")}
              type="tel"
              value={place.phone ?? ""}
              error={wrong(`school.help[${String(index)}].phone`)}
              onChange={(event) => {
                put(index, { phone: event.currentTarget.value });
              }}
            />
            <TextInput
              label={t("settings.help.note")}
              description={t("settings.help.noteHint")}
              maxLength={80}
              value={place.note ?? ""}
              error={wrong(`school.help[${String(index)}].note`)}
              onChange={(event) => {
                put(index, { note: event.currentTarget.value });
              }}
            />
          </Fields>
          <Button
            mt="sm"
            variant="default"
            onClick={() => {
              onChange(help.filter((_, at) => at !== index));
            }}
          >
            {t("settings.help.remove")}
          </Button>
        </Fieldset>
      ))}
      <Group>
        <Button
          variant="default"
          disabled={help.length >= MOST}
          onClick={() => {
            onChange([...help, { name: "", phone: "", note: "" }]);
          }}
        >
          {t("settings.help.add")}
        </Button>
      </Group>
    </Stack>
  );
}
