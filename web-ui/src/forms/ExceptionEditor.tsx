// A new exception: what, open or closed, for whom, until when, and why. A reason is asked for: somebody will ask later.
import { Button, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldError } from "../api/errors";
import { queries } from "../api/queries";
import type { ExceptionForm } from "../api/types";
import { useAddException } from "../hooks/use-exceptions";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";
import { Fields } from "../ui/layout";
import { fromLocalInput, toLocalInput } from "../util/format";
import { aboutOf, targetOf } from "../util/target";
import { without } from "../util/without";
import { TargetChoice } from "./TargetChoice";

export function ExceptionEditor({ name, group }: { name: string; group: number | undefined }) {
  const { t } = useTranslation();
  const fresh: ExceptionForm = { about: name, action: "allow", reason: "", ...(group !== undefined && { group }) };
  const [form, setForm] = useState(fresh);
  const groups = useQuery(queries.groups).data?.items ?? [];
  const add = useAddException(() => {
    setForm({ ...fresh, about: "" });
  });
  const set = (change: Partial<ExceptionForm>) => {
    setForm({ ...form, ...change });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(form);
      }}
    >
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("exception.openOrClose")}
          value={form.action}
          onChange={(value) => {
            set({ action: value === "block" ? "block" : "allow" });
          }}
          data={[
            { value: "allow", label: t("exception.open") },
            { value: "block", label: t("exception.close") },
          ]}
        />
        <TargetChoice
          value={targetOf(form.about)}
          error={add.error}
          onChange={(target) => {
            set({ about: aboutOf(target) });
          }}
        />
        <Fields>
          <Choice
            label={t("exception.for")}
            value={form.group == null ? "" : String(form.group)}
            options={[
              { value: "", label: t("exception.wholeSchool") },
              ...groups.map((entry) => ({ value: String(entry.id), label: entry.name })),
            ]}
            onChange={(value) => {
              const rest = without(form, "group");
              setForm(value === "" ? rest : { ...rest, group: Number(value) });
            }}
          />
          <TextInput
            type="datetime-local"
            label={t("exception.end")}
            description={t("exception.endHint")}
            value={form.until == null ? "" : toLocalInput(form.until)}
            error={fieldError(add.error, "until")}
            onChange={(event) => {
              const until = fromLocalInput(event.currentTarget.value);
              const rest = without(form, "until");
              setForm(until === undefined ? rest : { ...rest, until });
            }}
          />
          <TextInput
            label={t("policy.reason")}
            description={t("exception.reasonHint")}
            required
            maxLength={200}
            value={form.reason}
            error={fieldError(add.error, "reason")}
            onChange={(event) => {
              set({ reason: event.currentTarget.value });
            }}
          />
        </Fields>
        {add.isError && <ErrorBox error={add.error} />}
        <Button type="submit" loading={add.isPending}>
          {t("exception.add")}
        </Button>
      </Stack>
    </form>
  );
}
