// What stands around a form of the settings: its heading, whose version holds, what is wrong, saving.
import { Alert, Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "../api/errors";
import { type PartName, same } from "../api/settings";
import type { PartForm } from "../hooks/use-settings";
import { ErrorBox } from "../ui/ErrorBox";
import { Scroll } from "../ui/Rows";
import { Findings } from "./Findings";

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join("; ") || "–";
  if (typeof value === "object" && value !== null) return Object.values(value).map(shown).join(" ");
  return String(value) || "–";
}

function Conflict<K extends PartName>({ part, labels }: { part: PartForm<K>; labels: Record<string, string> }) {
  const { t } = useTranslation();
  const mine: Record<string, unknown> = { ...part.form };
  const theirs: Record<string, unknown> = { ...part.theirs };
  const differ = Object.keys(mine).filter((key) => !same(mine[key], theirs[key]));
  return (
    <Alert color="yellow" role="alert" title={t("settings.conflict.title")}>
      <Text size="sm">{t("settings.conflict.text")}</Text>
      <Scroll label={t("settings.conflict.title")}>
        <Table miw={420}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("settings.conflict.what")}</Table.Th>
              <Table.Th>{t("settings.conflict.mine")}</Table.Th>
              <Table.Th>{t("settings.conflict.theirs")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differ.map((key) => (
              <Table.Tr key={key}>
                <Table.Th scope="row">{labels[key] ?? key}</Table.Th>
                <Table.Td>{shown(mine[key])}</Table.Td>
                <Table.Td>{shown(theirs[key])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      <Group mt="sm">
        <Button onClick={part.keepMine}>{t("settings.conflict.keep")}</Button>
        <Button variant="default" onClick={part.takeTheirs}>
          {t("settings.conflict.take")}
        </Button>
      </Group>
    </Alert>
  );
}

// What is wrong elsewhere in the file than where this form has fields.
function Wrong({ error, keys }: { error: unknown; keys: readonly string[] }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return <ErrorBox error={error} />;
  const others = error.fields.filter(({ field }) => !keys.some((key) => field === key || field.startsWith(`${key}[`) || field.startsWith(`${key}.`)));
  if (others.length === 0) return <ErrorBox error={error} />;
  return (
    <Alert color="red" role="alert" title={t("settings.others")}>
      {others.map(({ field, message }) => (
        <Text key={`${field} ${message}`} size="sm">
          <b>{field}</b>: {message}
        </Text>
      ))}
    </Alert>
  );
}

interface Props<K extends PartName> {
  title: string;
  about?: ReactNode;
  part: PartForm<K>;
  isReadOnly: boolean;
  // Key paths of the file that have a field here.
  keys: readonly string[];
  // What the fields are called, for a conflict.
  labels: Record<string, string>;
  children: ReactNode;
}

export function PartFrame<K extends PartName>({ title, about, part, isReadOnly, keys, labels, children }: Props<K>) {
  const { t } = useTranslation();
  return (
    <Paper component="section" aria-label={title}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          part.save();
        }}
      >
        <Stack>
          <Title order={2}>{title}</Title>
          {about !== undefined && (
            <Text c="dimmed" component="div">
              {about}
            </Text>
          )}
          {part.theirs && <Conflict part={part} labels={labels} />}
          {children}
          {part.error != null && <Wrong error={part.error} keys={keys} />}
          {part.troubles.length > 0 && (
            <Alert color="yellow" role="alert" title={t("settings.troubles")}>
              <Findings findings={part.troubles} />
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={part.isSaving} disabled={isReadOnly || part.theirs !== undefined}>
              {t("action.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
