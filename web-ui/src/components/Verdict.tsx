// A verdict in words: what happens, by which level, how it came to that, and what the other tiers get.
import { Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Answer, Why } from "../api/types";
import { Fact, Facts, Row, Rows } from "../ui/Rows";
import { ActionBadge, LockNote, TierName } from "./Badges";

function useLevelName(): (level: string) => string {
  const { t, i18n } = useTranslation();
  return (level) => {
    const key = `why.level.${level}`;
    return i18n.exists(key) ? t(key as "why.level.tier") : level;
  };
}

function Because({ answer }: { answer: Answer }) {
  const level = useLevelName()(answer.level);
  return (
    <>
      {level}
      {answer.category_name != null && ` · ${answer.category_name}`}
    </>
  );
}

export function Verdict({ why }: { why: Why }) {
  const { t } = useTranslation();
  const { answer } = why;
  return (
    <Stack aria-live="polite">
      <Paper component="section">
        <Stack gap="sm">
          <Group gap="sm">
            <Title order={2}>{why.name}</Title>
            <ActionBadge action={answer.action} />
          </Group>
          <Facts>
            <Fact name={t("why.for")}>
              {why.group == null ? "" : `${why.group} · `}
              <TierName tier={why.tier} />
            </Fact>
            <Fact name={t("why.because")}>
              <Because answer={answer} />
            </Fact>
            {answer.list != null && <Fact name={t("lists.list")}>{answer.list}</Fact>}
            {answer.rule != null && <Fact name={t("why.rule")}>{answer.rule}</Fact>}
            {why.author != null && <Fact name={t("why.author")}>{why.author}</Fact>}
            {why.reason != null && <Fact name={t("policy.reason")}>{why.reason}</Fact>}
            {why.safe_form != null && <Fact name={t("why.safeForm")}>{why.safe_form}</Fact>}
            {answer.action === "block" && answer.lock != null && (
              <Fact name={t("why.whoOpens")}>
                <LockNote lock={answer.lock} />
              </Fact>
            )}
          </Facts>
        </Stack>
      </Paper>
      <Paper component="section">
        <Title order={2} mb="xs">
          {t("why.steps")}
        </Title>
        {why.steps.length === 0 ? (
          <Text>{t("why.noSteps")}</Text>
        ) : (
          <List type="ordered" spacing={4}>
            {why.steps.map((step) => (
              <List.Item key={`${step.step} ${step.text}`}>{step.text}</List.Item>
            ))}
          </List>
        )}
      </Paper>
      <Stack gap="xs">
        <Title order={2}>{t("name.eachTier")}</Title>
        <Rows label={t("name.eachTier")}>
          {why.tiers.map((entry) => (
            <Row key={entry.tier} title={entry.tier_name} below={<Because answer={entry.answer} />} side={<ActionBadge action={entry.answer.action} />} />
          ))}
        </Rows>
      </Stack>
    </Stack>
  );
}
