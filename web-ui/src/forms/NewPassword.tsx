// A password that is chosen: typed once, shown on demand, its length said before it is refused.
import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

// What the box asks for at least; it also refuses the name and what is tried first.
export const LEAST_CHARACTERS = 10;

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

export function NewPassword({ value, onChange, error }: Props) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t("account.newPassword")}
      description={t("account.passwordHint", { count: LEAST_CHARACTERS })}
      autoComplete="new-password"
      required
      minLength={LEAST_CHARACTERS}
      visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
      error={error}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
