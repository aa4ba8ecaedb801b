// What only the school opens: a pupil's waiting request is handed to the administrator; without one the teacher asks herself.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { fieldError } from "../api/errors";
import { useAnswer } from "../hooks/use-answer";
import { useAsk } from "../hooks/use-ask";
import { useOwnGroups } from "../hooks/use-names";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";

interface Props {
  name: string;
  // The groups for which only the school may open it.
  groups: readonly number[];
}

function Form({ name, groups, close }: Props & { close: () => void }) {
  const { t } = useTranslation();
  const options = useOwnGroups().filter((group) => groups.includes(group.id));
  const [group, setGroup] = useState(String(groups[0] ?? ""));
  const [reason, setReason] = useState("");
  const ask = useAsk(close);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate({ name, group: Number(group), reason: reason.trim() });
      }}
    >
      <Stack>
        <Choice
          label={t("pass.group")}
          value={group}
          options={options.map((entry) => ({ value: String(entry.id), label: entry.name }))}
          onChange={setGroup}
        />
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
        {ask.isError && <ErrorBox error={ask.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={ask.isPending}>
            {t("ask.send")}
          </Button>
        </Group>
      </Stack>
    </form>
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
