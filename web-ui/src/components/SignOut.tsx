import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import { useChange } from "../hooks/use-change";
import { setIdentity } from "../hooks/use-identity";

export function SignOut() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = useChange({
    run: () => ask(api.DELETE("/session")),
    stale: [],
    done: () => {
      // Nothing of this person stays in memory for the next one.
      client.clear();
      setIdentity(undefined);
      void client.query({ ...queries.session, staleTime: 0 }).then(() => navigate({ to: "/sign-in" }));
    },
  });
  return (
    <Button
      variant="default"
      loading={leave.isPending}
      onClick={() => {
        leave.mutate(undefined);
      }}
    >
      {t("account.signOut")}
    </Button>
  );
}
