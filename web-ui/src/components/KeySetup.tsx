// The counsellor's key, made once: a passphrase of hers, and a line for paper in case she forgets it.
import { Alert, Button, Checkbox, Code, List, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { setIdentity } from "../hooks/use-identity";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { NoPrint } from "../ui/layout";
import { type MadeKey, makeKey } from "../util/sealing";

const SHORTEST = 12;

function Paper({ made }: { made: MadeKey }) {
  const { t } = useTranslation();
  const [isWritten, setWritten] = useState(false);
  const save = useChange({
    run: () => ask(api.PUT("/counsellor/key", { body: { recipient: made.recipient, wrapped_identity: made.wrapped } })),
    stale: ["counsellor"],
    isQuiet: true,
    done: () => {
      setIdentity(made.identity);
    },
  });
  return (
    <Stack>
      <Title order={2}>{t("counsel.paper.title")}</Title>
      <Text>{t("counsel.paper.lead")}</Text>
      <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }} data-testid="paper-key">
        {made.identity}
      </Code>
      <NoPrint>
        <Stack>
          <Button
            variant="default"
            onClick={() => {
              globalThis.print();
            }}
          >
            {t("action.print")}
          </Button>
          <Checkbox
            label={t("counsel.paper.written")}
            checked={isWritten}
            onChange={(event) => {
              setWritten(event.currentTarget.checked);
            }}
          />
          {save.isError && <ErrorBox error={save.error} />}
          <Button
            disabled={!isWritten}
            loading={save.isPending}
            onClick={() => {
              save.mutate(undefined);
            }}
          >
            {t("counsel.paper.begin")}
          </Button>
        </Stack>
      </NoPrint>
    </Stack>
  );
}

export function KeySetup() {
  const { t } = useTranslation();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [made, setMade] = useState<MadeKey>();
  const make = useChange({ run: makeKey, stale: [], done: setMade });
  if (made) return <Paper made={made} />;
  const isShort = passphrase !== "" && passphrase.length < SHORTEST;
  const differs = again !== "" && again !== passphrase;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(passphrase);
      }}
    >
      <Stack>
        <Alert title={t("counsel.setup.title")}>{t("counsel.setup.lead")}</Alert>
        <List spacing={4}>
          <List.Item>{t("counsel.setup.onlyYou")}</List.Item>
          <List.Item>{t("counsel.setup.nobodyElse")}</List.Item>
          <List.Item>{t("counsel.setup.until")}</List.Item>
        </List>
        <PasswordInput
          label={t("counsel.passphrase")}
          description={t("counsel.setup.hint", { count: SHORTEST })}
          autoComplete="new-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          error={isShort ? t("counsel.setup.short", { count: SHORTEST }) : undefined}
          value={passphrase}
          onChange={(event) => {
            setPassphrase(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label={t("counsel.setup.again")}
          autoComplete="new-password"
          required
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          error={differs ? t("counsel.setup.differs") : undefined}
          value={again}
          onChange={(event) => {
            setAgain(event.currentTarget.value);
          }}
        />
        <Button type="submit" loading={make.isPending} disabled={passphrase.length < SHORTEST || again !== passphrase}>
          {t("counsel.setup.make")}
        </Button>
      </Stack>
    </form>
  );
}
