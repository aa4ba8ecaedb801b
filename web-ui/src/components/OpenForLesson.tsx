// "Open for this lesson": one tap to ask, one to do it; group and end are filled in.
import { Button, Modal, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Target, Until } from "../api/types";
import { GroupForm } from "../forms/GroupForm";
import { UntilChoice } from "../forms/UntilChoice";
import { useTargetName } from "../hooks/use-names";
import { useOpen } from "../hooks/use-passes";

interface Props {
  target: Target;
  // The groups it may be opened for.
  groups: readonly number[];
  label?: string;
}

function Form({ target, groups, close }: Props & { close: () => void }) {
  const { t } = useTranslation();
  const [until, setUntil] = useState<Until>("bell");
  const [reason, setReason] = useState("");
  const open = useOpen(close);
  return (
    <GroupForm
      groups={groups}
      label={t("pass.open")}
      isReady
      change={open}
      close={close}
      send={(group) => {
        open.mutate({ group, target, until, reason: reason.trim() || t("pass.defaultReason") });
      }}
    >
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
    </GroupForm>
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
