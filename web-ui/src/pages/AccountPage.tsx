// One's own account: what must be done first, name, language, colours, password, second step.
import { Alert, Button, Paper, Stack, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError } from "../api/errors";
import { ColorSwitch } from "../components/ColorSwitch";
import { LanguageSwitch } from "../components/LanguageSwitch";
import { PasswordForm } from "../components/PasswordForm";
import { SignOut } from "../components/SignOut";
import { TotpCard } from "../components/TotpCard";
import { useChange } from "../hooks/use-change";
import { useAccount, useSession } from "../hooks/use-session";
import { Grid } from "../ui/layout";
import { Page } from "../ui/Page";
import { useToast } from "../ui/toast";

function usePatch() {
  return useChange({
    run: (body: { display_name?: string; language?: "vi" | "en" }) => ask(api.PATCH("/account", { body })),
    stale: ["session"],
  });
}

function NameForm() {
  const { t } = useTranslation();
  const account = useAccount();
  const show = useToast();
  const [name, setName] = useState(account.display_name);
  const patch = usePatch();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        patch.mutate(
          { display_name: name },
          {
            onSuccess: () => {
              show({ text: t("state.saved") });
            },
          },
        );
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={t("account.displayName")}
          required
          value={name}
          error={fieldError(patch.error, "display_name")}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={patch.isPending} disabled={name === account.display_name}>
          {t("action.save")}
        </Button>
      </Stack>
    </form>
  );
}

function Screen() {
  const { t } = useTranslation();
  const patch = usePatch();
  return (
    <Stack gap="sm">
      <Title order={3}>{t("account.language")}</Title>
      <LanguageSwitch
        onChange={(language) => {
          patch.mutate({ language });
        }}
      />
      <Title order={3}>{t("account.colors")}</Title>
      <ColorSwitch />
    </Stack>
  );
}

export function AccountPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const session = useSession();
  const mustAddTotp = session?.totp_required === true && !account.totp;
  return (
    <Page title={t("nav.account")} lead={`${account.name} · ${t(`role.${account.role}`)}`} actions={<SignOut />}>
      {account.must_change_password && <Alert color="yellow">{t("account.mustChange")}</Alert>}
      {mustAddTotp && !account.must_change_password && <Alert color="yellow">{t("totp.must")}</Alert>}
      <Grid>
        <Paper>
          <PasswordForm />
        </Paper>
        <Paper>
          <TotpCard />
        </Paper>
        <Paper>
          <Stack>
            <Title order={2}>{t("account.you")}</Title>
            <NameForm />
            <Screen />
          </Stack>
        </Paper>
      </Grid>
    </Page>
  );
}
