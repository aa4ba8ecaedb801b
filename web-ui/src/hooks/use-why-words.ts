// The steps of a verdict in words. The box speaks in ids here, because they outlive versions.
import { useTranslation } from "react-i18next";
import type { WhyStep } from "../api/types";
import { useCategoryName } from "./use-names";

export function useLevelName(): (level: string) => string {
  const { t, i18n } = useTranslation();
  return (level) => {
    const key = `why.level.${level}`;
    return i18n.exists(key) ? t(key as "why.level.tier") : level;
  };
}

function useRoleName(): (role: string) => string {
  const { t } = useTranslation();
  return (role) => {
    if (role === "department") return t("why.authority.department");
    return role === "teacher" ? t("why.authority.teacher") : t("why.authority.school");
  };
}

export function useStepText(): (step: WhyStep) => string {
  const { t } = useTranslation();
  const level = useLevelName();
  const role = useRoleName();
  const categoryName = useCategoryName();
  const category = (id: string | null | undefined) => (id == null ? "–" : categoryName(id));
  return (step) => {
    switch (step.step) {
      case "listed":
        return t("why.step.listed", { list: step.list, entry: step.entry, category: category(step.category) });
      case "protected":
        return t("why.step.protected", { name: step.name, category: category(step.category) });
      case "corrected":
        return t("why.step.corrected", { category: category(step.category) });
      case "guessed":
        return t("why.step.guessed", { what: step.what });
      case "refused":
        return t("why.step.refused", { author: step.author, reason: step.reason, needs: role(step.needs) });
      case "decided":
        return t("why.step.decided", { level: level(step.level) });
    }
  };
}
