// Reading begins with the counsellor's passphrase, or the line on her paper.
import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { setIdentity } from "../hooks/use-identity";
import { unlock } from "../util/sealing";

export function KeyUnlock({ recipient, wrapped }: { recipient: string; wrapped: string }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState("");
  const open = useMutation({
    mutationFn: () => unlock(wrapped, recipient, secret),
    onSuccess: setIdentity,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate();
      }}
    >
      <Stack>
        <Text>{t("counsel.unlock.lead")}</Text>
        <PasswordInput
          label={t("counsel.passphrase")}
          description={t("counsel.unlock.hint")}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          error={open.isError ? t("counsel.unlock.wrong") : undefined}
          value={secret}
          onChange={(event) => {
            setSecret(event.currentTarget.value);
          }}
        />
        <Button type="submit" loading={open.isPending} disabled={secret === ""}>
          {t("counsel.unlock.open")}
        </Button>
      </Stack>
    </form>
  );
}
