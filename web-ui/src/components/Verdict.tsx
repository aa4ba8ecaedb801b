// A verdict in words: what happens, by which level, how it came to that, and what the other tiers get.
import { Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { TIERS, type Verdict as Answer, type Why } from "../api/types";
import { useCategoryName } from "../hooks/use-names";
import { useLevelName, useStepText } from "../hooks/use-why-words";
import { Fact, Facts, Row, Rows } from "../ui/Rows";
import { ActionBadge } from "./Badges";

// The box's name for devices in no group.
const NO_GROUP = "unknown";

function Because({ answer }: { answer: Answer }) {
  const level = useLevelName()(answer.level);
  const category = useCategoryName();
  return (
    <>
      {level}
      {answer.category != null && ` · ${category(answer.category)}`}
    </>
  );
}

function useTierName(): (tier: string) => string {
  const { t } = useTranslation();
  return (tier) => {
    const known = TIERS.find((id) => id === tier);
    return known ? t(`tier.${known}`) : tier;
  };
}

function Decision({ why }: { why: Why }) {
  const { t } = useTranslation();
  const tierName = useTierName();
  return (
    <Paper component="section">
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={2}>{why.name}</Title>
          <ActionBadge action={why.action} />
        </Group>
        <Facts>
          <Fact name={t("why.for")}>
            {[why.group === NO_GROUP ? t("blocks.noGroup") : why.group, tierName(why.tier)].filter(Boolean).join(" · ")}
          </Fact>
          <Fact name={t("why.because")}>
            <Because answer={why} />
          </Fact>
          {why.list != null && <Fact name={t("lists.list")}>{why.list}</Fact>}
          {why.rule != null && <Fact name={t("why.rule")}>{why.rule}</Fact>}
          {why.author != null && <Fact name={t("why.author")}>{why.author}</Fact>}
          {why.reason != null && <Fact name={t("policy.reason")}>{why.reason}</Fact>}
          {why.safe_form != null && <Fact name={t("why.safeForm")}>{why.safe_form}</Fact>}
        </Facts>
      </Stack>
    </Paper>
  );
}

export function Verdict({ why }: { why: Why }) {
  const { t } = useTranslation();
  const tierName = useTierName();
  const stepText = useStepText();
  const tiers = TIERS.map((tier) => ({ tier, answer: why.tiers[tier] }));
  return (
    <Stack aria-live="polite">
      <Decision why={why} />
      <Paper component="section">
        <Title order={2} mb="xs">
          {t("why.steps")}
        </Title>
        {why.chain.length === 0 ? (
          <Text>{t("why.noSteps")}</Text>
        ) : (
          <List type="ordered" spacing={4}>
            {why.chain.map((step) => (
              <List.Item key={JSON.stringify(step)}>{stepText(step)}</List.Item>
            ))}
          </List>
        )}
      </Paper>
      <Stack gap="xs">
        <Title order={2}>{t("name.eachTier")}</Title>
        <Rows label={t("name.eachTier")}>
          {tiers.map(
            ({ tier, answer }) =>
              answer && (
                <Row key={tier} title={tierName(tier)} below={<Because answer={answer} />} side={<ActionBadge action={answer.action} />} />
              ),
          )}
        </Rows>
      </Stack>
    </Stack>
  );
}
