// The lists the filter was made of: how large, how fresh, which lines could not be used.
import { Button, Paper, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { useCategoryName } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Fact, Facts, Scroll } from "../ui/Rows";
import { moment, number } from "../util/format";

export function ListsPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.lists);
  const category = useCategoryName();
  const actions = useRole() === "admin" && (
    <Button component={Link} to="/lists/try" variant="default">
      {t("lists.try")}
    </Button>
  );
  return (
    <Page title={t("nav.lists")} lead={t("lists.lead")} actions={actions}>
      <Loaded query={query}>
        {({ items, ruleset }) => (
          <>
            <Paper>
              <Facts>
                <Fact name={t("lists.names")}>{number(ruleset.names)}</Fact>
                <Fact name={t("lists.built")}>{ruleset.built == null ? t("state.timeUnknown") : moment(ruleset.built)}</Fact>
              </Facts>
            </Paper>
            {items.length === 0 ? (
              <Empty title={t("lists.empty")} />
            ) : (
              <Scroll label={t("nav.lists")}>
                <Table verticalSpacing="xs" miw={640}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("lists.list")}</Table.Th>
                      <Table.Th>{t("policy.category")}</Table.Th>
                      <Table.Th ta="end">{t("lists.names")}</Table.Th>
                      <Table.Th ta="end">{t("lists.refused")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((list) => (
                      <Table.Tr key={list.id}>
                        <Table.Th scope="row">
                          {list.id}
                          <Text size="xs" c="dimmed" fw={400}>
                            {`${list.source} · ${list.licence}`}
                          </Text>
                        </Table.Th>
                        <Table.Td>{list.category_name ?? (list.category == null ? "–" : category(list.category))}</Table.Td>
                        <Table.Td ta="end">{number(list.names)}</Table.Td>
                        <Table.Td ta="end">{number(list.refused_lines)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Scroll>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
