// What was blocked in cells that are marked for the counsellor: where and when, never who and never which page.
import { Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Alert } from "../api/types";
import { TIERS } from "../api/types";
import { TierName } from "../components/Badges";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";

function AlertRow({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const tier = TIERS.find((known) => known === alert.tier);
  return (
    <Row
      title={alert.category_name}
      below={
        <>
          {alert.group_name ?? t("blocks.noGroup")}
          {tier !== undefined && (
            <>
              {" · "}
              <TierName tier={tier} />
            </>
          )}
          {" · "}
          {alert.minute == null ? t("counsel.noTime") : moment(alert.minute * 60)}
          {alert.lesson != null && ` · ${t("counsel.lesson", { number: alert.lesson })}`}
        </>
      }
      side={
        <Text size="sm">
          {t("counsel.times", { count: alert.count })} · {alert.rule}
        </Text>
      }
    />
  );
}

export function AlertsPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(queries.alerts);
  return (
    <Page title={t("nav.alerts")} lead={t("counsel.alertsLead")}>
      <LoadedList query={query} empty={<Empty title={t("counsel.noAlerts")}>{t("counsel.noAlertsHint")}</Empty>}>
        {(items) => (
          <Rows label={t("nav.alerts")}>
            {items.map((alert) => (
              <AlertRow key={alert.id} alert={alert} />
            ))}
          </Rows>
        )}
      </LoadedList>
    </Page>
  );
}
