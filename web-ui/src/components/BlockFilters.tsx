// Group, category, channel and time of the list of blocks. Changing one changes the address, nothing else.
import { Button, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { useOwnGroups } from "../hooks/use-names";
import { Choice } from "../ui/Choice";
import { Fields } from "../ui/layout";
import { fromLocalInput, toLocalInput } from "../util/format";
import { tidy } from "../util/search";

const CHANNELS = ["dns", "http", "tls"] as const;

export function BlockFilters() {
  const { t } = useTranslation();
  const filter = useSearch({ from: "/shell/blocks" });
  const navigate = useNavigate({ from: "/blocks" });
  const groups = useOwnGroups();
  const categories = useQuery(queries.categories).data?.items ?? [];
  const set = (change: Partial<typeof filter>) => {
    void navigate({ search: tidy({ ...filter, ...change }), replace: true });
  };
  const all = { value: "", label: t("blocks.all") };
  const time = (key: "from" | "to") => (
    <TextInput
      type="datetime-local"
      label={t(`blocks.${key}`)}
      value={filter[key] === undefined ? "" : toLocalInput(filter[key])}
      onChange={(event) => {
        set({ [key]: fromLocalInput(event.currentTarget.value), lesson: undefined });
      }}
    />
  );
  return (
    <Fields>
      <Switch
        label={t("blocks.thisLesson")}
        checked={filter.lesson === "current"}
        onChange={(event) => {
          set({ lesson: event.currentTarget.checked ? "current" : undefined, from: undefined, to: undefined });
        }}
      />
      <Choice
        label={t("blocks.group")}
        value={filter.group === undefined ? "" : String(filter.group)}
        options={[all, ...groups.map((group) => ({ value: String(group.id), label: group.name }))]}
        onChange={(value) => {
          set({ group: value === "" ? undefined : Number(value) });
        }}
      />
      <Choice
        label={t("blocks.category")}
        value={filter.category ?? ""}
        options={[all, ...categories.map((category) => ({ value: category.id, label: category.name }))]}
        onChange={(value) => {
          set({ category: value === "" ? undefined : value });
        }}
      />
      <Choice
        label={t("blocks.channel")}
        value={filter.channel ?? ""}
        options={[all, ...CHANNELS.map((channel) => ({ value: channel, label: t(`blocks.channels.${channel}`) }))]}
        onChange={(value) => {
          set({ channel: value === "" ? undefined : value });
        }}
      />
      {filter.lesson === undefined && time("from")}
      {filter.lesson === undefined && time("to")}
      <Button variant="default" disabled={Object.keys(filter).length === 0} onClick={() => void navigate({ search: {}, replace: true })}>
        {t("blocks.clear")}
      </Button>
    </Fields>
  );
}
