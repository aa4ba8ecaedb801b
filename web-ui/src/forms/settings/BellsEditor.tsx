// When lessons begin and end: one day for all of Monday to Saturday, or each by itself.
import { Checkbox, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { same } from "../../api/settings";
import { Fields } from "../../ui/layout";
import { weekday } from "../../util/format";
import { Lines } from "./fields";

type Week = string[][];

// Monday to Saturday, as the file knows them.
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const SUNDAY = 6;

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  wrong: (key: string) => string | undefined;
}

export function BellsEditor({ week, onChange, wrong }: Props) {
  const { t } = useTranslation();
  const monday = week[0] ?? [];
  const areAlike = week.slice(0, SUNDAY).every((day) => same(day, monday));
  const [isEach, setIsEach] = useState(!areAlike);
  const put = (days: readonly number[], lessons: string[]) => {
    onChange(week.map((day, at) => (days.includes(at) ? lessons : day)));
  };
  const usual = [0, 1, 2, 3, 4, 5];
  const shown = isEach || !areAlike ? [...usual, SUNDAY] : [SUNDAY];
  return (
    <Stack gap="sm">
      <Title order={3}>{t("settings.bells.title")}</Title>
      <Text c="dimmed" size="sm">
        {t("settings.bells.about")}
      </Text>
      <Checkbox
        label={t("settings.bells.same")}
        checked={!isEach && areAlike}
        onChange={(event) => {
          setIsEach(!event.currentTarget.checked);
          if (event.currentTarget.checked) put(usual, monday);
        }}
      />
      <Fields>
        {!isEach && areAlike && (
          <Lines
            label={t("settings.bells.usual")}
            description={t("settings.bells.hint")}
            value={monday}
            error={wrong("school.bells.lessons") ?? wrong("school.bells.monday")}
            onChange={(lessons) => {
              put(usual, lessons);
            }}
          />
        )}
        {shown.map((at) => (
          <Lines
            key={at}
            label={weekday(at)}
            description={t("settings.bells.hint")}
            value={week[at] ?? []}
            error={wrong(`school.bells.${DAYS[at] ?? "sunday"}`)}
            onChange={(lessons) => {
              put([at], lessons);
            }}
          />
        ))}
      </Fields>
    </Stack>
  );
}
