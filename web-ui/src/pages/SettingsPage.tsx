// The settings file as a text, for everything that has no form: mistakes at their lines, saving, the version before.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, ifTag } from "../api/client";
import { isProblem } from "../api/errors";
import { queries } from "../api/queries";
import { settled } from "../api/settings";
import type { Mistake, Settings } from "../api/types";
import { SettingsGate } from "../components/SettingsGate";
import { useChange } from "../hooks/use-change";
import { useTakeSaved, useUndo } from "../hooks/use-settings";
import { Ask } from "../ui/Ask";
import { CodeText, type CodeTextHandle } from "../ui/CodeText";
import { ErrorBox } from "../ui/ErrorBox";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";

// Long enough that nobody is told of a word that is half typed.
const RESTS = 700;

interface MistakesProps {
  mistakes: readonly Mistake[];
  more: number;
  goTo: (line: number) => void;
}

function Mistakes({ mistakes, more, goTo }: MistakesProps) {
  const { t } = useTranslation();
  if (mistakes.length === 0)
    return (
      <Text size="sm" role="status">
        {t("settings.file.sound")}
      </Text>
    );
  return (
    <Alert color="red" role="status" title={t("settings.file.mistakes", { count: mistakes.length + more })}>
      <Stack gap="xs">
        {mistakes.map(({ line, column, key, message }) => (
          <div key={`${String(line)} ${String(column)} ${key}`}>
            {line != null && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  goTo(line);
                }}
              >
                {t("settings.file.line", { line })}
              </Button>
            )}{" "}
            <Text span size="sm">
              {key !== "" && <b>{key}: </b>}
              {message}
            </Text>
          </div>
        ))}
        {more > 0 && <Text size="sm">{t("settings.file.more", { count: more })}</Text>}
      </Stack>
    </Alert>
  );
}

interface EditProps {
  opened: { tag: string; file: string; text: string };
  settings: Settings;
}

function useSave(text: string, done: (tag: string) => void) {
  const { t } = useTranslation();
  const take = useTakeSaved();
  return useChange({
    run: (tag: string) => settled(ask(api.PUT("/settings/text", { params: { header: ifTag(tag) }, body: { text } }))),
    stale: ["settings-text", "session", "status", "doctor", "overview", "audit"],
    isQuiet: true,
    done: (saved) => {
      done(saved.settings.tag);
      take(saved, t(saved.restarts ? "settings.savedAgain" : "settings.saved"));
    },
  });
}

function Edit({ opened, settings }: EditProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [text, setText] = useState(opened.text);
  const [tag, setTag] = useState(opened.tag);
  const [resting] = useDebouncedValue(text, RESTS);
  const checked = useQuery(queries.settingsCheck(resting));
  const area: Ref<CodeTextHandle> = useRef<CodeTextHandle>(null);
  const save = useSave(text, setTag);
  const undo = useUndo();
  const theirs = isProblem(save.error, "changed-meanwhile") ? (save.error.current as Settings | undefined) : undefined;
  const isReadOnly = settings.read_only != null;
  const mistakes = checked.data?.mistakes ?? [];
  const reread = () => client.resetQueries({ queryKey: queries.settingsText.queryKey });
  return (
    <Stack>
      {theirs && (
        <Alert color="yellow" role="alert" title={t("settings.file.conflictTitle")}>
          <Text size="sm">{t("settings.file.conflictText")}</Text>
          <Group mt="sm">
            <Button
              onClick={() => {
                save.mutate(theirs.tag);
              }}
            >
              {t("settings.file.overwrite")}
            </Button>
            <Button variant="default" onClick={() => void reread()}>
              {t("settings.file.reread")}
            </Button>
          </Group>
        </Alert>
      )}
      <CodeText
        ref={area}
        label={t("settings.file.text")}
        description={t("settings.file.path", { file: opened.file })}
        value={text}
        isReadOnly={isReadOnly}
        isWrong={mistakes.length > 0}
        onChange={setText}
      />
      {checked.data && <Mistakes mistakes={mistakes} more={checked.data.more} goTo={(line) => area.current?.goTo(line)} />}
      {save.isError && !theirs && <ErrorBox error={save.error} />}
      <Group>
        <Button
          loading={save.isPending}
          disabled={isReadOnly || theirs !== undefined}
          onClick={() => {
            save.mutate(tag);
          }}
        >
          {t("action.save")}
        </Button>
        {settings.has_before && !isReadOnly && (
          <Ask
            label={t("settings.file.before")}
            title={t("settings.file.beforeTitle")}
            confirm={t("settings.file.before")}
            isBusy={undo.isPending}
            run={() => {
              undo.mutate(settings.tag, { onSuccess: () => void reread() });
            }}
          >
            {t("settings.file.beforeText")}
          </Ask>
        )}
      </Group>
    </Stack>
  );
}

export function SettingsPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.settingsText);
  return (
    <Page title={t("nav.settings")} lead={t("settings.file.lead")}>
      <SettingsGate>
        {(settings) => (
          <Loaded query={query}>{(opened) => <Edit key={`${opened.tag} ${opened.text}`} opened={opened} settings={settings} />}</Loaded>
        )}
      </SettingsGate>
    </Page>
  );
}
