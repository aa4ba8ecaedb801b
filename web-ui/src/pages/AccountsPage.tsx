// Who may sign in, as what, for which groups. New passwords are shown once and must be changed at the first use.
import { Badge, Button, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Account } from "../api/types";
import { AccountActions } from "../components/AccountActions";
import { OncePassword } from "../components/OncePassword";
import { AccountEditor } from "../forms/AccountEditor";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Row, Rows } from "../ui/Rows";
import { day, moment } from "../util/format";

export interface Secret {
  name: string;
  password: string;
}

type Editing = { kind: "none" } | { kind: "new" } | { kind: "one"; account: Account };

function AccountRow({ account, edit, told }: { account: Account; edit: () => void; told: (secret: Secret) => void }) {
  const { t } = useTranslation();
  const groups = useQuery(queries.groups).data?.items ?? [];
  const own = groups.filter((group) => account.groups.includes(group.id)).map((group) => group.name);
  return (
    <Row
      title={account.display_name}
      below={
        <>
          {account.name} · {t(`role.${account.role}`)}
          {own.length > 0 && ` · ${own.join(", ")}`}
          <Text size="sm">
            {account.last_seen == null ? t("accounts.neverSeen") : t("accounts.lastSeen", { time: moment(account.last_seen) })}
            {account.until != null && ` · ${t("accounts.until", { day: day(account.until) })}`}
          </Text>
        </>
      }
      side={
        <>
          {account.totp && (
            <Badge color="teal.9">
              {t("accounts.twoSteps")}
            </Badge>
          )}
          <AccountActions account={account} edit={edit} told={told} />
        </>
      }
    />
  );
}

export function AccountsPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.accounts);
  const [editing, setEditing] = useState<Editing>({ kind: "none" });
  const [secret, setSecret] = useState<Secret>();
  const close = () => {
    setEditing({ kind: "none" });
  };
  return (
    <Page
      title={t("nav.accounts")}
      lead={t("accounts.lead")}
      actions={
        <Button
          onClick={() => {
            setEditing({ kind: "new" });
          }}
        >
          {t("accounts.add")}
        </Button>
      }
    >
      {secret && <OncePassword secret={secret} close={() => { setSecret(undefined); }} />}
      {editing.kind !== "none" && (
        <Paper component="section" aria-label={t("accounts.form")}>
          <AccountEditor
            key={editing.kind === "one" ? editing.account.id : "new"}
            account={editing.kind === "one" ? editing.account : undefined}
            close={close}
            told={setSecret}
          />
        </Paper>
      )}
      <Loaded query={query}>
        {(items) => (
          <Rows label={t("nav.accounts")}>
            {items.map((account) => (
              <AccountRow
                key={account.id}
                account={account}
                told={setSecret}
                edit={() => {
                  setEditing({ kind: "one", account });
                }}
              />
            ))}
          </Rows>
        )}
      </Loaded>
    </Page>
  );
}
