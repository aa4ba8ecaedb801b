// The six digits of an authenticator app.
import { TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  autoFocus?: boolean;
}

export function CodeInput({ label, value, onChange, error, autoFocus = false }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) input.current?.focus();
  }, [autoFocus]);
  return (
    <TextInput
      ref={input}
      label={label}
      description={t("totp.codeHint")}
      inputMode="numeric"
      autoComplete="one-time-code"
      required
      maxLength={7}
      error={error}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value.replace(/\s/g, ""));
      }}
    />
  );
}
