// A backup is chosen, sent to the box, and opened there by its passphrase.
import { Button, FileInput, PasswordInput, Progress, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { isProblem } from "../api/errors";
import type { Preview, RestoreWay } from "../api/types";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { oneForm } from "../util/one-form";

interface Props {
  way: RestoreWay;
  // What else has to be filled in before a file may be sent.
  before: ReactNode;
  done: (preview: Preview) => void;
}

function Progressing({ share }: { share: number }) {
  const { t } = useTranslation();
  const text = share < 1 ? t("restore.sending") : t("restore.checking");
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">{text}</Text>
      <Progress value={100 * share} aria-label={text} />
    </Stack>
  );
}

export function BackupChoice({ way, before, done }: Props) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState<File>();
  const [share, setShare] = useState(0);
  const [passphrase, setPassphrase] = useState("");
  const look = useChange({
    run: async () => {
      // After a wrong passphrase the box still has the file, for a while.
      const isThere = sent === file && !isProblem(look.error, "no-upload");
      if (file !== null && !isThere) {
        setShare(0);
        await way.send(file, setShare);
        setSent(file);
      }
      setShare(1);
      return way.check(oneForm(passphrase.trim()));
    },
    stale: [],
    isQuiet: true,
    done,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        look.mutate(undefined);
      }}
    >
      <Stack>
        {before}
        <FileInput label={t("restore.file")} description={t("restore.fileHint")} placeholder={t("restore.choose")} required value={file} onChange={setFile} />
        <PasswordInput
          label={t("box.phrase")}
          description={t("restore.phraseHint")}
          autoComplete="off"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          value={passphrase}
          onChange={(event) => {
            setPassphrase(event.currentTarget.value);
          }}
        />
        {look.isError && <ErrorBox error={look.error} />}
        {look.isPending && <Progressing share={share} />}
        <Button type="submit" loading={look.isPending} disabled={file === null}>
          {t("restore.look")}
        </Button>
      </Stack>
    </form>
  );
}
