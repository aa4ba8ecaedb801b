// How much of the largest a value is.
import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { number } from "../util/format";
import classes from "./ui.module.css";

interface Props {
  name: ReactNode;
  value: number;
  most: number;
  note?: string;
}

export function Meter({ name, value, most, note }: Props) {
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" component="div">
          {name}
        </Text>
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          <b>{number(value)}</b>
          {note !== undefined && <Text span c="dimmed">{` ${note}`}</Text>}
        </Text>
      </Group>
      <div className={classes.meter} aria-hidden="true">
        <span style={{ width: `${String(most > 0 ? (100 * value) / most : 0)}%` }} />
      </div>
    </div>
  );
}
