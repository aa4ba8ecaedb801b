// Fields that the forms of the settings share.
import { Checkbox, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type TierId, TIERS } from "../../api/types";
import { LinesInput } from "../LinesInput";

interface LinesProps {
  label: string;
  description: string;
  value: readonly string[];
  onChange: (lines: string[]) => void;
  error: string | undefined;
}

export function Lines(props: LinesProps) {
  return <LinesInput {...props} onBlur={() => undefined} />;
}

interface TiersProps {
  label: string;
  value: readonly TierId[];
  onChange: (tiers: TierId[]) => void;
  error: string | undefined;
}

export function Tiers({ label, value, onChange, error }: TiersProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={label}
      error={error}
      value={[...value]}
      onChange={(chosen) => {
        onChange(TIERS.filter((tier) => chosen.includes(tier)));
      }}
    >
      <Stack gap="xs" mt="xs">
        {TIERS.map((tier) => (
          <Checkbox key={tier} value={tier} label={t(`tier.${tier}`)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
