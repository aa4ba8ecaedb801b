// The tokens of a group: who made them when, making one, taking one back; and what they can be used for on this box.
import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { DnsWays, NewToken as Made, TokenView } from "../api/types";
import { useChange } from "../hooks/use-change";
import { Ask } from "../ui/Ask";
import { Loaded } from "../ui/Loaded";
import { Empty, Row, Rows } from "../ui/Rows";
import { useToast } from "../ui/toast";
import { moment } from "../util/format";
import { NewToken } from "./NewToken";

const STALE = ["tokens", "groups", "audit"];

function Ways({ ways }: { ways: DnsWays }) {
  const { t } = useTranslation();
  const { host } = ways;
  if (host == null) return <Alert color="yellow">{t("tokens.noHost")}</Alert>;
  const lacks = [!ways.has_doh && t("tokens.noDoh"), !ways.has_dot && t("tokens.noDot", { host }), !ways.is_public && t("tokens.notPublic")];
  const told = lacks.filter((text) => text !== false);
  if (told.length === 0) return null;
  return (
    <Alert color="blue">
      {told.map((text) => (
        <Text key={text} size="sm">
          {text}
        </Text>
      ))}
    </Alert>
  );
}

function One({ group, token }: { group: number; token: TokenView }) {
  const { t } = useTranslation();
  const show = useToast();
  const { first } = token;
  const revoke = useChange({
    run: () => ask(api.DELETE("/groups/{id}/tokens/{first}", { params: { path: { id: group, first } } })),
    stale: STALE,
    done: () => {
      show({ text: t("tokens.revoked", { first }) });
    },
  });
  return (
    <Row
      title={t("tokens.one", { first })}
      below={t("tokens.made", { name: token.made_by, time: token.made_at == null ? t("state.timeUnknown") : moment(token.made_at) })}
      side={
        <Ask
          label={t("tokens.revoke")}
          ariaLabel={t("tokens.revokeOne", { first })}
          title={t("tokens.revokeTitle", { first })}
          confirm={t("tokens.revoke")}
          isBusy={revoke.isPending}
          run={() => {
            revoke.mutate(undefined);
          }}
        >
          {t("tokens.revokeWhat")}
        </Ask>
      }
    />
  );
}

export function GroupTokens({ group }: { group: number }) {
  const { t } = useTranslation();
  const query = useQuery(queries.tokens(group));
  const [made, setMade] = useState<Made>();
  const make = useChange({
    run: () => ask(api.POST("/groups/{id}/tokens", { params: { path: { id: group } } })),
    stale: STALE,
    done: setMade,
  });
  return (
    <Paper component="section" aria-label={t("tokens.title")}>
      <Stack>
        <Title order={2}>{t("tokens.title")}</Title>
        <Text c="dimmed">{t("tokens.about")}</Text>
        <Loaded query={query}>
          {({ items, most, ways }) => (
            <Stack>
              <Ways ways={ways} />
              {made && (
                <NewToken
                  made={made}
                  close={() => {
                    setMade(undefined);
                  }}
                />
              )}
              {items.length === 0 ? (
                <Empty title={t("tokens.none")} />
              ) : (
                <Rows label={t("tokens.title")}>
                  {items.map((token) => (
                    <One key={token.first} group={group} token={token} />
                  ))}
                </Rows>
              )}
              {items.length >= most && <Text size="sm">{t("tokens.full", { count: most })}</Text>}
              <Group>
                <Button
                  variant="default"
                  disabled={items.length >= most}
                  loading={make.isPending}
                  onClick={() => {
                    make.mutate(undefined);
                  }}
                >
                  {t("tokens.make")}
                </Button>
              </Group>
            </Stack>
          )}
        </Loaded>
      </Stack>
    </Paper>
  );
}
