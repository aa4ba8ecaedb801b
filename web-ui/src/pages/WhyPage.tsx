// "Why is this closed?", for any name and group: the verdict with every step. The question stands in the address.
import { Button, Paper, Stack, TextInput } from "@mantine/core";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { SafeLink } from "../components/SafeLink";
import { Verdict } from "../components/Verdict";
import { useOwnGroups } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { Choice } from "../ui/Choice";
import { Fields } from "../ui/layout";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { hostOf } from "../util/host";
import { tidy } from "../util/search";

interface Question {
  name?: string | undefined;
  group?: number | undefined;
  address?: string | undefined;
}

function whyQuery({ name = "", group, address }: Question) {
  return queryOptions({
    queryKey: ["why", name, group, address],
    queryFn: () => ask(api.POST("/why", { body: tidy({ name, group, address }) as { name: string } })),
    enabled: name !== "",
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

function Form({ asked }: { asked: Question }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/why" });
  const groups = useOwnGroups();
  const isAdmin = useRole() === "admin";
  const [name, setName] = useState(asked.name ?? "");
  const [address, setAddress] = useState(asked.address ?? "");
  const [chosen, setGroup] = useState(asked.group === undefined ? "" : String(asked.group));
  const group = chosen === "" && !isAdmin ? String(groups[0]?.id ?? "") : chosen;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const byAddress = address.trim() !== "";
        void navigate({
          search: tidy({
            name: hostOf(name) ?? name.trim(),
            group: byAddress || group === "" ? undefined : Number(group),
            address: byAddress ? address.trim() : undefined,
          }),
        });
      }}
    >
      <Stack gap="sm">
        <Fields>
          <TextInput
            label={t("target.nameLabel")}
            description={t("target.nameHint")}
            required
            inputMode="url"
            autoCapitalize="none"
            spellCheck={false}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
          <Choice
            label={t("pass.group")}
            description={t("why.groupHint")}
            value={group}
            options={[
              ...(isAdmin ? [{ value: "", label: t("why.noGroup") }] : []),
              ...groups.map((entry) => ({ value: String(entry.id), label: entry.name })),
            ]}
            onChange={setGroup}
          />
          {isAdmin && (
            <TextInput
              label={t("why.address")}
              description={t("why.addressHint")}
              inputMode="decimal"
              value={address}
              onChange={(event) => {
                setAddress(event.currentTarget.value);
              }}
            />
          )}
        </Fields>
        <Button type="submit">{t("why.ask")}</Button>
      </Stack>
    </form>
  );
}

export function WhyPage() {
  const { t } = useTranslation();
  const asked = useSearch({ from: "/shell/why" });
  const query = useQuery(whyQuery(asked));
  return (
    <Page title={t("nav.why")} lead={t("why.lead")} actions={<SafeLink />}>
      <Paper>
        <Form key={JSON.stringify(asked)} asked={asked} />
      </Paper>
      {asked.name !== undefined && <Loaded query={query}>{(why) => <Verdict why={why} />}</Loaded>}
    </Page>
  );
}
