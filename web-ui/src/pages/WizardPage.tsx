// Setting a school up: five steps, each a place in the address, so that one may leave and come back.
import { Button, Group, Paper, Progress, Text } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { WIZARD_STEPS } from "../routes";
import { NoPrint } from "../ui/layout";
import { Page } from "../ui/Page";
import { assertNever } from "../util/assert-never";
import { GroupsStep } from "./wizard/GroupsStep";
import { ModesStep } from "./wizard/ModesStep";
import { SchoolStep } from "./wizard/SchoolStep";
import { SheetStep } from "./wizard/SheetStep";
import { TestStep } from "./wizard/TestStep";

type StepName = (typeof WIZARD_STEPS)[number];

function Step({ step }: { step: StepName }) {
  switch (step) {
    case "school":
      return <SchoolStep />;
    case "groups":
      return <GroupsStep />;
    case "modes":
      return <ModesStep />;
    case "test":
      return <TestStep />;
    case "sheet":
      return <SheetStep />;
    default:
      return assertNever(step);
  }
}

export function WizardPage() {
  const { t } = useTranslation();
  const { step = "school" } = useSearch({ from: "/shell/wizard" });
  const navigate = useNavigate({ from: "/wizard" });
  const at = WIZARD_STEPS.indexOf(step);
  const go = (by: number) => {
    const next = WIZARD_STEPS[at + by];
    if (next) void navigate({ search: (before) => ({ ...before, step: next }) });
    else void navigate({ to: "/" });
  };
  return (
    <Page
      key={step}
      title={t(`wizard.${step}.title`)}
      lead={
        <NoPrint>
          <Text c="dimmed">{t("wizard.step", { at: at + 1, of: WIZARD_STEPS.length })}</Text>
          <Progress value={(100 * (at + 1)) / WIZARD_STEPS.length} mt={6} aria-label={t("wizard.progress")} />
        </NoPrint>
      }
    >
      <Text>{t(`wizard.${step}.lead`)}</Text>
      <Paper>
        <Step step={step} />
      </Paper>
      <NoPrint>
        <Group justify="space-between">
          <Button
            variant="default"
            disabled={at === 0}
            onClick={() => {
              go(-1);
            }}
          >
            {t("wizard.back")}
          </Button>
          <Button
            onClick={() => {
              go(1);
            }}
          >
            {at === WIZARD_STEPS.length - 1 ? t("wizard.finish") : t("wizard.next")}
          </Button>
        </Group>
      </NoPrint>
    </Page>
  );
}
