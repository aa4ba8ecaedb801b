// Small marks of our domain: tier, action, lock, severity. Colour never says anything alone.
import { Badge, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Action, ACTIONS, LOCKS, type TierId } from "../api/types";

const ACTION_COLOR: Record<Action, string> = { allow: "teal.9", restrict: "blue.8", block: "red.9" };

export function ActionBadge({ action: given }: { action: string }) {
  const { t } = useTranslation();
  const action = ACTIONS.find((known) => known === given) ?? "block";
  return (
    <Badge color={ACTION_COLOR[action]}>
      {t(`policy.action.${action}`)}
    </Badge>
  );
}

export function TierName({ tier }: { tier: TierId }) {
  const { t } = useTranslation();
  return <>{t(`tier.${tier}`)}</>;
}

// Who may open it, in a few words.
export function LockNote({ lock: given }: { lock: string }) {
  const { t } = useTranslation();
  const lock = LOCKS.find((known) => known === given) ?? "department";
  return (
    <Text span size="sm" c="dimmed">
      {t(`policy.lock.${lock}`)}
    </Text>
  );
}
