// One group: made, changed, taken away. Where two people change it at once, both versions are shown.
import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, ifMatch } from "../api/client";
import { isProblem } from "../api/errors";
import { queries } from "../api/queries";
import type { WholeGroup } from "../api/types";
import { GroupConflict } from "../components/GroupConflict";
import { GroupTokens } from "../components/GroupTokens";
import { GroupEditor } from "../forms/GroupEditor";
import { emptyGroup, formOf, type GroupForm, isWhole } from "../forms/group-form";
import { useChange } from "../hooks/use-change";
import { Ask } from "../ui/Ask";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty } from "../ui/Rows";
import { useToast } from "../ui/toast";

const STALE = ["groups", "overview"];

export function NewGroupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const show = useToast();
  const [form, setForm] = useState<GroupForm>(emptyGroup("thcs"));
  const make = useChange({
    run: () => ask(api.POST("/groups", { body: form })),
    stale: STALE,
    isQuiet: true,
    done: (group) => {
      show({ text: t("group.made", { name: group.name }) });
      void navigate({ to: "/groups" });
    },
  });
  return (
    <Page title={t("group.add")} lead={t("group.addLead")}>
      <GroupEditor form={form} onChange={setForm} onSave={() => { make.mutate(undefined); }} isSaving={make.isPending} error={make.error} />
    </Page>
  );
}

function useSave(group: WholeGroup, form: GroupForm) {
  const { t } = useTranslation();
  const show = useToast();
  return useChange({
    run: (version: number) =>
      ask(
        api.PUT("/groups/{id}", {
          params: { path: { id: group.id }, header: ifMatch(version) },
          body: form,
        }),
      ),
    stale: STALE,
    isQuiet: true,
    done: () => {
      show({ text: t("state.saved") });
    },
  });
}

function Remove({ group }: { group: WholeGroup }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useChange({
    run: () =>
      ask(api.DELETE("/groups/{id}", { params: { path: { id: group.id }, header: ifMatch(group.version) } })),
    stale: STALE,
    done: () => void navigate({ to: "/groups" }),
  });
  return (
    <Ask
      label={t("group.remove")}
      title={t("group.removeTitle", { name: group.name })}
      confirm={t("group.remove")}
      isBusy={remove.isPending}
      run={() => {
        remove.mutate(undefined);
      }}
    >
      {t("group.removeWhat")}
    </Ask>
  );
}

function Edit({ group }: { group: WholeGroup }) {
  // The version that was read when the form was opened: what others do meanwhile is a conflict, not a surprise.
  const [opened, setOpened] = useState(group);
  const [form, setForm] = useState(formOf(group));
  const save = useSave(group, form);
  const theirs = isProblem(save.error, "changed-meanwhile") ? (save.error.current as WholeGroup | undefined) : undefined;
  const run = (version: number) => {
    save.mutate(version, {
      onSuccess: (saved) => {
        setOpened(saved);
        setForm(formOf(saved));
      },
    });
  };
  return (
    <Stack>
      {theirs && (
        <GroupConflict
          mine={form}
          theirs={theirs}
          keepMine={() => {
            run(theirs.version);
          }}
          takeTheirs={() => {
            setOpened(theirs);
            setForm(formOf(theirs));
            save.reset();
          }}
        />
      )}
      <GroupEditor
        form={form}
        onChange={setForm}
        id={group.id}
        onSave={() => {
          run(opened.version);
        }}
        isSaving={save.isPending}
        error={theirs ? null : save.error}
      />
      <GroupTokens group={group.id} />
    </Stack>
  );
}

export function GroupPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/shell/groups/$id" });
  const query = useQuery(queries.groups);
  const group = query.data?.items.filter(isWhole).find((entry) => String(entry.id) === id);
  return (
    <Page title={group?.name ?? t("group.one")} actions={group && <Remove group={group} />}>
      <Loaded query={query}>{() => (group ? <Edit key={group.id} group={group} /> : <Empty title={t("group.gone")} />)}</Loaded>
    </Page>
  );
}
