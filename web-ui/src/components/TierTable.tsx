// Cells of the table: what a tier gets of a category, who may open it, who is told, what the log keeps.
import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Category, Cell, Tier } from "../api/types";
import { Row, Rows, Scroll } from "../ui/Rows";
import { ActionBadge, LockNote } from "./Badges";

function Flags({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  if (!cell.alert && !cell.no_name) return null;
  return (
    <Text size="xs" c="dimmed">
      {[cell.alert && t("policy.alert"), cell.no_name && t("policy.noName")].filter(Boolean).join(" · ")}
    </Text>
  );
}

function CellView({ cell }: { cell: Cell | undefined }) {
  if (!cell) return <>–</>;
  return (
    <>
      <ActionBadge action={cell.action} />
      {cell.action === "block" && (
        <div>
          <LockNote lock={cell.lock} />
        </div>
      )}
      <Flags cell={cell} />
    </>
  );
}

function cellOf(tier: Tier | undefined, category: string): Cell | undefined {
  return tier?.cells[category];
}

interface MatrixProps {
  tiers: readonly Tier[];
  categories: readonly Category[];
}

export function TierMatrix({ tiers, categories }: MatrixProps) {
  const { t } = useTranslation();
  return (
    <Scroll label={t("nav.tiers")}>
      <Table striped verticalSpacing="xs" miw={900}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("policy.category")}</Table.Th>
            {tiers.map((tier) => (
              <Table.Th key={tier.tier}>{tier.name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {categories.map((category) => (
            <Table.Tr key={category.id}>
              <Table.Th scope="row" miw={230}>
                {category.name}
                <Text size="xs" c="dimmed" fw={400}>
                  {category.reason}
                </Text>
              </Table.Th>
              {tiers.map((tier) => (
                <Table.Td key={tier.tier} valign="top">
                  <CellView cell={cellOf(tier, category.id)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

export function TierRows({ tier, categories }: { tier: Tier | undefined; categories: readonly Category[] }) {
  return (
    <Rows label={tier?.name ?? ""}>
      {categories.map((category) => (
        <Row key={category.id} title={category.name} below={category.reason} side={<CellView cell={cellOf(tier, category.id)} />} />
      ))}
    </Rows>
  );
}
