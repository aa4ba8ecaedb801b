// A select of the system's own: it works on every phone, with every screen reader.
import { NativeSelect } from "@mantine/core";
import type { ReactNode } from "react";

export interface Option<V extends string> {
  value: V;
  label: string;
}

interface Props<V extends string> {
  label?: string;
  // In place of a label, where a row's title is one for the eye.
  ariaLabel?: string;
  value: V;
  options: readonly Option<V>[];
  onChange: (value: V) => void;
  description?: ReactNode;
  error?: ReactNode;
  disabled?: boolean;
}

export function Choice<V extends string>({ options, onChange, value, ariaLabel, ...rest }: Props<V>) {
  return (
    <NativeSelect
      {...rest}
      aria-label={ariaLabel}
      value={value}
      data={[...options]}
      onChange={(event) => {
        const chosen = options.find((option) => option.value === event.currentTarget.value);
        if (chosen) onChange(chosen.value);
      }}
    />
  );
}
