// All groups: which tier, which devices, which mode.
import { Anchor, Badge, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Group } from "../api/types";
import { TierName } from "../components/Badges";
import { isWhole } from "../forms/group-form";
import { useRole } from "../hooks/use-session";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { Empty, Row, Rows } from "../ui/Rows";
import { moment } from "../util/format";

function GroupRow({ group, isAdmin }: { group: Group; isAdmin: boolean }) {
  const { t } = useTranslation();
  const whole = isWhole(group) ? group : undefined;
  const devices = whole ? [...whole.subnets, ...whole.macs, ...whole.interfaces] : [];
  const mode = whole?.mode?.mode;
  return (
    <Row
      title={
        isAdmin ? (
          <Anchor renderRoot={(props) => <Link {...props} to="/groups/$id" params={{ id: String(group.id) }} />}>{group.name}</Anchor>
        ) : (
          group.name
        )
      }
      below={
        <>
          <TierName tier={group.tier} />
          {devices.length > 0 && ` · ${devices.join(", ")}`}
          {isAdmin && devices.length === 0 && ` · ${t("group.noDevices")}`}
        </>
      }
      side={
        mode !== undefined &&
        mode !== "normal" && (
          <Badge color="blue.9">
            {whole?.mode?.until == null
              ? t(`group.modes.${mode}`)
              : t("group.modeUntil", { mode: t(`group.modes.${mode}`), time: moment(whole.mode.until) })}
          </Badge>
        )
      }
    />
  );
}

export function GroupsPage() {
  const { t } = useTranslation();
  const query = useQuery(queries.groups);
  const isAdmin = useRole() === "admin";
  return (
    <Page
      title={t("nav.groups")}
      lead={t("group.lead")}
      actions={
        isAdmin && <Button renderRoot={(props) => <Link {...props} to="/groups/new" />}>{t("group.add")}</Button>
      }
    >
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("group.empty")}>{t("group.emptyHint")}</Empty>
          ) : (
            <Rows label={t("nav.groups")}>
              {items.map((group) => (
                <GroupRow key={group.id} group={group} isAdmin={isAdmin} />
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Page>
  );
}
