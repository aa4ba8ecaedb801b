// The group form: who is in it, what mode it is in, its week. Addresses are checked by the box as soon as they are typed.
import { Button, Group as Line, Paper, Stack, TextInput, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { ApiProblem, readFields } from "../api/errors";
import { type Mode, TIERS } from "../api/types";
import { useChange } from "../hooks/use-change";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";
import { Fields } from "../ui/layout";
import { fromLocalInput, toLocalInput } from "../util/format";
import { without } from "../util/without";
import type { GroupForm } from "./group-form";
import { LinesInput } from "./LinesInput";
import { PeriodsEditor } from "./PeriodsEditor";

interface Props {
  form: GroupForm;
  onChange: (form: GroupForm) => void;
  // The group's own id, so that it does not clash with itself.
  id?: number;
  onSave: () => void;
  isSaving: boolean;
  error: unknown;
}

const MODES: readonly Mode[] = ["normal", "allowlist-only", "exam", "online-class"];
const DEVICES = ["subnets", "macs", "interfaces"] as const;

// What the box says about the form while it is filled in.
function useCheck(form: GroupForm, id: number | undefined, error: unknown) {
  const check = useChange({
    run: () => ask(api.POST("/groups/check", { body: { group: form, ...(id !== undefined && { id }) } })),
    stale: [],
    isQuiet: true,
  });
  const said = [
    ...(error instanceof ApiProblem ? error.fields : []),
    ...(check.error instanceof ApiProblem ? check.error.fields : []),
    ...readFields(check.data?.fields),
  ];
  return {
    run: () => {
      if (form.name !== "") check.mutate(undefined);
    },
    // `subnets`, `subnets[1]`, `subnets.1`.
    of: (field: string) =>
      said.find((entry) => entry.field === field || entry.field.startsWith(`${field}[`) || entry.field.startsWith(`${field}.`))
        ?.message,
  };
}

function ModeChoice({ form, onChange }: Pick<Props, "form" | "onChange">) {
  const { t } = useTranslation();
  const mode = form.mode?.mode ?? "normal";
  return (
    <Fields>
      <Choice
        label={t("group.mode")}
        description={t(`group.modeAbout.${mode}`)}
        value={mode}
        options={MODES.map((value) => ({ value, label: t(`group.modes.${value}`) }))}
        onChange={(value) => {
          onChange(value === "normal" ? without(form, "mode") : { ...form, mode: { ...form.mode, mode: value } });
        }}
      />
      {form.mode != null && mode !== "normal" && (
        <TextInput
          type="datetime-local"
          label={t("group.until")}
          description={t("group.untilHint")}
          value={form.mode.until == null ? "" : toLocalInput(form.mode.until)}
          onChange={(event) => {
            const until = fromLocalInput(event.currentTarget.value);
            onChange({ ...form, mode: { mode, ...(until !== undefined && { until }) } });
          }}
        />
      )}
    </Fields>
  );
}

export function GroupEditor({ form, onChange, id, onSave, isSaving, error }: Props) {
  const { t } = useTranslation();
  const check = useCheck(form, id, error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <Stack>
        <Paper>
          <Stack>
            <Title order={2}>{t("group.who")}</Title>
            <Fields>
              <TextInput
                label={t("group.name")}
                description={t("group.nameHint")}
                required
                maxLength={64}
                value={form.name}
                error={check.of("name")}
                onBlur={check.run}
                onChange={(event) => {
                  onChange({ ...form, name: event.currentTarget.value });
                }}
              />
              <Choice
                label={t("policy.tier")}
                description={t("group.tierHint")}
                value={form.tier}
                options={TIERS.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))}
                onChange={(tier) => {
                  onChange({ ...form, tier });
                }}
              />
            </Fields>
            <Fields>
              {DEVICES.map((field) => (
                <LinesInput
                  key={field}
                  label={t(`group.${field}`)}
                  description={t(`group.hints.${field}`)}
                  value={form[field]}
                  error={check.of(field)}
                  onBlur={check.run}
                  onChange={(lines) => {
                    onChange({ ...form, [field]: lines });
                  }}
                />
              ))}
            </Fields>
          </Stack>
        </Paper>
        <Paper>
          <Stack>
            <Title order={2}>{t("group.modeTitle")}</Title>
            <ModeChoice form={form} onChange={onChange} />
          </Stack>
        </Paper>
        <Paper>
          <PeriodsEditor
            periods={form.periods}
            error={check.of("periods")}
            onChange={(periods) => {
              onChange({ ...form, periods });
            }}
          />
        </Paper>
        {error !== null && <ErrorBox error={error} />}
        <Line>
          <Button type="submit" loading={isSaving}>
            {t("action.save")}
          </Button>
        </Line>
      </Stack>
    </form>
  );
}
