// What is in a backup, before anything is restored.
import { List, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Preview, ROLES, TIERS } from "../api/types";
import { Fact, Facts, Scroll } from "../ui/Rows";
import { moment } from "../util/format";

function Inside({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const { school, made_at: madeAt, program, groups, accounts } = preview;
  const tierOf = (id: string) => TIERS.find((known) => known === id);
  const roleOf = (id: string) => ROLES.find((known) => known === id);
  return (
    <>
      <Facts>
        <Fact name={t("settings.school.name")}>{school || t("box.noSchool")}</Fact>
        <Fact name={t("box.made")}>{madeAt == null ? t("state.timeUnknown") : moment(madeAt)}</Fact>
        <Fact name={t("status.version")}>{program}</Fact>
      </Facts>
      <Title order={3}>{t("restore.groups", { count: groups.length })}</Title>
      <List>
        {groups.map(({ name, tier: id }) => {
          const tier = tierOf(id);
          return <List.Item key={name}>{tier ? `${name} · ${t(`tier.${tier}`)}` : name}</List.Item>;
        })}
      </List>
      <Title order={3}>{t("restore.accounts", { count: accounts.length })}</Title>
      <List>
        {accounts.map(({ display_name: name, role: id }) => {
          const role = roleOf(id);
          return <List.Item key={`${name} ${id}`}>{role ? `${name} · ${t(`role.${role}`)}` : name}</List.Item>;
        })}
      </List>
    </>
  );
}

function Settings({ settings }: { settings: Preview["settings"] }) {
  const { t } = useTranslation();
  const title = t("restore.settings", { count: settings.length });
  if (settings.length === 0) return <Text>{t("restore.sameSettings")}</Text>;
  return (
    <>
      <Title order={3}>{title}</Title>
      <Scroll label={title}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("restore.setting")}</Table.Th>
              <Table.Th>{t("restore.here")}</Table.Th>
              <Table.Th>{t("restore.there")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {settings.map((one) => (
              <Table.Tr key={one.key}>
                <Table.Td>{one.key}</Table.Td>
                <Table.Td>{one.here ?? t("restore.default")}</Table.Td>
                <Table.Td>{one.there ?? t("restore.default")}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </>
  );
}

export function BackupPreview({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Title order={2}>{t("restore.inside")}</Title>
      <Inside preview={preview} />
      <Settings settings={preview.settings} />
    </Stack>
  );
}
