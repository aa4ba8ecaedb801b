// What the box shows of itself: to browsers, to devices that ask over encrypted DNS, to machines whose HTTPS is read.
import { Badge, Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import type { Certificate, Certificates } from "../api/types";
import { UploadCertificate } from "../components/UploadCertificate";
import { useChange } from "../hooks/use-change";
import { Ask } from "../ui/Ask";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Fact, Facts } from "../ui/Rows";
import { useToast } from "../ui/toast";
import { day } from "../util/format";

const STALE = ["certificates", "status", "audit"];
const FILES = ["windows", "chromebook", "android", "apple", "pem", "cer"] as const;
const MILLISECONDS = 1000;

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper component="section" aria-label={title}>
      <Stack>
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </Paper>
  );
}

function Until({ until }: { until: number }) {
  const { t } = useTranslation();
  const [now] = useState(() => Date.now());
  return (
    <Fact name={t("certificates.until")}>
      {day(until)} {until * MILLISECONDS < now && <Badge color="red.9">{t("certificates.ended")}</Badge>}
    </Fact>
  );
}

function Shown({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const made = t(certificate.is_uploaded ? "certificates.uploaded" : "certificates.own");
  return (
    <Facts>
      <Fact name={t("certificates.names")}>{certificate.names.join(", ")}</Fact>
      <Fact name={t("certificates.fingerprint")}>
        <Code>{certificate.fingerprint}</Code>
      </Fact>
      <Until until={certificate.until} />
      <Fact name={t("certificates.kind")}>
        {made} · {t(certificate.is_public ? "certificates.public" : "certificates.private")}
      </Fact>
    </Facts>
  );
}

function WebActions({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const show = useToast();
  const renew = useChange({
    run: () => ask(api.POST("/certificates/web/renew")),
    stale: STALE,
    done: () => {
      show({ text: t("certificates.web.renewed") });
    },
  });
  const remove = useChange({
    run: () => ask(api.DELETE("/certificates/web")),
    stale: STALE,
    done: () => {
      show({ text: t("certificates.web.removed") });
    },
  });
  return (
    <Group>
      {certificate.is_uploaded ? (
        <Ask
          label={t("certificates.web.remove")}
          title={t("certificates.web.removeTitle")}
          confirm={t("certificates.web.remove")}
          isBusy={remove.isPending}
          run={() => {
            remove.mutate(undefined);
          }}
        >
          {t("certificates.web.removeText")}
        </Ask>
      ) : (
        <Ask
          label={t("certificates.web.renew")}
          title={t("certificates.web.renewTitle")}
          confirm={t("certificates.web.renew")}
          isBusy={renew.isPending}
          run={() => {
            renew.mutate(undefined);
          }}
        >
          {t("certificates.web.renewText")}
        </Ask>
      )}
    </Group>
  );
}

function Inspection({ inspection }: Pick<Certificates, "inspection">) {
  const { t } = useTranslation();
  if (inspection == null) return <Text>{t("certificates.inspection.none")}</Text>;
  if (!inspection.is_on) return <Text>{t("certificates.inspection.off")}</Text>;
  return (
    <>
      <Text c="dimmed">{t("certificates.inspection.about")}</Text>
      <Facts>
        <Fact name={t("certificates.fingerprint")}>
          <Code>{inspection.fingerprint}</Code>
        </Fact>
        <Until until={inspection.until} />
      </Facts>
      <Group>
        {FILES.map((kind) => (
          <Button key={kind} component="a" variant="default" href={`/api/v1/certificates/inspection/${kind}`} download>
            {t(`certificates.inspection.files.${kind}`)}
          </Button>
        ))}
      </Group>
    </>
  );
}

export function CertificatesPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.certificates);
  return (
    <Page title={t("nav.certificates")} lead={t("certificates.lead")}>
      <Loaded query={query}>
        {({ web, dns, dns_listens: listens, inspection }) => (
          <>
            <Section title={t("certificates.web.title")}>
              {web != null && <Shown certificate={web} />}
              {web != null && <WebActions certificate={web} />}
              <UploadCertificate place="web" />
            </Section>
            <Section title={t("certificates.dns.title")}>
              {dns == null ? <Text>{t("certificates.dns.none")}</Text> : <Shown certificate={dns} />}
              {!listens && <Text size="sm">{t("certificates.dns.off")}</Text>}
              {dns?.is_public !== true && <Text size="sm">{t("certificates.dns.android")}</Text>}
              <UploadCertificate place="dns" />
            </Section>
            <Section title={t("certificates.inspection.title")}>
              <Inspection inspection={inspection} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
