// One report: what it says, how long it has waited, what was done about it, and the sheet for 111.
import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { Report } from "../api/types";
import { useChange } from "../hooks/use-change";
import { useReportKind, useReportState, useWaited } from "../hooks/use-report-words";
import { Ask } from "../ui/Ask";
import { moment } from "../util/format";
import { readStory } from "../util/sealing";
import { ReportNotes } from "./ReportNotes";
import { Unsealed } from "./Unsealed";

interface Props {
  report: Report;
  identity: string;
  recipient: string;
}

function Story({ text }: { text: string }) {
  const { t } = useTranslation();
  const { story, contact } = readStory(text);
  return (
    <Stack gap={4}>
      <Text style={{ whiteSpace: "pre-wrap" }}>{story}</Text>
      <Text size="sm" c="dimmed">
        {contact === undefined ? t("counsel.noContact") : t("counsel.contact", { contact })}
      </Text>
    </Stack>
  );
}

function Steps({ report }: { report: Report }) {
  const { t } = useTranslation();
  const path = { params: { path: { id: report.id } } };
  const stale = ["reports", "overview"];
  const acknowledge = useChange({ run: () => ask(api.POST("/reports/{id}/acknowledge", path)), stale });
  const close = useChange({ run: () => ask(api.POST("/reports/{id}/close", path)), stale });
  return (
    <Group gap="xs">
      {report.state === "new" && (
        <Button
          loading={acknowledge.isPending}
          onClick={() => {
            acknowledge.mutate(undefined);
          }}
        >
          {t("counsel.acknowledge")}
        </Button>
      )}
      <Button variant="default" renderRoot={(props) => <Link {...props} to="/reports/$id/sheet" params={{ id: String(report.id) }} />}>
        {t("counsel.sheet.make")}
      </Button>
      {report.state === "acknowledged" && (
        <Ask
          label={t("counsel.close")}
          title={t("counsel.closeTitle")}
          confirm={t("counsel.close")}
          isBusy={close.isPending}
          run={() => {
            close.mutate(undefined);
          }}
        >
          {t("counsel.closeMeans")}
        </Ask>
      )}
    </Group>
  );
}

export function ReportCard({ report, identity, recipient }: Props) {
  const { t } = useTranslation();
  const kind = useReportKind();
  const state = useReportState();
  const waited = useWaited();
  return (
    <Paper component="article" withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h4">
            {kind(report.type)}
          </Title>
          <Badge color={report.state === "new" ? "red.9" : report.state === "closed" ? "gray.7" : "teal.9"}>
            {state(report.state)}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {report.made_at == null ? t("counsel.noTime") : moment(report.made_at)}
          {report.state === "new" && report.made_at != null && ` · ${waited(report.made_at)}`}
          {report.acknowledged_at != null && ` · ${t("counsel.seenAt", { time: moment(report.acknowledged_at) })}`}
          {report.crowded && ` · ${t("counsel.crowded")}`}
        </Text>
        <Unsealed sealed={report.sealed} identity={identity}>
          {(text) => <Story text={text} />}
        </Unsealed>
        <Steps report={report} />
        <ReportNotes report={report} identity={identity} recipient={recipient} />
      </Stack>
    </Paper>
  );
}
