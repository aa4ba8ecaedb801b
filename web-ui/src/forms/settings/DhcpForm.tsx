// Who gives addresses to devices, and which.
import { Button, Checkbox, Fieldset, Group, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Settings, SettingsParts } from "../../api/types";
import { PartFrame } from "../../components/PartFrame";
import { usePart } from "../../hooks/use-settings";
import { Choice } from "../../ui/Choice";
import { Fields } from "../../ui/layout";
import { fromFixed, toFixed } from "../../util/dhcp-lines";
import { Lines } from "./fields";

type Range = SettingsParts["dhcp"]["ranges"][number];

const MODES = ["off", "run", "write"] as const;
const KEYS = ["network.dhcp.mode", "network.dhcp.lease-time", "network.dhcp.domain", "network.dhcp.range", "network.dhcp.static"];
const EMPTY: Range = { interface: "", address: "", first: "", last: "", router_advertisements: true };

interface OneProps {
  range: Range;
  at: string;
  onChange: (change: Partial<Range>) => void;
  remove: () => void;
  wrong: (key: string) => string | undefined;
}

function OneRange({ range, at, onChange, remove, wrong }: OneProps) {
  const { t } = useTranslation();
  const text = (key: "interface" | "address" | "first" | "last") => (
    <TextInput
      label={t(`settings.dhcp.${key}`)}
      required
      spellCheck={false}
      autoCapitalize="none"
      value={range[key]}
      error={wrong(`${at}.${key}`)}
      onChange={(event) => {
        onChange({ [key]: event.currentTarget.value.trim() });
      }}
    />
  );
  return (
    <Fieldset legend={t("settings.dhcp.range", { name: range.interface || "…" })}>
      <Fields>
        {text("interface")}
        {text("address")}
        {text("first")}
        {text("last")}
      </Fields>
      <Group mt="sm">
        <Checkbox
          label={t("settings.dhcp.advertise")}
          checked={range.router_advertisements}
          onChange={(event) => {
            onChange({ router_advertisements: event.currentTarget.checked });
          }}
        />
        <Button variant="default" onClick={remove}>
          {t("settings.dhcp.removeRange")}
        </Button>
      </Group>
    </Fieldset>
  );
}

export function DhcpForm({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const { t } = useTranslation();
  const part = usePart(settings, "dhcp");
  const { form, set, wrong } = part;
  const labels = {
    mode: t("settings.dhcp.mode"),
    lease_time: t("settings.dhcp.lease"),
    domain: t("settings.dhcp.domain"),
    ranges: t("settings.dhcp.first"),
    fixed: t("settings.dhcp.fixed"),
  };
  const mode = MODES.find((known) => known === form.mode) ?? "off";
  const { ranges } = form;
  return (
    <PartFrame title={t("settings.dhcp.title")} part={part} isReadOnly={isReadOnly} keys={KEYS} labels={labels}>
      <Fields>
        <Choice
          label={labels.mode}
          description={t("settings.dhcp.modeHint")}
          value={mode}
          error={wrong("network.dhcp.mode")}
          options={MODES.map((value) => ({ value, label: t(`settings.dhcp.modes.${value}`) }))}
          onChange={(value) => {
            set({ mode: value });
          }}
        />
        <TextInput
          label={labels.lease_time}
          description={t("settings.dhcp.leaseHint")}
          value={form.lease_time}
          error={wrong("network.dhcp.lease-time")}
          onChange={(event) => {
            set({ lease_time: event.currentTarget.value });
          }}
        />
        <TextInput
          label={labels.domain}
          value={form.domain}
          error={wrong("network.dhcp.domain")}
          onChange={(event) => {
            set({ domain: event.currentTarget.value });
          }}
        />
      </Fields>
      {ranges.map((range, index) => (
        <OneRange
          // A range has nothing of its own that stays the same while it is edited.
          key={index}
          range={range}
          at={`network.dhcp.range[${String(index)}]`}
          wrong={wrong}
          onChange={(change) => {
            set({ ranges: ranges.map((one, at) => (at === index ? { ...one, ...change } : one)) });
          }}
          remove={() => {
            set({ ranges: ranges.filter((_, at) => at !== index) });
          }}
        />
      ))}
      <Group>
        <Button
          variant="default"
          onClick={() => {
            const inside = settings.values.network.inside;
            const free = inside.find((name) => !ranges.some((range) => range.interface === name));
            set({ ranges: [...ranges, { ...EMPTY, interface: free ?? "" }] });
          }}
        >
          {t("settings.dhcp.addRange")}
        </Button>
      </Group>
      {wrong("network.dhcp.range") !== undefined && ranges.length === 0 && <div role="alert">{wrong("network.dhcp.range")}</div>}
      <Lines
        label={labels.fixed}
        description={t("settings.dhcp.fixedHint")}
        value={form.fixed.map(fromFixed)}
        error={wrong("network.dhcp.static")}
        onChange={(lines) => {
          set({ fixed: lines.map(toFixed) });
        }}
      />
    </PartFrame>
  );
}
