// An administrator puts a backup onto a box that is in use, or takes the last restore back.
import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { RestoreWay } from "../api/types";
import { RestoreSteps } from "../components/RestoreSteps";
import { OwnPassword } from "../forms/OwnPassword";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { Page } from "../ui/Page";
import { day } from "../util/format";
import { oneForm } from "../util/one-form";
import { sendFile } from "../util/send-file";

function wayWith(password: string): RestoreWay {
  return {
    send: (file, progress) => sendFile("/box/restore/file", file, {}, progress),
    check: (passphrase) => ask(api.POST("/box/restore/check", { body: { passphrase } })),
    restore: (own_network) => ask(api.POST("/box/restore", { body: { password: oneForm(password), own_network } })),
  };
}

function UndoForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const undo = useChange({
    run: () => ask(api.POST("/box/restore/undo", { body: { password: oneForm(password) } })),
    stale: [],
    isQuiet: true,
    done: () => {
      void navigate({ to: "/back", search: { why: "undone" } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        undo.mutate(undefined);
      }}
    >
      <Stack>
        <Text>{t("restore.undoWhat")}</Text>
        <OwnPassword value={password} onChange={setPassword} />
        {undo.isError && <ErrorBox error={undo.error} />}
        <Button type="submit" color="red.9" loading={undo.isPending}>
          {t("restore.undo")}
        </Button>
      </Stack>
    </form>
  );
}

function Undo({ until }: { until: number }) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <Alert role="region" aria-label={t("restore.undo")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t("restore.undoUntil", { day: day(until) })}</Text>
        <Button variant="default" onClick={open}>
          {t("restore.undo")}
        </Button>
      </Stack>
      <Modal opened={isOpen} onClose={close} title={t("restore.undo")} closeButtonProps={{ "aria-label": t("action.close") }}>
        <UndoForm />
      </Modal>
    </Alert>
  );
}

export function RestorePage() {
  const { t } = useTranslation();
  const until = useQuery(queries.box).data?.undo_until;
  const [password, setPassword] = useState("");
  return (
    <Page title={t("nav.restore")} lead={t("restore.lead")}>
      {until != null && <Undo until={until} />}
      <RestoreSteps way={wayWith(password)} confirm={<OwnPassword value={password} onChange={setPassword} />} />
    </Page>
  );
}
