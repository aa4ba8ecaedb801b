// What is open right now and for whom, opening something more, and single-use codes for the block page.
import { Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Pass } from "../api/types";
import { Codes } from "../components/Codes";
import { OpenSomething } from "../components/OpenSomething";
import { useTargetName } from "../hooks/use-names";
import { useEnd } from "../hooks/use-passes";
import { Grid } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";

function PassRow({ pass }: { pass: Pass }) {
  const { t } = useTranslation();
  const targetName = useTargetName();
  const end = useEnd();
  const what = targetName(pass.target);
  return (
    <Row
      title={what}
      below={
        <>
          {pass.group_name} · {pass.until == null ? t("exception.noEnd") : t(`pass.ends.${pass.ends}`, { time: moment(pass.until) })}
          <Text size="sm">
            {pass.author}: {pass.reason}
          </Text>
        </>
      }
      side={
        <Button
          variant="default"
          loading={end.isPending}
          aria-label={t("pass.endNamed", { what, group: pass.group_name })}
          onClick={() => {
            end.mutate(pass);
          }}
        >
          {t("pass.end")}
        </Button>
      }
    />
  );
}

export function PassesPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.passes);
  return (
    <Page title={t("nav.passes")} lead={t("pass.lead")}>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("pass.empty")}>{t("pass.emptyHint")}</Empty>
          ) : (
            <Rows label={t("nav.passes")}>
              {items.map((pass) => (
                <PassRow key={pass.id} pass={pass} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      <Grid>
        <Paper component="section">
          <Stack gap="sm">
            <Title order={2}>{t("pass.openMore")}</Title>
            <OpenSomething />
          </Stack>
        </Paper>
        <Paper component="section">
          <Codes />
        </Paper>
      </Grid>
    </Page>
  );
}
