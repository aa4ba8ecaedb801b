// What a list would do if it were enabled.
import { Alert, Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type TierId, type TrialEffect as Effect, TIERS } from "../api/types";
import { Fold } from "../ui/layout";
import { Empty, Fact, Facts, Row, Rows } from "../ui/Rows";
import { number } from "../util/format";
import { TierName } from "./Badges";

// The box's reasons, by what people can do about them.
const REASONS = {
  suffix: ["public-suffix"],
  part: ["pattern", "regex", "modifier", "exception", "fragment"],
  address: ["address", "prefix-length", "host-bits", "range", "port", "email", "scheme", "url-on-address", "long-path"],
  broken: ["line-too-long", "utf8", "control", "unclosed"],
} as const;

function reasonOf(id: string) {
  if (id.startsWith("name-") || id === "wildcard" || id === "too-deep") return "name";
  const found = Object.entries(REASONS).find(([, ids]) => (ids as readonly string[]).includes(id));
  return (found?.[0] ?? "other") as keyof typeof REASONS | "other";
}

function Tiers({ tiers }: { tiers: string[] }) {
  const { t } = useTranslation("trial");
  if (tiers.length === TIERS.length) return <Badge color="red.9">{t("closes.all")}</Badge>;
  return tiers.map((tier) => (
    <Badge key={tier} color="red.9">
      <TierName tier={tier as TierId} />
    </Badge>
  ));
}

function Closes({ effect }: { effect: Effect }) {
  const { t } = useTranslation("trial");
  const left = effect.closes_in_all - effect.closes.length;
  return (
    <Stack gap="xs">
      <Title order={3}>{t("closes.title")}</Title>
      {effect.closes.length === 0 ? (
        <Empty title={t("closes.none")} />
      ) : (
        <>
          <Alert color="yellow" role="note">
            {t("closes.look")}
          </Alert>
          <Rows label={t("closes.title")}>
            {effect.closes.map((one) => (
              <Row
                key={one.name}
                title={one.name}
                below={[one.is_vietnamese && t("closes.vietnamese"), one.entry !== one.name && t("closes.entry", { entry: one.entry })]
                  .filter(Boolean)
                  .join(" · ")}
                side={
                  <Group gap={4}>
                    <Tiers tiers={one.tiers} />
                  </Group>
                }
              />
            ))}
          </Rows>
          {left > 0 && <Text size="sm">{t("closes.more", { count: left })}</Text>}
        </>
      )}
    </Stack>
  );
}

function Spared({ effect }: { effect: Effect }) {
  const { t } = useTranslation("trial");
  const left = effect.spared_in_all - effect.spared.length;
  return (
    <Fold title={`${t("spared.title")} (${number(effect.spared_in_all)})`} isOpen={effect.spared_in_all < 10}>
      <Text size="sm" c="dimmed">
        {t("spared.hint")}
      </Text>
      <Text>{effect.spared.join(", ")}</Text>
      {left > 0 && <Text size="sm">{t("spared.more", { count: left })}</Text>}
    </Fold>
  );
}

function Lines({ effect }: { effect: Effect }) {
  const { t } = useTranslation("trial");
  return (
    <Fold title={`${t("line.title")} (${number(effect.refused)})`} isOpen={false}>
      <Rows label={t("line.title")}>
        {effect.refused_lines.map((one) => (
          <Row
            key={`${String(one.line)} ${one.text}`}
            title={one.text}
            below={`${t("line.number", { line: one.line })}: ${t(`line.${reasonOf(one.reason)}`)}`}
          />
        ))}
      </Rows>
    </Fold>
  );
}

export function TrialEffect({ effect }: { effect: Effect }) {
  const { t } = useTranslation("trial");
  return (
    <Paper component="section" aria-label={t("effect.title")}>
      <Stack>
        <Title order={2}>{t("effect.title")}</Title>
        <Facts>
          <Fact name={t("effect.entries")}>{number(effect.entries)}</Fact>
          <Fact name={t("effect.new")}>{number(effect.new)}</Fact>
          {effect.refused > 0 && <Fact name={t("effect.refused")}>{number(effect.refused)}</Fact>}
          {effect.narrowed > 0 && <Fact name={t("effect.narrowed")}>{number(effect.narrowed)}</Fact>}
        </Facts>
        <Closes effect={effect} />
        {effect.spared_in_all > 0 && <Spared effect={effect} />}
        <Stack gap="xs">
          <Title order={3}>{t("effect.overlaps")}</Title>
          {effect.overlaps.length === 0 ? (
            <Empty title={t("effect.noOverlaps")} />
          ) : (
            <Rows label={t("effect.overlaps")}>
              {effect.overlaps.map((one) => (
                <Row key={one.list} title={one.list} side={t("effect.overlap", { count: one.entries })} />
              ))}
            </Rows>
          )}
        </Stack>
        {effect.refused_lines.length > 0 && <Lines effect={effect} />}
      </Stack>
    </Paper>
  );
}
