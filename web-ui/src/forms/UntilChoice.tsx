// Until when something is open: the end of the lesson, or some minutes.
import { useTranslation } from "react-i18next";
import type { Until } from "../api/types";
import { Choice } from "../ui/Choice";

const MINUTES = [15, 45, 90] as const;

export function UntilChoice({ value, onChange }: { value: Until; onChange: (value: Until) => void }) {
  const { t } = useTranslation();
  return (
    <Choice
      label={t("pass.until")}
      value={value === "bell" ? "bell" : String(value.minutes)}
      options={[
        { value: "bell", label: t("pass.bell") },
        ...MINUTES.map((minutes) => ({ value: String(minutes), label: t("pass.minutes", { minutes }) })),
      ]}
      onChange={(chosen) => {
        onChange(chosen === "bell" ? "bell" : { minutes: Number(chosen) });
      }}
    />
  );
}
