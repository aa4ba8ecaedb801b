// A list to be tried: what it is of, how it is written, and the list itself, pasted or from a file.
import { Button, Checkbox, FileButton, Group, Stack, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { ApiProblem, fieldError } from "../api/errors";
import { queries } from "../api/queries";
import type { TrialEffect } from "../api/types";
import { useChange } from "../hooks/use-change";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";
import { Fields } from "../ui/layout";

const FORMATS = ["domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz"] as const;
const MOST = 4 * 1024 * 1024;
const MOST_LABEL = 80;

export function TrialForm({ done }: { done: (effect: TrialEffect) => void }) {
  const { t } = useTranslation("trial");
  const { data: categories } = useQuery(queries.categories);
  const [category, setCategory] = useState("gambling");
  const [format, setFormat] = useState<(typeof FORMATS)[number]>("domains");
  const [label, setLabel] = useState<string>();
  const [text, setText] = useState("");
  const [counts, setCounts] = useState(false);
  const [isLong, setLong] = useState(false);
  const attempt = useChange({
    run: () => ask(api.POST("/lists/trial", { body: { label: label ?? t("form.pasted"), category, format, text, counts } })),
    stale: ["trial", "audit"],
    isQuiet: true,
    done: ({ effect }) => {
      done(effect);
    },
  });
  const take = (file: File | null) => {
    if (!file) return;
    setLong(file.size > MOST);
    if (file.size > MOST) return;
    setLabel(file.name.slice(0, MOST_LABEL));
    void file.text().then(setText);
  };
  const isToldByField = attempt.error instanceof ApiProblem && attempt.error.fields.length > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        attempt.mutate(undefined);
      }}
    >
      <Stack gap="sm">
        <Fields>
          <Choice
            label={t("form.category")}
            value={category}
            options={(categories?.items ?? []).map((entry) => ({ value: entry.id, label: entry.name }))}
            error={fieldError(attempt.error, "category")}
            onChange={setCategory}
          />
          <Choice
            label={t("form.format")}
            value={format}
            options={FORMATS.map((id) => ({ value: id, label: t(`format.${id}`) }))}
            error={fieldError(attempt.error, "format")}
            onChange={setFormat}
          />
        </Fields>
        <Textarea
          label={t("form.text")}
          description={t("form.textHint")}
          required
          rows={6}
          spellCheck={false}
          autoCapitalize="none"
          value={text}
          error={isLong ? t("form.tooLong") : fieldError(attempt.error, "text")}
          onChange={(event) => {
            setLong(false);
            setLabel(undefined);
            setText(event.currentTarget.value);
          }}
        />
        <Group>
          <FileButton accept=".txt,.hosts,.conf,.zone,text/plain" onChange={take}>
            {(props) => (
              <Button {...props} variant="default">
                {t("form.file")}
              </Button>
            )}
          </FileButton>
        </Group>
        <Checkbox
          label={t("form.counts")}
          description={t("form.countsHint")}
          checked={counts}
          onChange={(event) => {
            setCounts(event.currentTarget.checked);
          }}
        />
        {attempt.isError && !isToldByField && <ErrorBox error={attempt.error} />}
        <Group>
          <Button type="submit" loading={attempt.isPending}>
            {t("form.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
