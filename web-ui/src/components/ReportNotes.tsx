// What the counsellor wrote about a report, and a place to write more. Encrypted to her own key before it leaves.
import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { Report } from "../api/types";
import { keepAwake } from "../hooks/use-identity";
import { useChange } from "../hooks/use-change";
import { NoPrint } from "../ui/layout";
import { moment } from "../util/format";
import { seal } from "../util/sealing";
import { Unsealed } from "./Unsealed";

interface Props {
  report: Report;
  identity: string;
  recipient: string;
}

function NoteForm({ report, recipient }: Omit<Props, "identity">) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const add = useChange({
    run: async () =>
      ask(api.POST("/reports/{id}/note", { params: { path: { id: report.id } }, body: { sealed: await seal(text.trim(), recipient) } })),
    stale: ["reports"],
    done: () => {
      setText("");
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(undefined);
      }}
    >
      <Stack gap="xs">
        <Textarea
          label={t("counsel.note.label")}
          description={t("counsel.note.hint")}
          autosize
          minRows={2}
          maxLength={8000}
          value={text}
          onChange={(event) => {
            keepAwake();
            setText(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" loading={add.isPending} disabled={text.trim() === ""}>
          {t("counsel.note.add")}
        </Button>
      </Stack>
    </form>
  );
}

export function ReportNotes({ report, identity, recipient }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      {report.notes.map((note, index) => (
        <Unsealed key={`${String(report.id)}-${String(index)}`} sealed={note.sealed} identity={identity}>
          {(text) => (
            <div>
              <Text size="sm" c="dimmed">
                {note.at == null ? t("counsel.noTime") : moment(note.at)}
              </Text>
              <Text style={{ whiteSpace: "pre-wrap" }}>{text}</Text>
            </div>
          )}
        </Unsealed>
      ))}
      {report.state !== "closed" && (
        <NoPrint>
          <NoteForm report={report} recipient={recipient} />
        </NoPrint>
      )}
    </Stack>
  );
}
