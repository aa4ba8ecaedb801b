// To hand the box on: all that is the school's goes, for good.
import { Alert, Button, Checkbox, List, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { fieldError } from "../api/errors";
import { queries } from "../api/queries";
import { OwnPassword } from "../forms/OwnPassword";
import { useChange } from "../hooks/use-change";
import { ErrorBox } from "../ui/ErrorBox";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { oneForm } from "../util/one-form";

const LOST = ["people", "logs", "keys", "lists"] as const;

function ResetForm({ name }: { name: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form, setForm] = useState({ confirm: "", password: "", keepsNetwork: true });
  const set = (change: Partial<typeof form>) => {
    setForm({ ...form, ...change });
  };
  const reset = useChange({
    run: () =>
      ask(
        api.POST("/box/reset", {
          body: { confirm: oneForm(form.confirm), password: oneForm(form.password), keeps_network: form.keepsNetwork },
        }),
      ),
    stale: [],
    isQuiet: true,
    done: () => {
      void navigate({ to: "/back", search: { why: "reset" } });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        reset.mutate(undefined);
      }}
    >
      <Stack>
        <Checkbox
          label={t("reset.keepNetwork")}
          description={t("reset.keepNetworkHint")}
          checked={form.keepsNetwork}
          onChange={(event) => {
            set({ keepsNetwork: event.currentTarget.checked });
          }}
        />
        <TextInput
          label={t("reset.confirm", { name })}
          autoComplete="off"
          required
          error={fieldError(reset.error, "confirm")}
          value={form.confirm}
          onChange={(event) => {
            set({ confirm: event.currentTarget.value });
          }}
        />
        <OwnPassword
          value={form.password}
          onChange={(password) => {
            set({ password });
          }}
        />
        <Text size="sm">{t("reset.after")}</Text>
        {reset.isError && <ErrorBox error={reset.error} />}
        <Button type="submit" color="red.9" loading={reset.isPending}>
          {t("reset.yes")}
        </Button>
      </Stack>
    </form>
  );
}

export function ResetPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.box);
  return (
    <Page
      title={t("nav.reset")}
      lead={t("reset.lead")}
      actions={
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/backup" />}>
          {t("reset.backUpFirst")}
        </Button>
      }
    >
      <Alert color="red" title={t("reset.lost")} role="region" aria-label={t("reset.lost")}>
        <List size="sm">
          {LOST.map((what) => (
            <List.Item key={what}>{t(`reset.${what}`)}</List.Item>
          ))}
        </List>
        <Text fw={650} mt="xs">
          {t("reset.noUndo")}
        </Text>
        <Text size="sm">{t("reset.noUndoWhy")}</Text>
      </Alert>
      <Loaded query={query}>{(box) => <ResetForm name={box.confirm} />}</Loaded>
    </Page>
  );
}
