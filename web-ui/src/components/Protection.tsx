// One sentence on the state of the school, then each finding with what to do about it.
import { Alert, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding, Overview } from "../api/types";

type State = Overview["protection"]["state"];

const COLOR: Record<State, string> = { protected: "teal", attention: "yellow", unprotected: "red" };

function FindingItem({ finding }: { finding: Finding }) {
  return (
    <List.Item>
      <b>{finding.title}</b>
      {finding.remedy != null && finding.remedy !== "" && (
        <Text component="div" size="sm">
          {finding.remedy}
        </Text>
      )}
    </List.Item>
  );
}

export function Protection({ protection: { state, findings } }: { protection: Overview["protection"] }) {
  const { t } = useTranslation();
  // What is as it should be goes without saying.
  const shown = findings.filter((finding) => finding.severity !== "info");
  return (
    <Alert color={COLOR[state]} title={<Text fz="lg" fw={650} component="span">{t(`overview.state.${state}`)}</Text>} role="region" aria-label={t("overview.protection")}>
      {shown.length === 0 ? (
        <Text size="sm">{t("overview.allWell")}</Text>
      ) : (
        <List spacing="xs">
          {shown.map((finding) => (
            <FindingItem key={finding.code} finding={finding} />
          ))}
        </List>
      )}
    </Alert>
  );
}
