// Change, new password, remove. One's own account is not removed from under oneself.
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ask, ifMatch } from "../api/client";
import type { Account } from "../api/types";
import { useChange } from "../hooks/use-change";
import { useAccount } from "../hooks/use-session";
import type { Secret } from "../pages/AccountsPage";
import { Ask } from "../ui/Ask";

interface Props {
  account: Account;
  edit: () => void;
  told: (secret: Secret) => void;
}

export function AccountActions({ account, edit, told }: Props) {
  const { t } = useTranslation();
  const isOwn = useAccount().id === account.id;
  const { id, version, display_name: name } = account;
  const reset = useChange({
    run: () => ask(api.POST("/accounts/{id}/password", { params: { path: { id } } })),
    stale: ["accounts"],
    done: ({ password }) => {
      told({ name, password });
    },
  });
  const remove = useChange({
    run: () => ask(api.DELETE("/accounts/{id}", { params: { path: { id }, header: ifMatch(version) } })),
    stale: ["accounts"],
  });
  return (
    <>
      <Button variant="default" onClick={edit} aria-label={t("accounts.editNamed", { name })}>
        {t("action.edit")}
      </Button>
      {!isOwn && (
        <>
          <Ask
            label={t("accounts.newPassword")}
            ariaLabel={t("accounts.newPasswordNamed", { name })}
            title={t("accounts.newPasswordNamed", { name })}
            confirm={t("accounts.newPassword")}
            isBusy={reset.isPending}
            run={() => {
              reset.mutate(undefined);
            }}
          >
            {t("accounts.newPasswordWhat")}
          </Ask>
          <Ask
            label={t("accounts.remove")}
            ariaLabel={t("accounts.removeNamed", { name })}
            title={t("accounts.removeNamed", { name })}
            confirm={t("accounts.remove")}
            isBusy={remove.isPending}
            run={() => {
              remove.mutate(undefined);
            }}
          >
            {t("accounts.removeWhat")}
          </Ask>
        </>
      )}
    </>
  );
}
