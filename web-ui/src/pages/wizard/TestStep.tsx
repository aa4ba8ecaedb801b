// Does filtering work, from this very device? Two proofs: the box's own name leads here only if this device asks the box;
// and the box says what it would answer each group for a name that every pupil's tier closes.
import { Alert, Anchor, Badge, Button, Group as Line, Radio, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import { queries } from "../../api/queries";
import type { Group } from "../../api/types";
import { ActionBadge } from "../../components/Badges";
import { Loaded } from "../../ui/Loaded";
import { Row, Rows } from "../../ui/Rows";

// Names that only the box itself answers.
const OWN_NAMES = ["lachan.home.arpa", "lachan.lan"] as const;
// On the box's lists as gambling: closed for every pupil by the department's lock.
const CLOSED_NAME = "fb88.com";

function byOwnName(): boolean {
  return OWN_NAMES.some((name) => globalThis.location.hostname === name);
}

function ThisDevice() {
  const { t } = useTranslation();
  const [seen, setSeen] = useState<string>("");
  const link = `https://${OWN_NAMES[0]}${globalThis.location.port === "" ? "" : `:${globalThis.location.port}`}/wizard?step=test`;
  if (byOwnName()) return <Alert color="teal" title={t("wizard.test.proven")}>{t("wizard.test.provenWhy")}</Alert>;
  return (
    <Stack gap="sm">
      <Text>
        {t("wizard.test.openLink")}{" "}
        <Anchor href={link} target="_blank" rel="noreferrer">
          {link}
        </Anchor>
      </Text>
      <Radio.Group label={t("wizard.test.whatSeen")} value={seen} onChange={setSeen}>
        <Stack gap="xs" mt="xs">
          <Radio value="box" label={t("wizard.test.seenBox")} />
          <Radio value="nothing" label={t("wizard.test.seenNothing")} />
        </Stack>
      </Radio.Group>
      {seen === "box" && <Alert color="teal" title={t("wizard.test.proven")} />}
      {seen === "nothing" && (
        <Alert color="red" title={t("wizard.test.notThrough")}>
          {t("wizard.test.notThroughRemedy")}
        </Alert>
      )}
    </Stack>
  );
}

function GroupVerdict({ group }: { group: Group }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["why", CLOSED_NAME, group.id, "test"],
    queryFn: () => ask(api.POST("/why", { body: { name: CLOSED_NAME, group: group.id } })),
  });
  const action = query.data?.action;
  return (
    <Row
      title={group.name}
      below={t(`tier.${group.tier}`)}
      side={
        action === undefined ? (
          <Badge color="gray.7">
            {query.isError ? t("error.unknown") : t("state.loading")}
          </Badge>
        ) : (
          <ActionBadge action={action} />
        )
      }
    />
  );
}

export function TestStep() {
  const { t } = useTranslation();
  const groups = useQuery(queries.groups);
  const doctor = useQuery(queries.doctor);
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} mb="xs">
          {t("wizard.test.device")}
        </Title>
        <ThisDevice />
      </div>
      <div>
        <Title order={2} mb="xs">
          {t("wizard.test.groups", { name: CLOSED_NAME })}
        </Title>
        <Loaded query={groups}>
          {({ items }) => (
            <Rows label={t("nav.groups")}>
              {items.map((group) => (
                <GroupVerdict key={group.id} group={group} />
              ))}
            </Rows>
          )}
        </Loaded>
      </div>
      <div>
        <Line justify="space-between" mb="xs">
          <Title order={2}>{t("wizard.test.box")}</Title>
          <Button variant="default" loading={doctor.isFetching} onClick={() => void doctor.refetch()}>
            {t("doctor.again")}
          </Button>
        </Line>
        <Loaded query={doctor}>
          {({ ok, findings }) => (
            <Alert color={ok ? "teal" : "red"} title={ok ? t("doctor.well") : t("doctor.unwell")}>
              {findings
                .filter((finding) => finding.severity === "error")
                .map((finding) => (
                  <Text key={finding.code + finding.title} size="sm">
                    {finding.title} {finding.remedy}
                  </Text>
                ))}
            </Alert>
          )}
        </Loaded>
      </div>
    </Stack>
  );
}
