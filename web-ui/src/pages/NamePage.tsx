// One name: why it is closed and for whom, which lists know it, how often it was met, what this person can do about it.
import { Alert, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { NameDetail } from "../api/types";
import { AskAdmin } from "../components/AskAdmin";
import { ActionBadge, LockNote } from "../components/Badges";
import { OpenForLesson } from "../components/OpenForLesson";
import { useCategoryName } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Row, Rows } from "../ui/Rows";
import { number } from "../util/format";

function Actions({ detail }: { detail: NameDetail }) {
  const { t } = useTranslation();
  const isAdmin = useRole() === "admin";
  const { open_for_lesson: groups, ask_admin: canAsk, ask_for: askFor } = detail.can;
  return (
    <Stack gap="sm">
      {groups.length === 0 && detail.locked_reason != null && (
        <Alert color="gray" title={t("name.staysShut")}>
          {detail.locked_reason}
        </Alert>
      )}
      <Group gap="sm">
        {groups.length > 0 && <OpenForLesson target={{ name: detail.name }} groups={groups} />}
        {canAsk && !isAdmin && <AskAdmin name={detail.name} groups={askFor} />}
        {isAdmin && (
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/exceptions" search={{ name: detail.name }} />}>
            {t("name.makeException")}
          </Button>
        )}
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/why" search={{ name: detail.name }} />}>
          {t("name.why")}
        </Button>
      </Group>
    </Stack>
  );
}

function Decisions({ decisions }: { decisions: NameDetail["decisions"] }) {
  const { t } = useTranslation();
  return (
    <Rows label={t("name.eachTier")}>
      {decisions.map((decision) => (
        <Row
          key={decision.tier}
          title={decision.tier_name}
          below={
            <>
              {decision.category_name != null && <b>{`${decision.category_name}. `}</b>}
              {decision.reason}
            </>
          }
          side={
            <>
              <ActionBadge action={decision.action} />
              {decision.action === "block" && decision.lock != null && <LockNote lock={decision.lock} />}
            </>
          }
        />
      ))}
    </Rows>
  );
}

function Known({ lists }: { lists: NameDetail["lists"] }) {
  const { t } = useTranslation();
  const category = useCategoryName();
  if (lists.length === 0) return <Text>{t("name.noList")}</Text>;
  return (
    <List>
      {lists.map((list) => (
        <List.Item key={`${list.id} ${list.name}`}>
          {list.id}: {list.name}
          {list.category != null && ` · ${category(list.category)}`}
        </List.Item>
      ))}
    </List>
  );
}

export function NamePage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: "/shell/blocks/$name" });
  const query = useQuery(queries.name(name));
  return (
    <Page title={name} lead={query.data && t("name.counts", { today: number(query.data.count.today), week: number(query.data.count.week) })}>
      <Loaded query={query}>
        {(detail) => (
          <Stack gap="lg">
            <Actions detail={detail} />
            <Stack gap="xs">
              <Title order={2}>{t("name.eachTier")}</Title>
              <Decisions decisions={detail.decisions} />
            </Stack>
            <Paper>
              <Title order={2} mb="xs">
                {t("name.lists")}
              </Title>
              <Known lists={detail.lists} />
            </Paper>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
