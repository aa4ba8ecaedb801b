// Signing in; the second step appears when the box asks for it.
import { oneForm } from "../util/one-form";
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError, isProblem } from "../api/errors";
import { readSession } from "../api/shape";
import { Outside } from "../components/Outside";
import { CodeInput } from "../forms/CodeInput";
import { useChange } from "../hooks/use-change";
import { useSession, useSetSession } from "../hooks/use-session";
import { ErrorBox } from "../ui/ErrorBox";
import { Page } from "../ui/Page";

function useSignIn() {
  const setSession = useSetSession();
  const client = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const { to } = useSearch({ from: "/sign-in" });
  return useChange({
    run: (body: { name: string; password: string; totp?: string }) => ask(api.POST("/session", { body: { ...body, password: oneForm(body.password) } })),
    stale: [],
    isQuiet: true,
    done: (view) => {
      client.clear();
      setSession(readSession(view));
      if (to === undefined) void navigate({ to: "/" });
      else router.history.push(to);
    },
  });
}

export function SignInPage() {
  const { t } = useTranslation();
  const session = useSession();
  const signIn = useSignIn();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [asksForCode, setAsksForCode] = useState(false);
  const needsCode = asksForCode || isProblem(signIn.error, "totp-required");
  return (
    <Outside>
      <Page title={t("signIn.title")} lead={session?.school ?? undefined}>
        {session?.side === "pupils" && <Alert color="yellow">{t("signIn.pupilsSide")}</Alert>}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setAsksForCode(needsCode);
            signIn.mutate({ name: name.trim(), password, ...(totp !== "" && { totp }) });
          }}
        >
          <Stack>
            <TextInput
              label={t("account.name")}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={name}
              onChange={(event) => {
                setName(event.currentTarget.value);
              }}
            />
            <PasswordInput
              label={t("account.password")}
              autoComplete="current-password"
              required
              visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
              value={password}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
              }}
            />
            {needsCode && <CodeInput label={t("totp.code")} value={totp} onChange={setTotp} error={fieldError(signIn.error, "totp")} autoFocus />}
            {signIn.isError && !(isProblem(signIn.error, "totp-required") && totp === "") && <ErrorBox error={signIn.error} />}
            <Button type="submit" loading={signIn.isPending}>
              {t("signIn.submit")}
            </Button>
          </Stack>
        </form>
      </Page>
    </Outside>
  );
}
