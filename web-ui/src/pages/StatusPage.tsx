// The box itself: does it work, how busy is it, where does it stand in the network.
import { Badge, Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Status } from "../api/types";
import { Modes } from "../components/Modes";
import { useSample } from "../hooks/use-live";
import { Grid } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Fact, Facts } from "../ui/Rows";
import { bytes, moment, number, percent } from "../util/format";

function Work({ status }: { status: Status }) {
  const { t } = useTranslation();
  const live = useSample();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.work")}</Title>
        <Facts>
          {live && <Fact name={t("status.qps")}>{number(live.qps)}</Fact>}
          {live?.cached_share != null && <Fact name={t("status.cached")}>{percent(live.cached_share)}</Fact>}
          <Fact name={t("status.queries")}>{number(status.queries)}</Fact>
          <Fact name={t("status.blocked")}>{number(status.blocked)}</Fact>
          <Fact name={t("status.lost")}>{number(status.dropped)}</Fact>
          <Fact name={t("status.remembered")}>{number(status.cachedAnswers)}</Fact>
          {status.memory !== undefined && <Fact name={t("status.memory")}>{bytes(status.memory)}</Fact>}
        </Facts>
      </Stack>
    </Paper>
  );
}

function Box({ status }: { status: Status }) {
  const { t } = useTranslation();
  const { now, uptime, ruleset, fingerprint } = status;
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.box")}</Title>
        <Facts>
          <Fact name={t("status.version")}>{status.version}</Fact>
          {now !== undefined && <Fact name={t("status.started")}>{moment(now - uptime)}</Fact>}
          <Fact name={t("status.clock")}>{now === undefined ? t("status.clockUnknown") : t("status.clockKnown")}</Fact>
          <Fact name={t("lists.names")}>{number(ruleset.names)}</Fact>
          <Fact name={t("lists.built")}>{ruleset.built === undefined ? t("state.timeUnknown") : moment(ruleset.built)}</Fact>
          {fingerprint !== undefined && <Fact name={t("status.fingerprint")}>{fingerprint}</Fact>}
        </Facts>
      </Stack>
    </Paper>
  );
}

function Network({ status: { listeners, upstreams } }: { status: Status }) {
  const { t } = useTranslation();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.network")}</Title>
        <Facts>
          <Fact name={t("status.listeners")}>{listeners.join(", ") || "–"}</Fact>
        </Facts>
        <Title order={3}>{t("status.upstreams")}</Title>
        {upstreams.map((upstream) => (
          <Text key={upstream.label}>
            {upstream.label}{" "}
            <Badge color={upstream.isUp ? "teal.9" : "red.9"}>{upstream.isUp ? t("status.works") : t("status.silent")}</Badge>
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}

export function StatusPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.status);
  return (
    <Page
      title={t("nav.status")}
      lead={t("status.lead")}
      actions={
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/doctor" />}>
          {t("nav.doctor")}
        </Button>
      }
    >
      <Loaded query={query}>
        {(status) => (
          <>
            <Grid>
              <Work status={status} />
              <Network status={status} />
              <Box status={status} />
            </Grid>
            <Title order={2}>{t("modes.title")}</Title>
            <Modes now={status.mode} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
