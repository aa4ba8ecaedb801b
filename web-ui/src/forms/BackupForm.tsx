// What a backup is made of: whose passphrase, with the lists or without, and who asks.
import { Alert, Button, Checkbox, PasswordInput, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError } from "../api/errors";
import type { BackupMade } from "../api/types";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { oneForm } from "../util/one-form";
import { OwnPassword } from "./OwnPassword";

interface Props {
  // The fewest characters of a passphrase.
  shortest: number;
  done: (made: BackupMade) => void;
}

interface PhraseProps {
  shortest: number;
  phrase: string;
  again: string;
  error: string | undefined;
  set: (change: { phrase?: string; again?: string }) => void;
}

function OwnPhrase({ shortest, phrase, again, error, set }: PhraseProps) {
  const { t } = useTranslation();
  const differs = again !== "" && again !== phrase;
  return (
    <>
      <PasswordInput
        label={t("box.phrase")}
        description={t("box.phraseHint", { count: shortest })}
        autoComplete="new-password"
        required
        minLength={shortest}
        visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
        error={error}
        value={phrase}
        onChange={(event) => {
          set({ phrase: event.currentTarget.value });
        }}
      />
      <PasswordInput
        label={t("box.phraseAgain")}
        autoComplete="new-password"
        required
        visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
        error={differs ? t("box.differs") : undefined}
        value={again}
        onChange={(event) => {
          set({ again: event.currentTarget.value });
        }}
      />
    </>
  );
}

const EMPTY = { own: false, phrase: "", again: "", lists: true, password: "" };

export function BackupForm({ shortest, done }: Props) {
  const { t } = useTranslation();
  const [form, setForm] = useState(EMPTY);
  const set = (change: Partial<typeof form>) => {
    setForm({ ...form, ...change });
  };
  const make = useChange({
    run: () =>
      ask(
        api.POST("/box/backup", {
          body: { password: oneForm(form.password), lists: form.lists, ...(form.own && { passphrase: oneForm(form.phrase) }) },
        }),
      ),
    stale: ["box", "overview"],
    isQuiet: true,
    done: (made) => {
      setForm(EMPTY);
      done(made);
    },
  });
  const isWrong = form.own && form.phrase !== form.again;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(undefined);
      }}
    >
      <Stack>
        <Radio.Group
          label={t("box.phrase")}
          value={form.own ? "own" : "made"}
          onChange={(value) => {
            set({ own: value === "own" });
          }}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="made" label={t("box.phraseMade")} />
            <Radio value="own" label={t("box.phraseOwn")} />
          </Stack>
        </Radio.Group>
        {form.own && <OwnPhrase shortest={shortest} phrase={form.phrase} again={form.again} error={fieldError(make.error, "passphrase")} set={set} />}
        <Checkbox
          label={t("box.lists")}
          description={t("box.listsHint")}
          checked={form.lists}
          onChange={(event) => {
            set({ lists: event.currentTarget.checked });
          }}
        />
        <OwnPassword
          hint={t("box.ownPasswordHint")}
          value={form.password}
          onChange={(password) => {
            set({ password });
          }}
        />
        {make.isError && <ErrorBox error={make.error} />}
        {make.isPending && (
          <Alert role="status" color="teal">
            {t("box.making")}
          </Alert>
        )}
        <Button type="submit" loading={make.isPending} disabled={isWrong}>
          {t("box.make")}
        </Button>
      </Stack>
    </form>
  );
}
