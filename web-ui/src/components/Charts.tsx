// The overview's figures as small pictures: week, hours, categories, tiers, tries to get round the filter.
import { Anchor, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../api/types";
import { useRole } from "../hooks/use-session";
import { Bars } from "../ui/Bars";
import { Meter } from "../ui/Meter";
import { number, weekdayOf } from "../util/format";

const MOST_CATEGORIES = 6;

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </Paper>
  );
}

function useParts() {
  const { t } = useTranslation();
  return {
    low: { name: t("overview.allowed"), color: "var(--mantine-color-teal-6)" },
    high: { name: t("overview.blockedShort"), color: "var(--mantine-color-orange-6)" },
  };
}

export function Week({ days }: { days: Overview["week"] }) {
  const { t } = useTranslation();
  const parts = useParts();
  const bars = days.map((day) => ({ label: weekdayOf(day.day), low: day.allowed, high: day.blocked }));
  return (
    <Card title={t("overview.week")}>
      <Bars title={t("overview.week")} {...parts} bars={bars} />
    </Card>
  );
}

export function Hours({ hours }: { hours: Overview["hours"] }) {
  const { t } = useTranslation();
  const parts = useParts();
  const bars = hours.map((hour) => ({ label: t("overview.hour", { hour: hour.hour }), low: hour.allowed, high: hour.blocked }));
  return (
    <Card title={t("overview.hours")}>
      <Bars title={t("overview.hours")} {...parts} bars={bars} every={4} />
    </Card>
  );
}

export function Categories({ categories }: { categories: Overview["categories"] }) {
  const { t } = useTranslation();
  const role = useRole();
  const seesBlocks = role === "admin" || role === "teacher" || role === "principal";
  const shown = [...categories].sort((one, other) => other.week - one.week).slice(0, MOST_CATEGORIES);
  const most = Math.max(0, ...shown.map((entry) => entry.week));
  return (
    <Card title={t("overview.byCategory")}>
      {shown.length === 0 && <Text c="dimmed">{t("overview.nothingBlocked")}</Text>}
      {shown.map((entry) => (
        <Meter
          key={entry.category}
          name={
            seesBlocks ? (
              <Anchor renderRoot={(props) => <Link {...props} to="/blocks" search={{ category: entry.category }} />} size="sm">
                {entry.name}
              </Anchor>
            ) : (
              entry.name
            )
          }
          value={entry.week}
          most={most}
          note={t("overview.ofToday", { count: entry.blocked })}
        />
      ))}
    </Card>
  );
}

export function Tiers({ tiers }: { tiers: Overview["tiers"] }) {
  const { t } = useTranslation();
  const most = Math.max(0, ...tiers.map((entry) => entry.week));
  return (
    <Card title={t("overview.byTier")}>
      {tiers.map((entry) => (
        <Meter key={entry.tier} name={entry.name} value={entry.week} most={most} note={t("overview.ofToday", { count: entry.blocked })} />
      ))}
    </Card>
  );
}

const SPANS = ["today", "week"] as const;

export function Bypasses({ bypasses }: { bypasses: Overview["bypasses"] }) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<(typeof SPANS)[number]>("today");
  const shown = bypasses[span].filter((entry) => entry.count > 0);
  return (
    <Card title={t("overview.bypasses")}>
      <Text size="sm" c="dimmed">
        {t("overview.bypassesAbout")}
      </Text>
      <SegmentedControl
        aria-label={t("overview.bypasses")}
        value={span}
        onChange={(value) => {
          setSpan(value === "week" ? "week" : "today");
        }}
        data={SPANS.map((value) => ({ value, label: t(`overview.span.${value}`) }))}
      />
      {shown.length === 0 && <Text>{t("overview.noBypasses")}</Text>}
      {shown.map((entry) => (
        <Text key={entry.kind} size="sm">
          {entry.name}: <b>{number(entry.count)}</b>
        </Text>
      ))}
    </Card>
  );
}
