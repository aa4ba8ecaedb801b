// Whom the box asks for names, and how it answers what is closed. Upstreams can be tried before they are saved.
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { type Settings, TIERS } from "../../api/types";
import { Findings } from "../../components/Findings";
import { PartFrame } from "../../components/PartFrame";
import { useChange } from "../../hooks/use-change";
import { messageOf, usePart } from "../../hooks/use-settings";
import { Choice } from "../../ui/Choice";
import { ErrorBox } from "../../ui/ErrorBox";
import { Fields } from "../../ui/layout";
import { Lines } from "./fields";

const ANSWERS = ["nxdomain", "nodata", "address"] as const;
const UPSTREAMS = "resolver.upstreams";
const KEYS = [UPSTREAMS, "resolver.block-answer", "resolver.block-addresses", "resolver.unknown-devices.tier"];

export function DnsForm({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const { t } = useTranslation();
  const part = usePart(settings, "dns");
  const { form, set, wrong } = part;
  const test = useChange({
    run: () => ask(api.POST("/settings/upstreams/test", { body: { upstreams: form.upstreams } })),
    stale: [],
    isQuiet: true,
  });
  const labels = {
    upstreams: t("settings.dns.upstreams"),
    block_answer: t("settings.dns.answer"),
    block_addresses: t("settings.dns.addresses"),
    unknown_tier: t("settings.dns.unknown"),
  };
  const answer = ANSWERS.find((known) => known === form.block_answer) ?? "nxdomain";
  const tested = messageOf(test.error, UPSTREAMS);
  return (
    <PartFrame title={t("settings.dns.title")} about={t("settings.restartHint")} part={part} isReadOnly={isReadOnly} keys={KEYS} labels={labels}>
      <Lines
        label={labels.upstreams}
        description={t("settings.dns.upstreamsHint")}
        value={form.upstreams}
        error={tested ?? wrong(UPSTREAMS)}
        onChange={(upstreams) => {
          test.reset();
          set({ upstreams });
        }}
      />
      <Group>
        <Button
          variant="default"
          loading={test.isPending}
          onClick={() => {
            test.mutate(undefined);
          }}
        >
          {t("settings.dns.test")}
        </Button>
      </Group>
      {test.isError && tested === undefined && <ErrorBox error={test.error} />}
      {test.data && <Findings findings={test.data.findings} />}
      <Fields>
        <Choice
          label={labels.block_answer}
          value={answer}
          error={wrong("resolver.block-answer")}
          options={ANSWERS.map((value) => ({ value, label: t(`settings.dns.answers.${value}`) }))}
          onChange={(value) => {
            set(value === "address" ? { block_answer: value } : { block_answer: value, block_addresses: [] });
          }}
        />
        {answer === "address" && (
          <Lines
            label={labels.block_addresses}
            description={t("settings.dns.addressesHint")}
            value={form.block_addresses}
            error={wrong("resolver.block-addresses")}
            onChange={(lines) => {
              set({ block_addresses: lines });
            }}
          />
        )}
        <Choice
          label={labels.unknown_tier}
          value={form.unknown_tier}
          error={wrong("resolver.unknown-devices.tier")}
          options={TIERS.map((tier) => ({ value: tier, label: t(`tier.${tier}`) }))}
          onChange={(tier) => {
            set({ unknown_tier: tier });
          }}
        />
      </Fields>
    </PartFrame>
  );
}
