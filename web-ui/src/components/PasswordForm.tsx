import { Button, PasswordInput, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError } from "../api/errors";
import { NewPassword } from "../forms/NewPassword";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { useToast } from "../ui/toast";
import { oneForm } from "../util/one-form";

export function PasswordForm() {
  const { t } = useTranslation();
  const show = useToast();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useChange({
    run: () => ask(api.POST("/account/password", { body: { old: oneForm(old), new: oneForm(fresh) } })),
    stale: ["session"],
    isQuiet: true,
    done: () => {
      setOld("");
      setFresh("");
      show({ text: t("account.passwordChanged") });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(undefined);
      }}
    >
      <Stack gap="sm">
        <Title order={2}>{t("account.password")}</Title>
        <PasswordInput
          label={t("account.oldPassword")}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          error={fieldError(change.error, "old")}
          value={old}
          onChange={(event) => {
            setOld(event.currentTarget.value);
          }}
        />
        <NewPassword value={fresh} onChange={setFresh} error={fieldError(change.error, "new")} />
        {change.isError && <ErrorBox error={change.error} />}
        <Button type="submit" loading={change.isPending}>
          {t("account.changePassword")}
        </Button>
      </Stack>
    </form>
  );
}
