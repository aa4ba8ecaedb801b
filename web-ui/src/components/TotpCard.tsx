// The second step of signing in: shown as a QR code, proved by a first code, taken away with the password.
import { oneForm } from "../util/one-form";
import { Badge, Button, Code, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { ApiProblem, fieldError } from "../api/errors";
import type { Totp } from "../api/types";
import { CodeInput } from "../forms/CodeInput";
import { useChange } from "../hooks/use-change";
import { useAccount } from "../hooks/use-session";
import { ErrorBox } from "../ui/ErrorBox";
import { useToast } from "../ui/toast";

function Confirm({ totp, cancel }: { totp: Totp; cancel: () => void }) {
  const { t } = useTranslation();
  const show = useToast();
  const [code, setCode] = useState("");
  const confirm = useChange({
    run: () => ask(api.POST("/account/totp/confirm", { body: { code } })),
    stale: ["session"],
    isQuiet: true,
    done: () => {
      cancel();
      show({ text: t("totp.isOn") });
    },
  });
  // The box was restarted since and knows nothing of this code any more.
  const isForgotten = confirm.error instanceof ApiProblem && confirm.error.status === 404;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(undefined);
      }}
    >
      <Stack gap="sm">
        <Text>{t("totp.scan")}</Text>
        <img src={`data:image/svg+xml,${encodeURIComponent(totp.qr_svg)}`} alt={t("totp.qr")} width="200" height="200" />
        <Text size="sm">
          {t("totp.orType")} <Code>{totp.secret}</Code>
        </Text>
        <CodeInput label={t("totp.code")} value={code} onChange={setCode} error={fieldError(confirm.error, "code")} />
        {isForgotten && <Text c="var(--mantine-color-error)">{t("totp.beginAgain")}</Text>}
        {confirm.isError && !isForgotten && <ErrorBox error={confirm.error} />}
        <Group>
          <Button type="submit" loading={confirm.isPending}>
            {t("totp.switchOn")}
          </Button>
          <Button variant="default" onClick={cancel}>
            {t("action.cancel")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function TakeAway() {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const remove = useChange({
    run: () => ask(api.DELETE("/account/totp", { body: { password: oneForm(password) } })),
    stale: ["session"],
    isQuiet: true,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        remove.mutate(undefined);
      }}
    >
      <Stack gap="sm">
        <PasswordInput
          label={t("account.password")}
          description={t("totp.offHint")}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          error={fieldError(remove.error, "password")}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        {remove.isError && <ErrorBox error={remove.error} />}
        <Button type="submit" variant="default" loading={remove.isPending}>
          {t("totp.switchOff")}
        </Button>
      </Stack>
    </form>
  );
}

export function TotpCard() {
  const { t } = useTranslation();
  const { totp: isOn } = useAccount();
  const [started, setStarted] = useState<Totp>();
  const begin = useChange({ run: () => ask(api.POST("/account/totp")), stale: [], done: setStarted });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2}>{t("totp.title")}</Title>
        <Badge color={isOn ? "teal.9" : "gray.7"}>
          {isOn ? t("state.on") : t("state.off")}
        </Badge>
      </Group>
      <Text c="dimmed">{t("totp.about")}</Text>
      {isOn && <TakeAway />}
      {!isOn && started === undefined && (
        <Button
          variant="default"
          loading={begin.isPending}
          onClick={() => {
            begin.mutate(undefined);
          }}
        >
          {t("totp.begin")}
        </Button>
      )}
      {!isOn && started !== undefined && (
        <Confirm
          totp={started}
          cancel={() => {
            setStarted(undefined);
          }}
        />
      )}
    </Stack>
  );
}
