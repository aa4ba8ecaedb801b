// One's own password, again: an open screen is nobody's word.
import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  hint?: string;
  value: string;
  onChange: (value: string) => void;
}

export function OwnPassword({ hint, value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t("box.ownPassword")}
      description={hint}
      autoComplete="current-password"
      required
      visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
