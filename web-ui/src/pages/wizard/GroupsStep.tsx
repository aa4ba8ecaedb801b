// A group for each level and one for staff. The box's own network is proposed for the youngest: whoever is not yet sorted
// gets the strictest filter, not the loosest.
import { Alert, Badge, Button, Group as Line, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { fieldError } from "../../api/errors";
import { queries } from "../../api/queries";
import type { Group, TierId } from "../../api/types";
import { emptyGroup, isWhole } from "../../forms/group-form";
import { LinesInput } from "../../forms/LinesInput";
import { useChange } from "../../hooks/use-change";
import { ErrorBox } from "../../ui/ErrorBox";
import { Fields } from "../../ui/layout";
import { Loaded } from "../../ui/Loaded";
import { networkOf } from "../../util/subnet";

function Proposal({ tier, subnet }: { tier: TierId; subnet: string | undefined }) {
  const { t } = useTranslation();
  const [name, setName] = useState(t(`wizard.groups.names.${tier}`));
  const [subnets, setSubnets] = useState(subnet === undefined ? [] : [subnet]);
  const make = useChange({
    run: () => ask(api.POST("/groups", { body: { ...emptyGroup(tier), name, subnets } })),
    stale: ["groups", "overview"],
    isQuiet: true,
  });
  const { error } = make;
  return (
    <form
      aria-label={t(`tier.${tier}`)}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(undefined);
      }}
    >
      <Stack gap="xs">
        <Title order={2}>{t(`tier.${tier}`)}</Title>
        <Fields>
          <TextInput
            label={t("group.name")}
            required
            value={name}
            error={fieldError(error, "name")}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <LinesInput
            label={t("group.subnets")}
            description={t("group.hints.subnets")}
            value={subnets}
            onChange={setSubnets}
            onBlur={() => undefined}
            error={fieldError(error, "subnets")}
          />
        </Fields>
        {make.isError && <ErrorBox error={error} />}
        <Line>
          <Button type="submit" variant="light" loading={make.isPending}>
            {t("wizard.groups.make")}
          </Button>
        </Line>
      </Stack>
    </form>
  );
}

function Existing({ groups, tier }: { groups: readonly Group[]; tier: TierId }) {
  const { t } = useTranslation();
  return (
    <div>
      <Title order={2}>{t(`tier.${tier}`)}</Title>
      {groups.map((group) => (
        <Text key={group.id}>
          <Badge color="teal.9">
            {t("wizard.groups.there")}
          </Badge>{" "}
          <b>{group.name}</b> {isWhole(group) && group.subnets.join(", ")}
        </Text>
      ))}
    </div>
  );
}

export function GroupsStep() {
  const { t } = useTranslation();
  const { levels = [] } = useSearch({ from: "/shell/wizard" });
  const groups = useQuery(queries.groups);
  // The box is reached here, so this is its address, unless it was reached by a name. School nets are mostly /24.
  const own = networkOf(`${globalThis.location.hostname}/24`);
  const tiers: TierId[] = [...levels, "staff"];
  return (
    <Stack gap="lg">
      {levels.length === 0 && <Alert color="yellow">{t("wizard.groups.noLevel")}</Alert>}
      <Alert color="blue" title={t("wizard.groups.flatTitle")}>
        {t("wizard.groups.flat")}
      </Alert>
      <Loaded query={groups}>
        {({ items }) => {
          const isTaken = items.some((group) => own !== undefined && isWhole(group) && group.subnets.includes(own));
          return tiers.map((tier, index) => {
            const there = items.filter((group) => group.tier === tier);
            if (there.length > 0) return <Existing key={tier} tier={tier} groups={there} />;
            return <Proposal key={tier} tier={tier} subnet={index === 0 && !isTaken ? own : undefined} />;
          });
        }}
      </Loaded>
    </Stack>
  );
}
