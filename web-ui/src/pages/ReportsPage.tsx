// The counsellor's inbox: what pupils told, readable only here and only with her key.
import { Alert, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { Counsellor, type Keys, LockButton } from "../components/Counsellor";
import { ReportCard } from "../components/ReportCard";
import { useWaited } from "../hooks/use-report-words";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty } from "../ui/Rows";

function Inbox({ identity, recipient }: Keys) {
  const { t } = useTranslation();
  const waited = useWaited();
  const query = useInfiniteQuery(queries.reports);
  const first = query.data?.pages[0];
  return (
    <Stack>
      {first !== undefined && first.waiting > 0 && (
        <Text fw={600} role="status">
          {t("counsel.waiting", { count: first.waiting })}
          {first.waiting_since != null && ` · ${waited(first.waiting_since)}`}
        </Text>
      )}
      {first !== undefined && first.waiting_crowded > 0 && (
        <Alert color="gray" title={t("counsel.crowdTitle", { count: first.waiting_crowded })}>
          {t("counsel.crowdWhy")}
        </Alert>
      )}
      <LoadedList query={query} empty={<Empty title={t("counsel.empty")}>{t("counsel.emptyHint")}</Empty>}>
        {(items) => (
          <Stack>
            {items.map((report) => (
              <ReportCard key={report.id} report={report} identity={identity} recipient={recipient} />
            ))}
          </Stack>
        )}
      </LoadedList>
    </Stack>
  );
}

export function ReportsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("nav.reports")} lead={t("counsel.lead")} actions={<LockButton />}>
      <Counsellor>{(keys) => <Inbox {...keys} />}</Counsellor>
    </Page>
  );
}
