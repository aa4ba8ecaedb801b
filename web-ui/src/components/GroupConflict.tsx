// Two people changed one group: what differs, side by side, and the choice. Nothing is thrown away before it is made.
import { Alert, Button, Group as Line, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { WholeGroup } from "../api/types";
import { formOf, type GroupForm } from "../forms/group-form";
import { Scroll } from "../ui/Rows";
import { minuteOfDay } from "../util/format";

interface Props {
  mine: GroupForm;
  theirs: WholeGroup;
  keepMine: () => void;
  takeTheirs: () => void;
}

const FIELDS = ["name", "tier", "subnets", "macs", "interfaces", "mode", "periods", "changes"] as const;
type Field = (typeof FIELDS)[number];

function useShown() {
  const { t } = useTranslation();
  return (form: GroupForm, field: Field): string => {
    switch (field) {
      case "name":
        return form.name;
      case "tier":
        return t(`tier.${form.tier}`);
      case "mode":
        return t(`group.modes.${form.mode?.mode ?? "normal"}`);
      case "periods":
        return form.periods.map(({ name, from, to }) => `${name} ${minuteOfDay(from)}–${minuteOfDay(to)}`).join("; ") || "–";
      case "changes":
        return form.changes.map(({ category, action }) => `${category}: ${t(`policy.action.${action}`)}`).join("; ") || "–";
      case "subnets":
      case "macs":
      case "interfaces":
        return form[field].join(", ") || "–";
    }
  };
}

export function GroupConflict({ mine, theirs: saved, keepMine, takeTheirs }: Props) {
  const theirs = formOf(saved);
  const { t } = useTranslation();
  const shown = useShown();
  const differ = FIELDS.filter((field) => JSON.stringify(mine[field]) !== JSON.stringify(theirs[field]));
  const label = (field: Field) => {
    if (field === "tier") return t("policy.tier");
    if (field === "changes") return t("audit.key.changes");
    return field === "periods" ? t("period.title") : t(`group.${field}`);
  };
  return (
    <Alert color="yellow" title={t("conflict.title")} role="alert">
      <Text size="sm" mb="xs">
        {t("conflict.about")}
      </Text>
      <Scroll label={t("conflict.title")}>
        <Table miw={460}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("conflict.what")}</Table.Th>
              <Table.Th>{t("conflict.mine")}</Table.Th>
              <Table.Th>{t("conflict.theirs")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differ.map((field) => (
              <Table.Tr key={field}>
                <Table.Th scope="row">{label(field)}</Table.Th>
                <Table.Td>{shown(mine, field)}</Table.Td>
                <Table.Td>{shown(theirs, field)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      <Line mt="sm">
        <Button onClick={keepMine}>{t("conflict.keepMine")}</Button>
        <Button variant="default" onClick={takeTheirs}>
          {t("conflict.takeTheirs")}
        </Button>
      </Line>
    </Alert>
  );
}
