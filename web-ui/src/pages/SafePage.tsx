// Search engines and video sites in their safe form: what each tier gets, and a check that asks the box itself.
import { Paper, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { type SafeEngine, type TierId, TIERS } from "../api/types";
import { SafeChecks } from "../components/SafeChecks";
import { useIsWide } from "../hooks/use-is-wide";
import { useRole } from "../hooks/use-session";
import { addTexts } from "../i18n";
import { safeEn } from "../locales/safe-en";
import { safeVi } from "../locales/safe-vi";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Row, Rows, Scroll } from "../ui/Rows";

addTexts("safe", safeVi, safeEn);

function Form({ engine, tier }: { engine: SafeEngine; tier: TierId }) {
  const { t } = useTranslation("safe");
  const form = engine.tiers[tier];
  if (!form) return <>–</>;
  const strictness = (["strict", "moderate"] as const).find((known) => known === form.strictness) ?? "off";
  return (
    <>
      {t(`strictness.${strictness}`)}
      {form.host != null && (
        <Text size="xs" c="dimmed">
          {t("byHost", { host: form.host })}
        </Text>
      )}
    </>
  );
}

function Matrix({ engines }: { engines: readonly SafeEngine[] }) {
  const { t } = useTranslation("safe");
  const { t: common } = useTranslation();
  return (
    <Scroll label={t("title")}>
      <Table striped verticalSpacing="xs" miw={900}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("engine")}</Table.Th>
            {TIERS.map((tier) => (
              <Table.Th key={tier}>{common(`tier.${tier}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {engines.map((engine) => (
            <Table.Tr key={engine.id}>
              <Table.Th scope="row">
                {engine.name}
                <Text size="xs" c="dimmed" fw={400}>
                  {t(engine.kind === "video" ? "kind.video" : "kind.search")}
                </Text>
              </Table.Th>
              {TIERS.map((tier) => (
                <Table.Td key={tier} valign="top">
                  <Form engine={engine} tier={tier} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

// On a phone: the tiers of an engine below each other.
function Cards({ engines }: { engines: readonly SafeEngine[] }) {
  const { t } = useTranslation("safe");
  const { t: common } = useTranslation();
  return (
    <Rows label={t("title")}>
      {engines.map((engine) => (
        <Row
          key={engine.id}
          title={engine.name}
          below={TIERS.map((tier) => (
            <div key={tier}>
              {common(`tier.${tier}`)}: <Form engine={engine} tier={tier} />
            </div>
          ))}
        />
      ))}
    </Rows>
  );
}

export function SafePage() {
  const { t } = useTranslation("safe");
  const { t: common } = useTranslation();
  const query = useQuery(queries.safeSearch);
  const role = useRole();
  const isWide = useIsWide();
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Loaded query={query}>
        {({ items, closed_without: closed }) => (
          <>
            {(role === "admin" || role === "teacher") && <SafeChecks engines={items} />}
            <Paper>
              <Stack>
                {isWide ? <Matrix engines={items} /> : <Cards engines={items} />}
                {closed.length > 0 && <Text size="sm">{t("without", { tiers: closed.map((tier) => common(`tier.${tier}`)).join(", ") })}</Text>}
              </Stack>
            </Paper>
          </>
        )}
      </Loaded>
    </Page>
  );
}
