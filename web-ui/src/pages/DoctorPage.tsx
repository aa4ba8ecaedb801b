// Everything the filter needs, checked one after the other, each with what to do about it.
import { Alert, Badge, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { DoctorFinding } from "../api/types";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Row, Rows } from "../ui/Rows";

type Level = DoctorFinding["level"];

const COLOR: Record<Level, string> = { good: "teal.9", unknown: "gray.7", warning: "#8a4b00", fault: "red.9" };
// What needs a person comes first.
const ORDER: readonly Level[] = ["fault", "warning", "unknown", "good"];

function FindingRow({ finding }: { finding: DoctorFinding }) {
  const { t } = useTranslation();
  return (
    <Row
      title={finding.text}
      below={finding.remedy != null && <Text size="sm" c="var(--mantine-color-text)">{finding.remedy}</Text>}
      side={
        <Badge color={COLOR[finding.level]}>
          {t(`doctor.level.${finding.level}`)}
        </Badge>
      }
    />
  );
}

export function DoctorPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.doctor);
  return (
    <Page
      title={t("nav.doctor")}
      lead={t("doctor.lead")}
      actions={
        <Button variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
          {t("doctor.again")}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ ok, findings }) => (
          <>
            <Alert color={ok ? "teal" : "red"} title={ok ? t("doctor.well") : t("doctor.unwell")} />
            <Rows label={t("nav.doctor")}>
              {[...findings]
                .sort((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level))
                .map((finding) => (
                  <FindingRow key={`${finding.check} ${finding.text}`} finding={finding} />
                ))}
            </Rows>
          </>
        )}
      </Loaded>
    </Page>
  );
}
