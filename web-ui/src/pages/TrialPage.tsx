// A list before it is enabled: what it would close, and a count of the devices that it would hit.
import { Button, Paper, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { TrialCount, TrialEffect as Effect } from "../api/types";
import { TrialEffect } from "../components/TrialEffect";
import { TrialForm } from "../forms/TrialForm";
import { useChange } from "../hooks/use-change";
import { useCategoryName } from "../hooks/use-names";
import { addTexts } from "../i18n";
import { trialEn } from "../locales/trial-en";
import { trialVi } from "../locales/trial-vi";
import { Page } from "../ui/Page";
import { Empty, Fact, Facts } from "../ui/Rows";
import { useToast } from "../ui/toast";

addTexts("trial", trialVi, trialEn);

const MINUTE = 60;
const HOUR = 3600;

function Span({ seconds }: { seconds: number }) {
  const { t } = useTranslation("trial");
  const isLong = seconds >= 2 * HOUR;
  return <>{isLong ? t("count.hours", { count: Math.floor(seconds / HOUR) }) : t("count.minutes", { count: Math.ceil(seconds / MINUTE) })}</>;
}

function Count({ count }: { count: TrialCount }) {
  const { t } = useTranslation("trial");
  const category = useCategoryName();
  const show = useToast();
  const end = useChange({
    run: () => ask(api.DELETE("/lists/trial")),
    stale: ["trial", "audit"],
    done: () => {
      show({ text: t("count.ended") });
    },
  });
  return (
    <Paper component="section" aria-label={t("count.title")}>
      <Stack>
        <Title order={2}>{t("count.title")}</Title>
        <Facts>
          <Fact name={t("count.label")}>{`${count.label} · ${category(count.category)}`}</Fact>
          <Fact name={t("count.since")}>
            <Span seconds={count.seconds} />
          </Fact>
          <Fact name={t("count.left")}>
            <Span seconds={count.left} />
          </Fact>
          <Fact name={t("count.hit")}>{t("count.hitOf", { hit: count.hit, entries: count.entries })}</Fact>
          {count.hit > 0 && <Fact name={t("count.devices")}>{t("count.atLeast", { count: count.devices })}</Fact>}
        </Facts>
        {count.hit === 0 && <Empty title={t("count.none", { count: count.fewest })} />}
        <div>{t("count.fewest", { count: count.fewest })}</div>
        <div>
          <Button
            variant="default"
            loading={end.isPending}
            onClick={() => {
              end.mutate(undefined);
            }}
          >
            {t("count.end")}
          </Button>
        </div>
      </Stack>
    </Paper>
  );
}

export function TrialPage() {
  const { t } = useTranslation("trial");
  const running = useQuery(queries.trial);
  const [effect, setEffect] = useState<Effect>();
  const count = running.data?.count;
  const back = (
    <Button component={Link} to="/lists" variant="default">
      {t("back")}
    </Button>
  );
  return (
    <Page title={t("title")} lead={t("lead")} actions={back}>
      {count && <Count count={count} />}
      <Paper>
        <TrialForm done={setEffect} />
      </Paper>
      {effect && <TrialEffect effect={effect} />}
    </Page>
  );
}
