// Several values, one a line. What is typed stays as typed; the form gets the values.
import { Textarea } from "@mantine/core";
import { useState } from "react";
import { fromLines, toLines } from "../util/lines";

interface Props {
  label: string;
  description: string;
  value: readonly string[];
  onChange: (lines: string[]) => void;
  onBlur: () => void;
  error?: string | undefined;
}

export function LinesInput({ value, onChange, ...rest }: Props) {
  const [text, setText] = useState(fromLines(value));
  // Another version of the object was loaded.
  const shown = fromLines(toLines(text)) === fromLines(value) ? text : fromLines(value);
  return (
    <Textarea
      {...rest}
      autosize
      minRows={2}
      maxRows={8}
      spellCheck={false}
      autoCapitalize="none"
      value={shown}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(toLines(event.currentTarget.value));
      }}
    />
  );
}
