// A text of many lines with their numbers, as editors show it. Which line is looked for, the caller says.
import { Input } from "@mantine/core";
import { type Ref, useId, useImperativeHandle, useRef } from "react";
import classes from "./CodeText.module.css";

export interface CodeTextHandle {
  // Puts the cursor into a line, counted from 1, and shows it.
  goTo: (line: number) => void;
}

interface Props {
  label: string;
  description: string;
  value: string;
  onChange: (text: string) => void;
  isReadOnly: boolean;
  isWrong: boolean;
  ref: Ref<CodeTextHandle>;
}

// Lines above the one that is shown.
const ABOVE = 4;

export function CodeText({ label, description, value, onChange, isReadOnly, isWrong, ref }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const lines = value.split("\n");
  useImperativeHandle(ref, () => ({
    goTo: (line) => {
      const at = area.current;
      if (!at) return;
      const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
      at.focus();
      at.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
      at.scrollTop = (at.scrollHeight / lines.length) * Math.max(0, line - 1 - ABOVE);
    },
  }));
  return (
    <Input.Wrapper id={id} label={label} description={description}>
      <div className={classes.frame}>
        <pre ref={gutter} className={classes.numbers} aria-hidden="true">
          {lines.map((_, index) => index + 1).join("\n")}
        </pre>
        <textarea
          id={id}
          ref={area}
          className={classes.area}
          wrap="off"
          spellCheck={false}
          autoCapitalize="none"
          readOnly={isReadOnly}
          aria-invalid={isWrong}
          value={value}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onChange={(event) => {
            onChange(event.currentTarget.value);
          }}
        />
      </div>
    </Input.Wrapper>
  );
}
