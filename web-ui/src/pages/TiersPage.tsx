// The table tiers × categories. On a phone one tier at a time, on a desk all beside each other.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { TIERS } from "../api/types";
import { SafeLink } from "../components/SafeLink";
import { TierMatrix, TierRows } from "../components/TierTable";
import { useIsWide } from "../hooks/use-is-wide";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";

export function TiersPage() {
  const { t } = useTranslation();
  const { tier } = useSearch({ from: "/shell/tiers" });
  const navigate = useNavigate({ from: "/tiers" });
  const tiers = useQuery(queries.tiers);
  const categories = useQuery(queries.categories);
  const isWide = useIsWide();
  const one = tier ?? (isWide ? undefined : "thcs");
  const all = { value: "" as const, label: t("tiers.all") };
  return (
    <Page title={t("nav.tiers")} lead={t("tiers.lead")} actions={<SafeLink />}>
      <Choice
        label={t("policy.tier")}
        value={one ?? ""}
        options={[...(isWide ? [all] : []), ...TIERS.map((id) => ({ value: id, label: t(`tier.${id}`) }))]}
        onChange={(value) => void navigate({ search: value === "" ? {} : { tier: value }, replace: true })}
      />
      <Text size="sm" c="dimmed">
        {t("tiers.legend")}
      </Text>
      <Loaded query={tiers}>
        {({ items }) => (
          <Loaded query={categories}>
            {(known) =>
              one === undefined ? (
                <TierMatrix tiers={items} categories={known.items} />
              ) : (
                <TierRows tier={items.find((entry) => entry.tier === one)} categories={known.items} />
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
