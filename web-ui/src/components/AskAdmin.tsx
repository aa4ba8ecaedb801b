// What only the school opens: a pupil's waiting request is handed to the administrator; without one the teacher asks herself.
import { Button, Modal, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { fieldError } from "../api/errors";
import { GroupForm } from "../forms/GroupForm";
import { useAnswer } from "../hooks/use-answer";
import { useAsk } from "../hooks/use-ask";

interface Props {
  name: string;
  // The groups for which only the school may open it.
  groups: readonly number[];
}

function Form({ name, groups, close }: Props & { close: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const ask = useAsk(close);
  return (
    <GroupForm
      groups={groups}
      label={t("ask.send")}
      change={ask}
      close={close}
      send={(group) => {
        ask.mutate({ name, group, reason: reason.trim() });
      }}
    >
      <TextInput
        label={t("ask.reason")}
        description={t("ask.reasonHint")}
        maxLength={200}
        required
        data-autofocus
        error={fieldError(ask.error, "reason")}
        value={reason}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
    </GroupForm>
  );
}

export function AskAdmin({ name, groups }: Props) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  const answer = useAnswer();
  const all = useInfiniteQuery(queries.requests("open")).data?.pages.flatMap((page) => page.items) ?? [];
  const waiting = all.find((request) => request.name === name && request.state === "open");
  const forward = () => {
    if (waiting) answer.mutate({ request: waiting, form: { answer: "forward" } });
  };
  return (
    <>
      <Button loading={answer.isPending} onClick={waiting ? forward : open}>
        {waiting ? t("ask.forward") : t("ask.ask")}
      </Button>
      <Modal opened={isOpen} onClose={close} title={t("ask.what", { name })} closeButtonProps={{ "aria-label": t("action.close") }}>
        <Form name={name} groups={groups} close={close} />
      </Modal>
    </>
  );
}
