// What people at this school opened or closed besides the table: with author, reason and end.
import { Badge, Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Exception } from "../api/types";
import { ExceptionEditor } from "../forms/ExceptionEditor";
import { useEndException } from "../hooks/use-exceptions";
import { useTargetName } from "../hooks/use-names";
import { LoadedList } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";
import { targetOf } from "../util/target";

function ExceptionRow({ exception }: { exception: Exception }) {
  const { t } = useTranslation();
  const targetName = useTargetName();
  const groups = useQuery(queries.groups).data?.items;
  const end = useEndException();
  const what = targetName(targetOf(exception.about));
  const group = exception.group == null ? t("exception.wholeSchool") : (exception.group_name ?? groups?.find(({ id }) => id === exception.group)?.name);
  return (
    <Row
      title={what}
      below={
        <>
          {group} · {exception.until == null ? t("exception.noEnd") : t("exception.until", { time: moment(exception.until) })}
          <Text size="sm">
            {exception.author}: {exception.reason}
          </Text>
        </>
      }
      side={
        <>
          <Badge color={exception.action === "allow" ? "teal.9" : "red.9"}>
            {exception.action === "allow" ? t("policy.action.allow") : t("policy.action.block")}
          </Badge>
          <Button
            variant="default"
            loading={end.isPending}
            aria-label={t("exception.endNamed", { what })}
            onClick={() => {
              end.mutate(exception);
            }}
          >
            {t("pass.end")}
          </Button>
        </>
      }
    />
  );
}

export function ExceptionsPage() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(queries.exceptions);
  const { name = "", group } = useSearch({ from: "/shell/exceptions" });
  return (
    <Page title={t("nav.exceptions")} lead={t("exception.lead")}>
      <Paper component="section">
        <Stack gap="sm">
          <Title order={2}>{t("exception.add")}</Title>
          <ExceptionEditor key={name} name={name} group={group} />
        </Stack>
      </Paper>
      <LoadedList query={query} empty={<Empty title={t("exception.empty")}>{t("exception.emptyHint")}</Empty>}>
        {(items) => (
          <Rows label={t("nav.exceptions")}>
            {items.map((exception) => (
              <ExceptionRow key={exception.id} exception={exception} />
            ))}
          </Rows>
        )}
      </LoadedList>
    </Page>
  );
}
