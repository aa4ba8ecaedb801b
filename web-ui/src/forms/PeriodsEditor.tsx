// A group's week: stretches in which more is closed or another mode holds. Ready-made ones to begin with.
import { Alert, Button, Checkbox, Fieldset, Group, MultiSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Mode, Period } from "../api/types";
import { Choice } from "../ui/Choice";
import { Fields } from "../ui/layout";
import { minuteOfDay, parseMinute, weekday } from "../util/format";
import { without } from "../util/without";
import { PRESET_IDS, presetOf, toggleDay } from "./group-form";

// 1 is Monday.
const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
const LAST_MINUTE = 23 * 60 + 59;

interface OneProps {
  period: Period;
  onChange: (period: Period) => void;
  remove: () => void;
}

type Effect = "closed" | "all" | Exclude<Mode, "normal">;

function effectOf(period: Period): Effect {
  if (period.close_all === true) return "all";
  return period.mode == null || period.mode === "normal" ? "closed" : period.mode;
}

const EFFECTS: readonly Effect[] = ["closed", "all", "exam", "online-class", "allowlist-only"];

function withEffect(before: Period, effect: Effect): Period {
  const period = without(before, "mode");
  if (effect === "closed") return { ...period, close_all: false };
  if (effect === "all") return { ...period, close_all: true, closed: [] };
  return { ...period, close_all: false, closed: [], mode: effect };
}

function Closed({ period, onChange }: Pick<OneProps, "period" | "onChange">) {
  const { t } = useTranslation();
  const categories = useQuery(queries.categories).data?.items ?? [];
  return (
    <MultiSelect
      label={t("period.closed")}
      description={t("period.closedHint")}
      data={categories.map((category) => ({ value: category.id, label: category.name }))}
      value={period.closed ?? []}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t("action.clear") }}
      onChange={(closed) => {
        onChange({ ...period, closed });
      }}
    />
  );
}

function OnePeriod({ period, onChange, remove }: OneProps) {
  const { t } = useTranslation();
  const time = (key: "from" | "to") => (
    <TextInput
      type="time"
      label={t(`period.${key}`)}
      required
      value={minuteOfDay(Math.min(period[key], LAST_MINUTE))}
      onChange={(event) => {
        const minute = parseMinute(event.currentTarget.value);
        if (minute !== undefined) onChange({ ...period, [key]: minute });
      }}
    />
  );
  const effect = effectOf(period);
  return (
    <Fieldset legend={period.name || t("period.unnamed")}>
      <Stack gap="sm">
        <Fields>
          <TextInput
            label={t("period.name")}
            required
            maxLength={64}
            value={period.name}
            onChange={(event) => {
              onChange({ ...period, name: event.currentTarget.value });
            }}
          />
          {time("from")}
          {time("to")}
        </Fields>
        {period.to <= period.from && <Text size="sm">{t("period.overnight")}</Text>}
        <Group gap="md" role="group" aria-label={t("period.days")}>
          {WEEK.map((day) => (
            <Checkbox
              key={day}
              label={weekday(day - 1)}
              checked={period.days.includes(day)}
              onChange={() => {
                onChange({ ...period, days: toggleDay(period.days, day) });
              }}
            />
          ))}
        </Group>
        <Choice
          label={t("period.effect")}
          value={effect}
          options={EFFECTS.map((value) => ({ value, label: t(`period.effects.${value}`) }))}
          onChange={(value) => {
            onChange(withEffect(period, value));
          }}
        />
        {effect === "closed" && <Closed period={period} onChange={onChange} />}
        <Group>
          <Button variant="default" onClick={remove}>
            {t("period.remove")}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

interface Props {
  periods: readonly Period[];
  onChange: (periods: Period[]) => void;
  error?: string | undefined;
}

export function PeriodsEditor({ periods, onChange, error }: Props) {
  const { t } = useTranslation();
  const week = useQuery(queries.settings).data?.values.school.bells ?? [];
  return (
    <Stack>
      <Title order={2}>{t("period.title")}</Title>
      <Text c="dimmed">{t("period.about")}</Text>
      {error !== undefined && <Alert color="red">{error}</Alert>}
      {periods.map((period, index) => (
        <OnePeriod
          // A period has nothing of its own that stays the same while it is edited.
          key={index}
          period={period}
          onChange={(changed) => {
            onChange(periods.map((entry, at) => (at === index ? changed : entry)));
          }}
          remove={() => {
            onChange(periods.filter((_, at) => at !== index));
          }}
        />
      ))}
      <Group gap="xs" role="group" aria-label={t("period.add")}>
        {PRESET_IDS.map((id) => (
          <Button
            key={id}
            variant="default"
            onClick={() => {
              onChange([...periods, { name: t(`period.presets.${id}`), ...presetOf(id, week) }]);
            }}
          >
            {t("period.addNamed", { name: t(`period.presets.${id}`) })}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
