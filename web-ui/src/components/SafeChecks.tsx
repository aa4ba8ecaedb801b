// The check itself: the box asks its own resolver as a group would, and says in green or red what came.
import { Alert, Badge, Button, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { SafeCheck, SafeEngine, SafeState } from "../api/types";
import { useChange } from "../hooks/use-change";
import { useOwnGroups } from "../hooks/use-names";
import { useRole } from "../hooks/use-session";
import { Choice } from "../ui/Choice";
import { ErrorBox } from "../ui/ErrorBox";
import { Fold } from "../ui/layout";
import { Row, Rows } from "../ui/Rows";

const COLOR: Record<SafeState, string> = { safe: "teal.9", closed: "teal.9", off: "gray.7", unanswered: "#8a4b00", unsafe: "red.9" };
const KINDS = ["A", "AAAA", "HTTPS"] as const;
// What needs a person comes first.
const ORDER: readonly SafeState[] = ["unsafe", "unanswered", "safe", "closed", "off"];

function Records({ check }: { check: SafeCheck }) {
  const { t } = useTranslation("safe");
  return (
    <Fold title={t("check.details")} isOpen={check.state === "unsafe"}>
      {check.records.map((record) => {
        const kind = KINDS.find((known) => known === record.kind) ?? "A";
        const isBad = record.state === "unsafe" || record.state === "unanswered";
        return (
          <div key={record.kind}>
            {t(`record.${kind}`)}: {t(`state.${record.state}`)}
            {isBad && record.example != null && ` (${t("example", { count: record.names, name: record.example })})`}
          </div>
        );
      })}
    </Fold>
  );
}

function Found({ checks, engines }: { checks: readonly SafeCheck[]; engines: readonly SafeEngine[] }) {
  const { t } = useTranslation("safe");
  const sorted = [...checks].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
  const has = (state: SafeState) => checks.some((check) => check.state === state);
  const nameOf = (id: string) => engines.find((engine) => engine.id === id)?.name ?? id;
  return (
    <Stack role="status">
      {has("unsafe") && <Alert color="red">{t("check.bad")}</Alert>}
      {has("unanswered") && <Alert color="yellow">{t("check.unknown")}</Alert>}
      {!has("unsafe") && !has("unanswered") && <Alert color="teal">{t("check.good")}</Alert>}
      <Rows label={t("check.title")}>
        {sorted.map((check) => (
          <Row
            key={check.engine}
            title={nameOf(check.engine)}
            below={
              <>
                {t(`say.${check.state}`)} {t("check.names", { count: check.names })}
                {check.state !== "off" && check.state !== "closed" && <Records check={check} />}
              </>
            }
            side={<Badge color={COLOR[check.state]}>{t(`state.${check.state}`)}</Badge>}
          />
        ))}
      </Rows>
    </Stack>
  );
}

export function SafeChecks({ engines }: { engines: readonly SafeEngine[] }) {
  const { t } = useTranslation("safe");
  const groups = useOwnGroups();
  const isAdmin = useRole() === "admin";
  const [chosen, setChosen] = useState("");
  const group = chosen === "" && !isAdmin ? String(groups[0]?.id ?? "") : chosen;
  const check = useChange({
    run: () => ask(api.POST("/safe-search/check", { body: group === "" ? {} : { group: Number(group) } })),
    stale: [],
    isQuiet: true,
  });
  return (
    <Paper component="section" aria-label={t("check.title")}>
      <Stack>
        <Title order={2}>{t("check.title")}</Title>
        <Text c="dimmed">{t("check.hint")}</Text>
        <Choice
          label={t("check.group")}
          value={group}
          options={[
            ...(isAdmin ? [{ value: "", label: t("check.none") }] : []),
            ...groups.map((entry) => ({ value: String(entry.id), label: entry.name })),
          ]}
          onChange={(value) => {
            setChosen(value);
            // What stands there is of another group.
            check.reset();
          }}
        />
        <div>
          <Button
            loading={check.isPending}
            onClick={() => {
              check.mutate(undefined);
            }}
          >
            {t("check.run")}
          </Button>
        </div>
        {check.isPending && <Text role="status">{t("check.running")}</Text>}
        {check.isError && <ErrorBox error={check.error} />}
        {check.data && <Found checks={check.data.items} engines={engines} />}
      </Stack>
    </Paper>
  );
}
