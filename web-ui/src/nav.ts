// Which pages there are, under which heading, and for whom. The box decides; this only spares people locked doors.
import type { Role } from "./api/types";
import type { IconName } from "./ui/Icon";

export interface NavPage {
  to:
    | "/"
    | "/blocks"
    | "/requests"
    | "/reports"
    | "/alerts"
    | "/passes"
    | "/groups"
    | "/exceptions"
    | "/tiers"
    | "/services"
    | "/lists"
    | "/why"
    | "/status"
    | "/doctor"
    | "/school"
    | "/network"
    | "/settings"
    | "/certificates"
    | "/accounts"
    | "/audit"
    | "/backup"
    | "/restore"
    | "/reset"
    | "/notice"
    | "/paper"
    | "/wizard"
    | "/account";
  label:
    | "overview"
    | "blocks"
    | "requests"
    | "reports"
    | "alerts"
    | "passes"
    | "groups"
    | "exceptions"
    | "tiers"
    | "services"
    | "lists"
    | "why"
    | "status"
    | "doctor"
    | "school"
    | "network"
    | "settings"
    | "certificates"
    | "accounts"
    | "audit"
    | "backup"
    | "restore"
    | "reset"
    | "notice"
    | "paper"
    | "wizard"
    | "account";
  section: "daily" | "policy" | "system";
  roles: readonly Role[];
  // Has a place in the bar at the bottom of a phone.
  icon?: IconName;
}

const ALL: readonly Role[] = ["admin", "teacher", "counsellor", "principal", "inspector"];

export const NAV: readonly NavPage[] = [
  { to: "/", label: "overview", section: "daily", roles: ALL, icon: "home" },
  { to: "/blocks", label: "blocks", section: "daily", roles: ["admin", "teacher", "principal"], icon: "shield" },
  { to: "/requests", label: "requests", section: "daily", roles: ["admin", "teacher"], icon: "question" },
  { to: "/passes", label: "passes", section: "daily", roles: ["admin", "teacher"], icon: "open" },
  { to: "/reports", label: "reports", section: "daily", roles: ["counsellor"], icon: "question" },
  { to: "/alerts", label: "alerts", section: "daily", roles: ["counsellor"], icon: "shield" },
  { to: "/why", label: "why", section: "policy", roles: ["admin", "teacher"] },
  { to: "/groups", label: "groups", section: "policy", roles: ALL },
  { to: "/exceptions", label: "exceptions", section: "policy", roles: ["admin"] },
  { to: "/tiers", label: "tiers", section: "policy", roles: ALL },
  { to: "/services", label: "services", section: "policy", roles: ["admin"] },
  { to: "/lists", label: "lists", section: "policy", roles: ["admin", "principal", "inspector"] },
  { to: "/status", label: "status", section: "system", roles: ["admin"] },
  { to: "/doctor", label: "doctor", section: "system", roles: ["admin"] },
  { to: "/school", label: "school", section: "system", roles: ["admin"] },
  { to: "/network", label: "network", section: "system", roles: ["admin"] },
  { to: "/settings", label: "settings", section: "system", roles: ["admin"] },
  { to: "/certificates", label: "certificates", section: "system", roles: ["admin"] },
  { to: "/accounts", label: "accounts", section: "system", roles: ["admin"] },
  { to: "/audit", label: "audit", section: "system", roles: ["admin", "principal", "inspector"] },
  { to: "/backup", label: "backup", section: "system", roles: ["admin"] },
  { to: "/restore", label: "restore", section: "system", roles: ["admin"] },
  { to: "/wizard", label: "wizard", section: "system", roles: ["admin"] },
  { to: "/reset", label: "reset", section: "system", roles: ["admin"] },
  { to: "/notice", label: "notice", section: "system", roles: ALL },
  { to: "/paper", label: "paper", section: "system", roles: ALL },
  { to: "/account", label: "account", section: "system", roles: ALL },
];

export const SECTIONS = ["daily", "policy", "system"] as const;

export function navOf(role: Role): NavPage[] {
  return NAV.filter((page) => page.roles.includes(role));
}
