// A form over one part of the settings: what was read, what is typed, saving, and whose version holds where two differ.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem, isProblem } from "../api/errors";
import { queries } from "../api/queries";
import { type PartName, putPart, same, undoSettings } from "../api/settings";
import type { Finding, Saved, Settings, SettingsParts } from "../api/types";
import { useToast } from "../ui/toast";
import { useChange } from "./use-change";

// What a change of the settings makes stale, beside the settings themselves.
const STALE = ["settings-text", "session", "status", "doctor", "overview", "interfaces", "audit"];

// Takes what a change answered, and says what became of it.
export function useTakeSaved(): (saved: Saved, text: string) => void {
  const client = useQueryClient();
  const { t } = useTranslation();
  const show = useToast();
  const undo = useUndo();
  return (saved, text) => {
    client.setQueryData(queries.settings.queryKey, saved.settings);
    if (saved.settings.pending != null) {
      show({ text: t("settings.savedWaits") });
      return;
    }
    const { tag } = saved.settings;
    show({ text, action: { label: t("action.undo"), run: () => { undo.mutate(tag); } } });
  };
}

export function useUndo() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const show = useToast();
  return useChange({
    run: undoSettings,
    stale: STALE,
    done: (saved) => {
      client.setQueryData(queries.settings.queryKey, saved.settings);
      show({ text: t("settings.undone") });
    },
  });
}

export interface PartForm<K extends PartName> {
  form: SettingsParts[K];
  set: (change: Partial<SettingsParts[K]>) => void;
  save: () => void;
  isSaving: boolean;
  error: unknown;
  // What somebody else saved meanwhile, where it differs from what this form began with.
  theirs: SettingsParts[K] | undefined;
  keepMine: () => void;
  takeTheirs: () => void;
  troubles: readonly Finding[];
  // The message of a key path of the file, `network.inside`; those of its elements count as its own.
  wrong: (key: string) => string | undefined;
}

export function messageOf(error: unknown, key: string): string | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  const isMeant = (field: string) => field === key || field.startsWith(`${key}[`) || field.startsWith(`${key}.`);
  return error.fields.find((entry) => isMeant(entry.field))?.message;
}

export function usePart<K extends PartName>(settings: Settings, name: K): PartForm<K> {
  const { t } = useTranslation();
  const client = useQueryClient();
  const take = useTakeSaved();
  const latest = settings.values[name];
  const [base, setBase] = useState(latest);
  const [form, setForm] = useState(latest);
  const isTouched = !same(form, base);
  const isOther = !same(base, latest);
  // Nobody has typed here: the form shows what is saved.
  if (isOther && !isTouched) {
    setBase(latest);
    setForm(latest);
  }
  const put = useChange({
    run: ({ tag, from }: { tag: string; from: SettingsParts[K] }) => putPart(name, tag, from, form),
    stale: STALE,
    isQuiet: true,
    done: (saved) => {
      setBase(saved.settings.values[name]);
      setForm(saved.settings.values[name]);
      take(saved, t(saved.restarts ? "settings.savedAgain" : "settings.saved"));
    },
  });
  const refused = isProblem(put.error, "changed-meanwhile") ? (put.error.current as Settings | undefined) : undefined;
  const theirs = refused?.values[name] ?? (isOther && isTouched && !put.isPending ? latest : undefined);
  const run = (tag: string, from: SettingsParts[K]) => {
    put.mutate({ tag, from });
  };
  return {
    form,
    set: (change) => {
      setForm((before) => ({ ...before, ...change }));
    },
    save: () => {
      if (!theirs) run(settings.tag, base);
    },
    isSaving: put.isPending,
    error: refused ? null : put.error,
    theirs,
    keepMine: () => {
      const now = refused ?? settings;
      setBase(now.values[name]);
      run(now.tag, now.values[name]);
    },
    takeTheirs: () => {
      const now = refused ?? settings;
      setBase(now.values[name]);
      setForm(now.values[name]);
      put.reset();
      client.setQueryData(queries.settings.queryKey, now);
    },
    troubles: put.data?.troubles ?? [],
    wrong: (key) => messageOf(put.error, key),
  };
}
