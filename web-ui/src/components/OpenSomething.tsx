// Opens a name, a service or a category for a group's lesson, without waiting for a request.
import { Button, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Target, Until } from "../api/types";
import { TargetChoice } from "../forms/TargetChoice";
import { UntilChoice } from "../forms/UntilChoice";
import { useOwnGroups } from "../hooks/use-names";
import { useOpen } from "../hooks/use-passes";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";

export function OpenSomething() {
  const { t } = useTranslation();
  const groups = useOwnGroups();
  const [target, setTarget] = useState<Target>({ name: "" });
  const [chosen, setGroup] = useState("");
  const [until, setUntil] = useState<Until>("bell");
  const [reason, setReason] = useState("");
  const group = chosen === "" ? String(groups[0]?.id ?? "") : chosen;
  const open = useOpen(() => {
    setTarget({ name: "" });
    setReason("");
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate({ group: Number(group), target, until, reason: reason.trim() || t("pass.defaultReason") });
      }}
    >
      <Stack gap="sm">
        <TargetChoice value={target} onChange={setTarget} error={open.error} />
        <Choice
          label={t("pass.group")}
          value={group}
          options={groups.map((entry) => ({ value: String(entry.id), label: entry.name }))}
          onChange={setGroup}
        />
        <UntilChoice value={until} onChange={setUntil} />
        <TextInput
          label={t("pass.reason")}
          placeholder={t("pass.defaultReason")}
          maxLength={200}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
        {open.isError && <ErrorBox error={open.error} />}
        <Button type="submit" loading={open.isPending} disabled={group === ""}>
          {t("pass.open")}
        </Button>
      </Stack>
    </form>
  );
}
