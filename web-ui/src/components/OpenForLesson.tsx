// "Open for this lesson": one tap to ask, one to do it; group and end are filled in.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Target, Until } from "../api/types";
import { UntilChoice } from "../forms/UntilChoice";
import { useOwnGroups, useTargetName } from "../hooks/use-names";
import { useOpen } from "../hooks/use-passes";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";

interface Props {
  target: Target;
  // The groups it may be opened for.
  groups: readonly number[];
  label?: string;
}

function Form({ target, groups, close }: Props & { close: () => void }) {
  const { t } = useTranslation();
  const options = useOwnGroups().filter((group) => groups.includes(group.id));
  const [group, setGroup] = useState(String(groups[0] ?? ""));
  const [until, setUntil] = useState<Until>("bell");
  const [reason, setReason] = useState("");
  const open = useOpen(close);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate({ group: Number(group), target, until, reason: reason.trim() || t("pass.defaultReason") });
      }}
    >
      <Stack>
        <Choice
          label={t("pass.group")}
          value={group}
          options={options.map((entry) => ({ value: String(entry.id), label: entry.name }))}
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
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={open.isPending} data-autofocus>
            {t("pass.open")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function OpenForLesson({ target, groups, label }: Props) {
  const { t } = useTranslation();
  const targetName = useTargetName();
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button onClick={open}>{label ?? t("pass.openForLesson")}</Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={t("pass.openWhat", { what: targetName(target) })}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <Form target={target} groups={groups} close={close} />
      </Modal>
    </>
  );
}
