// Every other answer to a request: another end, a no with a kind word, or over to the administrator.
import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AnswerForm, Request, Until } from "../api/types";
import { UntilChoice } from "../forms/UntilChoice";
import { useAnswer } from "../hooks/use-answer";
import { useRole } from "../hooks/use-session";
import { ErrorBox } from "../ui/ErrorBox";

// What devices of no group ask for would be open for the whole school.
export function canOpen(request: Request): boolean {
  return request.group !== 0;
}

function Form({ request, close }: { request: Request; close: () => void }) {
  const { t } = useTranslation();
  const isAdmin = useRole() === "admin";
  const [until, setUntil] = useState<Until>("bell");
  const [note, setNote] = useState("");
  const answer = useAnswer();
  const send = (form: AnswerForm) => {
    const said = note.trim();
    answer.mutate({ request, form: { ...form, ...(said !== "" && { note: said }) } }, { onSuccess: close });
  };
  return (
    <Stack>
      <Textarea
        label={request.asked_by == null ? t("requests.noteLabel") : t("requests.noteToTeacher")}
        description={request.asked_by == null ? t("requests.noteHint") : t("requests.noteToTeacherHint")}
        maxLength={200}
        autosize
        minRows={2}
        value={note}
        onChange={(event) => {
          setNote(event.currentTarget.value);
        }}
      />
      {canOpen(request) && <UntilChoice value={until} onChange={setUntil} />}
      {answer.isError && <ErrorBox error={answer.error} />}
      <Group gap="xs">
        {canOpen(request) && (
          <Button
            loading={answer.isPending}
            onClick={() => {
              send({ answer: "open", until });
            }}
          >
            {t("requests.openUntil")}
          </Button>
        )}
        {isAdmin && canOpen(request) && (
          <Button
            variant="default"
            onClick={() => {
              // Without an end, which only the school may.
              send({ answer: "open" });
            }}
          >
            {t("requests.openForGood")}
          </Button>
        )}
        <Button
          variant="default"
          onClick={() => {
            send({ answer: "refuse" });
          }}
        >
          {t("requests.refuse")}
        </Button>
        {!isAdmin && (
          <Button
            variant="default"
            onClick={() => {
              send({ answer: "forward" });
            }}
          >
            {t("ask.forward")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

export function AnswerMore({ request }: { request: Request }) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={open} aria-label={t("requests.otherNamed", { name: request.name })}>
        {t("requests.other")}
      </Button>
      <Modal opened={isOpen} onClose={close} title={request.name} closeButtonProps={{ "aria-label": t("action.close") }}>
        <Form request={request} close={close} />
      </Modal>
    </>
  );
}
