// Names people know for the ids that answers have.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import type { Group, Role, Target } from "../api/types";
import { partsOf } from "../util/target";
import { useAccount } from "./use-session";

// Shown for the moment until the names are there.
const WAITING = "…";

export function useCategoryName(): (id: string) => string {
  const { data } = useQuery(queries.categories);
  return (id) => (data ? (data.items.find((category) => category.id === id)?.name ?? id) : WAITING);
}

export function useServiceName(): (id: string) => string {
  const { data } = useQuery(queries.services);
  return (id) => (data ? (data.items.find((service) => service.id === id)?.name ?? id) : WAITING);
}

// A name, a category or a service, in words.
export function useTargetName(): (target: Target) => string {
  const { t } = useTranslation();
  const category = useCategoryName();
  const service = useServiceName();
  return (target) => {
    const { kind, id } = partsOf(target);
    switch (kind) {
      case "name":
        return id;
      case "category":
        return t("target.category", { name: category(id) });
      case "service":
        return t("target.service", { name: service(id) });
    }
  };
}

function seesAll(role: Role): boolean {
  return role !== "teacher";
}

// The groups this person acts for: all, or a teacher's own.
export function useOwnGroups(): Group[] {
  const account = useAccount();
  const { data } = useQuery(queries.groups);
  const groups = data?.items ?? [];
  return seesAll(account.role) ? groups : groups.filter((group) => account.groups.includes(group.id));
}
