// An account: name, role, own groups, and an end for inspectors.
import { Button, Checkbox, Group as Line, Stack, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, ifMatch } from "../api/client";
import { fieldError } from "../api/errors";
import { queries } from "../api/queries";
import { type Account, type AccountForm, ROLES } from "../api/types";
import { useChange } from "../hooks/use-change";
import type { Secret } from "../pages/AccountsPage";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";
import { Fields } from "../ui/layout";
import { fromLocalInput, toLocalInput } from "../util/format";
import { without } from "../util/without";

interface Props {
  account: Account | undefined;
  close: () => void;
  told: (secret: Secret) => void;
}

function start(account: Account | undefined): AccountForm {
  if (!account) return { name: "", display_name: "", role: "teacher", groups: [] };
  const { name, display_name, role, groups, until } = account;
  return { name, display_name, role, groups, ...(until != null && { until }) };
}

function useSave({ account, close, told }: Props) {
  return useChange({
    run: async (body: AccountForm) => {
      if (!account) return ask(api.POST("/accounts", { body }));
      const params = { path: { id: account.id }, header: ifMatch(account.version) };
      // Names are given once; an inspector's end leaves with the role.
      const edit = { ...without(body, "name"), until: body.until ?? null };
      await ask(api.PATCH("/accounts/{id}", { params, body: edit }));
      return undefined;
    },
    stale: ["accounts"],
    isQuiet: true,
    done: (made) => {
      close();
      if (made) told({ name: made.account.display_name, password: made.password });
    },
  });
}

function OwnGroups({ form, set }: { form: AccountForm; set: (change: Partial<AccountForm>) => void }) {
  const { t } = useTranslation();
  const groups = useQuery(queries.groups).data?.items ?? [];
  return (
    <Checkbox.Group
      label={t("accounts.groups")}
      description={t("accounts.groupsHint")}
      value={(form.groups ?? []).map(String)}
      onChange={(chosen) => {
        set({ groups: chosen.map(Number) });
      }}
    >
      <Line mt="xs">
        {groups.map((group) => (
          <Checkbox key={group.id} value={String(group.id)} label={group.name} />
        ))}
      </Line>
    </Checkbox.Group>
  );
}

export function AccountEditor(props: Props) {
  const { t } = useTranslation();
  const { account, close } = props;
  const [form, setForm] = useState(start(account));
  const save = useSave(props);
  const set = (change: Partial<AccountForm>) => {
    setForm({ ...form, ...change });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(form);
      }}
    >
      <Stack>
        <Title order={2}>{account ? account.display_name : t("accounts.add")}</Title>
        <Fields>
          <TextInput
            label={t("account.displayName")}
            required
            data-autofocus
            value={form.display_name}
            error={fieldError(save.error, "display_name")}
            onChange={(event) => {
              set({ display_name: event.currentTarget.value });
            }}
          />
          <TextInput
            label={t("account.name")}
            description={t("account.nameHint")}
            required
            disabled={account !== undefined}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            value={form.name}
            error={fieldError(save.error, "name")}
            onChange={(event) => {
              set({ name: event.currentTarget.value });
            }}
          />
          <Choice
            label={t("accounts.role")}
            description={t(`accounts.roleAbout.${form.role}`)}
            value={form.role}
            error={fieldError(save.error, "role")}
            options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            onChange={(role) => {
              set({ role });
            }}
          />
          {form.role === "inspector" && (
            <TextInput
              type="datetime-local"
              label={t("accounts.end")}
              description={t("accounts.endHint")}
              required
              value={form.until == null ? "" : toLocalInput(form.until)}
              error={fieldError(save.error, "until")}
              onChange={(event) => {
                set({ until: fromLocalInput(event.currentTarget.value) });
              }}
            />
          )}
        </Fields>
        {form.role === "teacher" && <OwnGroups form={form} set={set} />}
        {save.isError && <ErrorBox error={save.error} />}
        <Line>
          <Button type="submit" loading={save.isPending}>
            {t("action.save")}
          </Button>
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
        </Line>
      </Stack>
    </form>
  );
}
