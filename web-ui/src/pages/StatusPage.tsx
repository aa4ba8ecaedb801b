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
import { bytes, day, moment, number, percent } from "../util/format";

function Work({ status }: { status: Status }) {
  const { t } = useTranslation();
  const live = useSample();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.work")}</Title>
        <Facts>
          <Fact name={t("status.qps")}>{number(live?.qps ?? status.queries_per_second)}</Fact>
          <Fact name={t("status.cached")}>{percent(live?.cached_share ?? status.cached_share)}</Fact>
          <Fact name={t("status.lost")}>{number(status.events_lost)}</Fact>
          <Fact name={t("status.database")}>{bytes(status.database_bytes)}</Fact>
          <Fact name={t("lists.names")}>{number(status.ruleset.names)}</Fact>
          <Fact name={t("lists.built")}>{status.ruleset.built == null ? t("state.timeUnknown") : moment(status.ruleset.built)}</Fact>
        </Facts>
      </Stack>
    </Paper>
  );
}

function Box({ status }: { status: Status }) {
  const { t } = useTranslation();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.box")}</Title>
        <Facts>
          <Fact name={t("status.version")}>{status.version}</Fact>
          <Fact name={t("status.started")}>{moment(status.started)}</Fact>
          <Fact name={t("status.clock")}>{status.time_known ? t("status.clockKnown") : t("status.clockUnknown")}</Fact>
          {status.certificate != null && (
            <>
              <Fact name={t("status.fingerprint")}>{status.certificate.fingerprint}</Fact>
              <Fact name={t("status.validUntil")}>{day(status.certificate.until)}</Fact>
            </>
          )}
        </Facts>
      </Stack>
    </Paper>
  );
}

function Network({ status: { network, upstreams } }: { status: Status }) {
  const { t } = useTranslation();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{t("status.network")}</Title>
        <Facts>
          <Fact name={t("status.inside")}>{network.inside.join(", ") || "–"}</Fact>
          <Fact name={t("status.outside")}>{network.outside ?? "–"}</Fact>
          <Fact name={t("status.addresses")}>{network.addresses.join(", ") || "–"}</Fact>
          <Fact name="IPv6">{network.ipv6 ? t("state.yes") : t("state.no")}</Fact>
          <Fact name={t("status.dhcp")}>{network.dhcp ?? t("status.dhcpOther")}</Fact>
        </Facts>
        <Title order={3}>{t("status.upstreams")}</Title>
        {upstreams.map((upstream) => (
          <Text key={upstream.address}>
            {upstream.address}{" "}
            <Badge color={upstream.works ? "teal.9" : "red.9"}>
              {upstream.works ? t("status.works") : t("status.silent")}
            </Badge>
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
            <Modes now={status.network.mode} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
