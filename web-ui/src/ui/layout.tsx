// Grids that fold by the room there is, without a style tag.
import type { ReactNode } from "react";
import classes from "./ui.module.css";

export function Grid({ children }: { children: ReactNode }) {
  return <div className={classes.grid}>{children}</div>;
}

export function Tiles({ children }: { children: ReactNode }) {
  return <div className={classes.tiles}>{children}</div>;
}

export function Fields({ children }: { children: ReactNode }) {
  return <div className={classes.fields}>{children}</div>;
}

export function NoPrint({ children }: { children: ReactNode }) {
  return <div className={classes.noPrint}>{children}</div>;
}

// What is needed now and then, folded away where room is short.
export function Fold({ title, isOpen, children }: { title: string; isOpen: boolean; children: ReactNode }) {
  return (
    <details className={classes.fold} open={isOpen}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
