// Words for reports: their kinds, and how long one has waited.
import { useTranslation } from "react-i18next";

export const REPORT_KINDS = ["content", "bullying", "stranger", "blackmail", "self-harm", "fake-news", "fraud", "other"] as const;

export function useReportKind(): (id: string) => string {
  const { t } = useTranslation();
  return (id) => {
    const known = REPORT_KINDS.find((kind) => kind === id);
    return known ? t(`counsel.kind.${known}`) : id;
  };
}

const STATES = ["new", "acknowledged", "closed"] as const;

export function useReportState(): (id: string) => string {
  const { t } = useTranslation();
  return (id) => {
    const known = STATES.find((state) => state === id);
    return known ? t(`counsel.state.${known}`) : id;
  };
}

const HOUR = 3600;

export function useWaited(): (since: number) => string {
  const { t } = useTranslation();
  return (since) => {
    const hours = Math.floor((Date.now() / 1000 - since) / HOUR);
    return hours < 1 ? t("counsel.waitedShort") : t("counsel.waited", { count: hours });
  };
}
