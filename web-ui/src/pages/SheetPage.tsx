// The referral sheet for 111, the police or a hospital: printed, and carried by a person. Nothing is sent from here.
import { Button, Divider, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Report } from "../api/types";
import { Counsellor, type Keys } from "../components/Counsellor";
import { Unsealed } from "../components/Unsealed";
import { useReportKind } from "../hooks/use-report-words";
import { useAccount, useSession } from "../hooks/use-session";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Fact, Facts } from "../ui/Rows";
import { day, moment } from "../util/format";
import { readStory } from "../util/sealing";

const LINE = "………………………………………………………………";
const NOW = Math.floor(Date.now() / 1000);

function Sheet({ report, identity }: { report: Report; identity: string }) {
  const { t } = useTranslation();
  const kind = useReportKind();
  const school = useSession()?.school;
  const account = useAccount();
  return (
    <Stack>
      <Title order={2}>{t("counsel.sheet.title")}</Title>
      <Facts>
        <Fact name={t("counsel.sheet.from")}>{school ?? LINE}</Fact>
        <Fact name={t("counsel.sheet.by")}>{account.display_name}</Fact>
        <Fact name={t("counsel.sheet.date")}>{day(NOW)}</Fact>
        <Fact name={t("counsel.sheet.to")}>{LINE}</Fact>
        <Fact name={t("counsel.sheet.kind")}>{kind(report.type)}</Fact>
        <Fact name={t("counsel.sheet.came")}>{report.made_at == null ? t("counsel.noTime") : moment(report.made_at)}</Fact>
      </Facts>
      <Title order={3}>{t("counsel.sheet.told")}</Title>
      <Unsealed sealed={report.sealed} identity={identity}>
        {(text) => {
          const { story, contact } = readStory(text);
          return (
            <>
              <Text style={{ whiteSpace: "pre-wrap" }}>{story}</Text>
              {contact !== undefined && <Text>{t("counsel.contact", { contact })}</Text>}
            </>
          );
        }}
      </Unsealed>
      <Title order={3}>{t("counsel.sheet.done")}</Title>
      {report.notes.map((note, index) => (
        <Unsealed key={`${String(report.id)}-${String(index)}`} sealed={note.sealed} identity={identity}>
          {(text) => <Text style={{ whiteSpace: "pre-wrap" }}>{`${note.at == null ? "" : `${moment(note.at)}: `}${text}`}</Text>}
        </Unsealed>
      ))}
      <Text>{LINE}</Text>
      <Title order={3}>{t("counsel.sheet.consent")}</Title>
      <Text>{t("counsel.sheet.consentLines")}</Text>
      <Divider />
      <Text fw={650}>{t("counsel.sheet.call111")}</Text>
      <Text size="sm" c="dimmed">
        {t("counsel.sheet.care")}
      </Text>
    </Stack>
  );
}

function Found({ id, identity }: Pick<Keys, "identity"> & { id: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(queries.reports);
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const report = pages.flatMap((page) => page.items).find((entry) => String(entry.id) === id);
        return report ? <Sheet report={report} identity={identity} /> : <Empty title={t("counsel.sheet.gone")} />;
      }}
    </Loaded>
  );
}

export function SheetPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/reports/$id/sheet" });
  return (
    <Page
      title={t("counsel.sheet.page")}
      actions={
        <Button
          variant="default"
          onClick={() => {
            globalThis.print();
          }}
        >
          {t("action.print")}
        </Button>
      }
    >
      <Counsellor>{({ identity }) => <Found id={id} identity={identity} />}</Counsellor>
    </Page>
  );
}
