// A list whose rows are one line on a desk and a card on a phone.
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./ui.module.css";

export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    // The style takes the bullets away, and with them Safari takes the role.
    // eslint-disable-next-line jsx-a11y/no-redundant-roles
    <ul className={classes.rows} aria-label={label} role="list">
      {children}
    </ul>
  );
}

interface RowProps {
  title: ReactNode;
  below?: ReactNode;
  side?: ReactNode;
}

export function Row({ title, below, side }: RowProps) {
  return (
    <li className={classes.row}>
      <div className={classes.main}>
        <Text component="div" fw={600}>
          {title}
        </Text>
        {below !== undefined && (
          <Text component="div" size="sm" c="dimmed">
            {below}
          </Text>
        )}
      </div>
      {side !== undefined && <div className={classes.side}>{side}</div>}
    </li>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text component="div" c="dimmed" size="sm" mt={4}>
          {children}
        </Text>
      )}
    </div>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

// A table that is wider than a phone scrolls by itself, with the keyboard too.
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
