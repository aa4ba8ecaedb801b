// The first account of a new box: the code on its console proves that its owner is here.
import { oneForm } from "../util/one-form";
import { Button, Stack, Text, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError } from "../api/errors";
import { readSession } from "../api/shape";
import { Outside } from "../components/Outside";
import { NewPassword } from "../forms/NewPassword";
import { useChange } from "../hooks/use-change";
import { useSetSession } from "../hooks/use-session";
import { ErrorBox } from "../ui/ErrorBox";
import { Page } from "../ui/Page";

export function SetupPage() {
  const { t } = useTranslation();
  const setSession = useSetSession();
  const navigate = useNavigate();
  const [form, setForm] = useState({ code: "", name: "", display_name: "", password: "" });
  const set = (change: Partial<typeof form>) => {
    setForm({ ...form, ...change });
  };
  const make = useChange({
    run: () => ask(api.POST("/setup/account", { body: { ...form, password: oneForm(form.password), code: form.code.trim(), name: form.name.trim() } })),
    stale: [],
    isQuiet: true,
    done: (session) => {
      setSession(readSession(session));
      void navigate({ to: "/wizard" });
    },
  });
  return (
    <Outside>
      <Page title={t("setup.title")} lead={t("setup.lead")}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate(undefined);
          }}
        >
          <Stack>
            <TextInput
              label={t("setup.code")}
              description={t("setup.codeHint")}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              required
              error={fieldError(make.error, "code")}
              value={form.code}
              onChange={(event) => {
                set({ code: event.currentTarget.value });
              }}
            />
            <TextInput
              label={t("account.displayName")}
              description={t("setup.displayNameHint")}
              autoComplete="name"
              required
              error={fieldError(make.error, "display_name")}
              value={form.display_name}
              onChange={(event) => {
                set({ display_name: event.currentTarget.value });
              }}
            />
            <TextInput
              label={t("account.name")}
              description={t("account.nameHint")}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              error={fieldError(make.error, "name")}
              value={form.name}
              onChange={(event) => {
                set({ name: event.currentTarget.value });
              }}
            />
            <NewPassword
              value={form.password}
              error={fieldError(make.error, "password")}
              onChange={(password) => {
                set({ password });
              }}
            />
            {make.isError && <ErrorBox error={make.error} />}
            <Button type="submit" loading={make.isPending}>
              {t("setup.submit")}
            </Button>
          </Stack>
        </form>
        <Text>{t("restore.firstHint")}</Text>
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/setup/restore" />}>
          {t("restore.first")}
        </Button>
      </Page>
    </Outside>
  );
}
