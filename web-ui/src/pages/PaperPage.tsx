// Sheets for the wall and for parents: printed from here, one at a time, in the reader's language.
import { Button, Group, List, Paper, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "../hooks/use-session";
import { SHEETS } from "../routes";
import { NoPrint } from "../ui/layout";
import { Page } from "../ui/Page";
import classes from "./PaperPage.module.css";

// What the code beside it leads to, inside the school only.
const ADDRESS = "lachan.lan";

function Code() {
  const { t } = useTranslation();
  return (
    <div className={classes.code}>
      <img src="/lachan-lan.svg" alt={t("paper.code", { address: ADDRESS })} width={180} height={180} />
      <Text fw={650}>http://{ADDRESS}</Text>
    </div>
  );
}

function Poster() {
  const { t } = useTranslation();
  const school = useSession()?.school;
  return (
    <Stack align="center" ta="center" gap="lg">
      <Title order={2} className={classes.large}>
        {t("paper.poster.title")}
      </Title>
      <Text className={classes.number}>111</Text>
      <Text size="lg">{t("paper.poster.hotline")}</Text>
      <Text size="lg">{t("paper.poster.danger")}</Text>
      <Code />
      <Text size="lg">{t("paper.poster.box")}</Text>
      <Text c="dimmed">{school}</Text>
    </Stack>
  );
}

const RULES = ["talk", "room", "night", "account", "shop", "help"] as const;

function Parents() {
  const { t } = useTranslation();
  const school = useSession()?.school;
  return (
    <Stack>
      <Title order={2}>{t("paper.parents.title")}</Title>
      <Text>{t("paper.parents.school")}</Text>
      <Title order={3}>{t("paper.parents.home")}</Title>
      <List spacing="xs">
        {RULES.map((rule) => (
          <List.Item key={rule}>{t(`paper.parents.rule.${rule}`)}</List.Item>
        ))}
      </List>
      <Title order={3}>{t("paper.parents.devices")}</Title>
      <List spacing="xs">
        <List.Item>{t("paper.parents.android")}</List.Item>
        <List.Item>{t("paper.parents.apple")}</List.Item>
        <List.Item>{t("paper.parents.windows")}</List.Item>
      </List>
      <Text fw={650}>{t("paper.parents.call")}</Text>
      <Text c="dimmed">{school}</Text>
    </Stack>
  );
}

export function PaperPage() {
  const { t } = useTranslation();
  const { sheet = "poster" } = useSearch({ from: "/shell/paper" });
  const navigate = useNavigate({ from: "/paper" });
  return (
    <Page
      title={t("nav.paper")}
      lead={t("paper.lead")}
      actions={
        <Button
          variant="default"
          onClick={() => {
            globalThis.print();
          }}
        >
          {t("action.print")}
        </Button>
      }
    >
      <NoPrint>
        <Group>
          <SegmentedControl
            aria-label={t("paper.which")}
            value={sheet}
            onChange={(value) => void navigate({ search: value === "parents" ? { sheet: "parents" } : {}, replace: true })}
            data={SHEETS.map((value) => ({ value, label: t(`paper.sheet.${value}`) }))}
          />
        </Group>
      </NoPrint>
      <Paper component="article" p="lg">
        {sheet === "parents" ? <Parents /> : <Poster />}
      </Paper>
    </Page>
  );
}
