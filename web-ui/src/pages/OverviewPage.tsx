// For a principal: is the school protected now, what needs a person, how the day and the week went, what changed.
import { Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Overview } from "../api/types";
import { AuditRow } from "../components/AuditRow";
import { Bypasses, Categories, Hours, Tiers, Week } from "../components/Charts";
import { Protection } from "../components/Protection";
import { useRole } from "../hooks/use-session";
import { Grid, Tiles } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Rows } from "../ui/Rows";
import { number, percent } from "../util/format";

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <Paper>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text fz="1.6rem" fw={650}>
        {value}
      </Text>
    </Paper>
  );
}

function Today({ data }: { data: Overview }) {
  const { t } = useTranslation();
  // Without a clock the box does not know which day it is.
  if (data.today == null) return <Text>{t("overview.noClock")}</Text>;
  const { queries: asked, blocked } = data.today;
  return (
    <Tiles>
      <Tile name={t("overview.queries")} value={number(asked)} />
      <Tile name={t("overview.blocked")} value={number(blocked)} />
      <Tile name={t("overview.share")} value={percent(asked > 0 ? blocked / asked : 0)} />
    </Tiles>
  );
}

function Waiting({ open }: { open: Overview["open"] }) {
  const { t } = useTranslation();
  const role = useRole();
  const mayAnswer = role === "admin" || role === "teacher";
  const reports = open.reports ?? 0;
  const due = open.backup;
  if (open.requests === 0 && reports === 0 && due == null) return null;
  return (
    <Paper>
      <Stack gap="xs" align="flex-start">
        <Title order={2}>{t("overview.needsYou")}</Title>
        {open.requests > 0 && <Text>{t("overview.openRequests", { count: open.requests })}</Text>}
        {reports > 0 && (
          <>
            <Text>{t("counsel.waiting", { count: reports })}</Text>
            <Button component={Link} to="/reports">
              {t("counsel.read")}
            </Button>
          </>
        )}
        {mayAnswer && open.requests > 0 && (
          <Button component={Link} to="/requests">
            {t("overview.answer")}
          </Button>
        )}
        {due != null && (
          <>
            <Text>{t(`box.due.${due}`)}</Text>
            <Button component={Link} to="/backup" variant="default">
              {t("box.make")}
            </Button>
          </>
        )}
      </Stack>
    </Paper>
  );
}

function Changes({ changes }: { changes: Overview["changes"] }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Title order={2}>{t("overview.changes")}</Title>
      {changes.length === 0 ? (
        <Empty title={t("overview.noChanges")} />
      ) : (
        <Rows label={t("overview.changes")}>
          {changes.map((item) => (
            <AuditRow key={item.id} item={item} />
          ))}
        </Rows>
      )}
    </Stack>
  );
}

export function OverviewPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.overview);
  return (
    <Page title={t("nav.overview")}>
      <Loaded query={query}>
        {(data) => (
          <Stack gap="lg">
            <Protection protection={data.protection} />
            <Waiting open={data.open} />
            <Today data={data} />
            <Grid>
              <Week days={data.week} />
              <Hours hours={data.hours} />
              <Categories categories={data.categories} />
              <Tiers tiers={data.tiers} />
              <Bypasses bypasses={data.bypasses} />
            </Grid>
            <Changes changes={data.changes} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
