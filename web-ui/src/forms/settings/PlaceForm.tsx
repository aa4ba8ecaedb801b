// Where the box stands, and through which of its interfaces.
import { Checkbox, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries";
import type { Interface, Settings } from "../../api/types";
import { Modes } from "../../components/Modes";
import { PartFrame } from "../../components/PartFrame";
import { usePart } from "../../hooks/use-settings";
import { Choice } from "../../ui/Choice";
import { Fields, Fold } from "../../ui/layout";
import { Lines, Tiers } from "./fields";

const MODES = ["gateway", "bridge", "proxy", "resolver", "off"] as const;
const NONE = "none";
const KEYS = [
  "network.mode",
  "network.inside",
  "network.outside",
  "network.bridge",
  "network.fail-open",
  "network.ways-round-kept-for",
  "network.direct-addresses-refused-for",
  "network.management-ports",
  "network.management-from",
];

// The machine's interfaces and those of the settings, each with what is known of it.
function useInterfaces(named: readonly string[]): { name: string; label: string }[] {
  const { t } = useTranslation();
  const items = useQuery(queries.interfaces).data?.items ?? [];
  const about = ({ is_up: isUp, addresses, leads_out: leadsOut }: Interface) =>
    [
      addresses.length > 0 ? addresses.join(", ") : t("settings.network.noAddress"),
      isUp != null && t(isUp ? "settings.network.up" : "settings.network.down"),
      leadsOut && t("settings.network.leadsOut"),
    ]
      .filter((text) => text !== false)
      .join(" · ");
  const there = items.map((one) => ({ name: one.name, label: `${one.name}: ${about(one)}` }));
  const absent = named.filter((name) => name !== NONE && !items.some((one) => one.name === name));
  return [...there, ...absent.map((name) => ({ name, label: `${name}: ${t("settings.missing")}` }))];
}

export function PlaceForm({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const { t } = useTranslation();
  const part = usePart(settings, "network");
  const { form, set, wrong } = part;
  const interfaces = useInterfaces([...form.inside, form.outside]);
  const labels = {
    mode: t("settings.network.mode"),
    inside: t("settings.network.inside"),
    outside: t("settings.network.outside"),
    bridge: t("settings.network.bridge"),
    fail_open: t("settings.network.failOpen"),
    ways_round_kept_for: t("settings.network.waysRound"),
    direct_addresses_refused_for: t("settings.network.direct"),
    management_ports: t("settings.network.managementPorts"),
    management_from: t("settings.network.managementFrom"),
  };
  const mode = MODES.find((known) => known === form.mode) ?? "off";
  const hasManagementFault = (wrong("network.management-ports") ?? wrong("network.management-from")) !== undefined;
  return (
    <PartFrame title={t("settings.network.place")} about={t("settings.network.waits")} part={part} isReadOnly={isReadOnly} keys={KEYS} labels={labels}>
      <Choice
        label={labels.mode}
        value={mode}
        error={wrong("network.mode")}
        options={MODES.map((value) => ({ value, label: t(`modes.${value}.name`) }))}
        onChange={(chosen) => {
          set({ mode: chosen });
        }}
      />
      <Modes now={settings.values.network.mode} />
      <Fields>
        <Checkbox.Group
          label={labels.inside}
          error={wrong("network.inside")}
          value={form.inside}
          onChange={(inside) => {
            set({ inside });
          }}
        >
          <Stack gap="xs" mt="xs">
            {interfaces.map(({ name, label }) => (
              <Checkbox key={name} value={name} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Choice
          label={labels.outside}
          value={form.outside}
          error={wrong("network.outside")}
          options={[{ value: NONE, label: t("settings.none") }, ...interfaces.map(({ name, label }) => ({ value: name, label }))]}
          onChange={(outside) => {
            set({ outside });
          }}
        />
        {(mode === "bridge" || form.bridge !== NONE) && (
          <TextInput
            label={labels.bridge}
            description={t("settings.network.bridgeHint")}
            value={form.bridge === NONE ? "" : form.bridge}
            error={wrong("network.bridge")}
            onChange={(event) => {
              set({ bridge: event.currentTarget.value.trim() || NONE });
            }}
          />
        )}
      </Fields>
      <Fields>
        <Tiers label={labels.fail_open} value={form.fail_open} error={wrong("network.fail-open")} onChange={(tiers) => { set({ fail_open: tiers }); }} />
        <Tiers
          label={labels.ways_round_kept_for}
          value={form.ways_round_kept_for}
          error={wrong("network.ways-round-kept-for")}
          onChange={(tiers) => {
            set({ ways_round_kept_for: tiers });
          }}
        />
        <Tiers
          label={labels.direct_addresses_refused_for}
          value={form.direct_addresses_refused_for}
          error={wrong("network.direct-addresses-refused-for")}
          onChange={(tiers) => {
            set({ direct_addresses_refused_for: tiers });
          }}
        />
      </Fields>
      <Fold title={labels.management_ports} isOpen={form.management_ports.length > 0 || hasManagementFault}>
        <Fields>
          <Lines
            label={labels.management_ports}
            description={t("settings.network.managementPortsHint")}
            value={form.management_ports.map(String)}
            error={wrong("network.management-ports")}
            onChange={(lines) => {
              set({ management_ports: lines.map(Number).filter((port) => Number.isInteger(port) && port > 0 && port < 65_536) });
            }}
          />
          <Lines
            label={labels.management_from}
            description={t("settings.network.managementFromHint")}
            value={form.management_from}
            error={wrong("network.management-from")}
            onChange={(lines) => {
              set({ management_from: lines });
            }}
          />
        </Fields>
      </Fold>
    </PartFrame>
  );
}
