// Single-use codes that a teacher types on the block page of a pupil's machine, in place of a password there.
import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import { queries } from "../api/queries";
import { useChange } from "../hooks/use-change";
import { useOwnGroups } from "../hooks/use-names";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";

export function Codes() {
  const { t } = useTranslation();
  const groups = useOwnGroups();
  const [chosen, setGroup] = useState("");
  const group = chosen === "" ? String(groups[0]?.id ?? "") : chosen;
  const query = useQuery(queries.codes);
  const make = useChange({
    run: () => ask(api.POST("/codes", { body: { group: Number(group) } })),
    stale: ["codes"],
  });
  const groupName = (id: number) => groups.find((entry) => entry.id === id)?.name ?? String(id);
  return (
    <Stack gap="sm">
      <Title order={2}>{t("codes.title")}</Title>
      <Text c="dimmed" size="sm">
        {t("codes.about")}
      </Text>
      <Choice
        label={t("pass.group")}
        value={group}
        options={groups.map((entry) => ({ value: String(entry.id), label: entry.name }))}
        onChange={setGroup}
      />
      <Button
        variant="default"
        loading={make.isPending}
        disabled={group === ""}
        onClick={() => {
          make.mutate(undefined);
        }}
      >
        {t("codes.make")}
      </Button>
      {make.data?.code != null && (
        <Alert color="teal" title={t("codes.fresh", { group: groupName(make.data.group) })} role="alert">
          <Text ff="monospace" fz="2rem" fw={700}>
            {make.data.code}
          </Text>
          <Text size="sm">
            {t("codes.once")} {t("codes.until", { time: moment(make.data.until) })}
          </Text>
        </Alert>
      )}
      <Loaded query={query}>
        {({ items }) =>
          items.length > 0 && (
            <Rows label={t("codes.title")}>
              {items.map((code) => (
                <Row
                  key={code.id}
                  title={groupName(code.group)}
                  below={`${t("codes.until", { time: moment(code.until) })} · ${t("codes.madeBy", { name: code.made_by })}`}
                  side={<Text size="sm">{code.used ? t("codes.used") : t("codes.unused")}</Text>}
                />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Stack>
  );
}
