// The parts that are lists of addresses, networks and names: the filter of the web, and these pages.
import { Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Settings } from "../../api/types";
import { PartFrame } from "../../components/PartFrame";
import { usePart } from "../../hooks/use-settings";
import { Fields } from "../../ui/layout";
import { Lines } from "./fields";

interface Props {
  settings: Settings;
  isReadOnly: boolean;
}

const PROXY = [
  { field: "explicit", key: "proxy.explicit", label: "explicit", hint: "explicitHint" },
  { field: "block_page", key: "proxy.block-page", label: "blockPage", hint: "blockPageHint" },
  { field: "never_diverted", key: "proxy.never-diverted", label: "never", hint: "neverHint" },
  { field: "inside_targets", key: "proxy.inside-targets", label: "targets", hint: "targetsHint" },
] as const;

export function ProxyForm({ settings, isReadOnly }: Props) {
  const { t } = useTranslation();
  const part = usePart(settings, "proxy");
  const { form, set, wrong } = part;
  const labels = {
    transparent: t("settings.proxy.transparent"),
    ...Object.fromEntries(PROXY.map(({ field, label }) => [field, t(`settings.proxy.${label}`)])),
  };
  const keys = ["proxy.transparent", ...PROXY.map(({ key }) => key)];
  return (
    <PartFrame title={t("settings.proxy.title")} part={part} isReadOnly={isReadOnly} keys={keys} labels={labels}>
      <Checkbox
        label={labels.transparent}
        description={t("settings.proxy.transparentHint")}
        checked={form.transparent}
        error={wrong("proxy.transparent")}
        onChange={(event) => {
          set({ transparent: event.currentTarget.checked });
        }}
      />
      <Fields>
        {PROXY.map(({ field, key, label, hint }) => (
          <Lines
            key={field}
            label={t(`settings.proxy.${label}`)}
            description={t(`settings.proxy.${hint}`)}
            value={form[field]}
            error={wrong(key)}
            onChange={(lines) => {
              set({ [field]: lines });
            }}
          />
        ))}
      </Fields>
    </PartFrame>
  );
}

const WEB = [
  { field: "listen", hint: "listenHint" },
  { field: "names", hint: "namesHint" },
  { field: "management", hint: "managementHint" },
  { field: "staff", hint: "staffHint" },
] as const;

export function WebForm({ settings, isReadOnly }: Props) {
  const { t } = useTranslation();
  const part = usePart(settings, "web");
  const { form, set, wrong } = part;
  const labels = Object.fromEntries(WEB.map(({ field }) => [field, t(`settings.web.${field}`)]));
  const keys = WEB.map(({ field }) => `web.${field}`);
  return (
    <PartFrame title={t("settings.web.title")} about={t("settings.network.waits")} part={part} isReadOnly={isReadOnly} keys={keys} labels={labels}>
      <Fields>
        {WEB.map(({ field, hint }) => (
          <Lines
            key={field}
            label={t(`settings.web.${field}`)}
            description={t(`settings.web.${hint}`)}
            value={form[field]}
            error={wrong(`web.${field}`)}
            onChange={(lines) => {
              set({ [field]: lines });
            }}
          />
        ))}
      </Fields>
    </PartFrame>
  );
}
