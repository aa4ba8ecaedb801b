// What the doctor found, worst first.
import { Badge, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding } from "../api/types";
import { Row, Rows } from "../ui/Rows";

type Level = "fault" | "warning" | "unknown" | "good";

const COLOR: Record<Level, string> = { good: "teal.9", unknown: "gray.7", warning: "#8a4b00", fault: "red.9" };
// What needs a person comes first.
const ORDER: readonly Level[] = ["fault", "warning", "unknown", "good"];

function levelOf({ severity, checked }: Finding): Level {
  if (!checked) return "unknown";
  switch (severity) {
    case "error":
      return "fault";
    case "warning":
      return "warning";
    case "info":
      return "good";
  }
}

export function Findings({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const sorted = [...findings].sort((one, other) => ORDER.indexOf(levelOf(one)) - ORDER.indexOf(levelOf(other)));
  return (
    <Rows label={t("nav.doctor")}>
      {sorted.map((finding) => (
        <Row
          key={`${finding.code} ${finding.title}`}
          title={finding.title}
          below={finding.remedy != null && <Text size="sm" c="var(--mantine-color-text)">{finding.remedy}</Text>}
          side={<Badge color={COLOR[levelOf(finding)]}>{t(`doctor.level.${levelOf(finding)}`)}</Badge>}
        />
      ))}
    </Rows>
  );
}
