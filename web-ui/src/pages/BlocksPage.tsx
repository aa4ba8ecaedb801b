// What was blocked, by group and category; never by child. The filter stands in the address.
import { Alert, Anchor, Button, Group, Paper, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Block } from "../api/types";
import { BlockFilters } from "../components/BlockFilters";
import { TierName } from "../components/Badges";
import { useIsWide } from "../hooks/use-is-wide";
import { useCategoryName } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { Fold } from "../ui/layout";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { hourFrom, moment, number } from "../util/format";

function BlockRow({ block }: { block: Block }) {
  const { t } = useTranslation();
  const categoryName = useCategoryName();
  const category = block.category_name ?? (block.category == null ? t("blocks.noCategory") : categoryName(block.category));
  const { name } = block;
  return (
    <Row
      title={
        name == null ? (
          category
        ) : (
          <Anchor renderRoot={(props) => <Link {...props} to="/blocks/$name" params={{ name }} />}>{name}</Anchor>
        )
      }
      below={
        <>
          {name != null && `${category} · `}
          {block.group_name ?? t("blocks.noGroup")} · <TierName tier={block.tier} />
        </>
      }
      side={
        <>
          <Text size="sm">{t("blocks.times", { count: block.count })}</Text>
          {block.minute != null && (
            <Text size="sm" c="dimmed">
              {block.few ? hourFrom(block.minute * 60) : moment(block.minute * 60)}
            </Text>
          )}
        </>
      }
    />
  );
}

export function BlocksPage() {
  const { t } = useTranslation();
  const filter = useSearch({ from: "/shell/blocks" });
  const navigate = useNavigate({ from: "/blocks" });
  const query = useInfiniteQuery(queries.blocks(filter));
  const isWide = useIsWide();
  const isFiltered = Object.keys(filter).length > 0;
  const showsNames = useRole() !== "principal";
  return (
    <Page title={t("nav.blocks")} lead={showsNames ? t("blocks.lead") : t("blocks.leadCounts")}>
      <Paper>
        <Fold title={t("blocks.filter")} isOpen={isWide || isFiltered}>
          <BlockFilters />
        </Fold>
      </Paper>
      <LoadedList
        query={query}
        empty={
          <Empty title={t("blocks.empty")}>
            {isFiltered ? (
              <Group justify="center" mt="xs">
                <Button variant="default" onClick={() => void navigate({ search: {} })}>
                  {t("blocks.clear")}
                </Button>
              </Group>
            ) : (
              t("blocks.emptyHint")
            )}
          </Empty>
        }
      >
        {(items) => (
          <>
            <Text size="sm" c="dimmed">
              {t("blocks.shown", { shown: number(items.length) })}
            </Text>
            {showsNames && items.some((block) => block.few) && (
              <Alert color="gray" title={t("blocks.few")}>
                {t("blocks.fewWhy")}
              </Alert>
            )}
            <Rows label={t("nav.blocks")}>
              {items.map((block) => (
                <BlockRow key={block.id} block={block} />
              ))}
            </Rows>
          </>
        )}
      </LoadedList>
    </Page>
  );
}
