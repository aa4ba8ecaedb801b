// What an exception is about, as the API writes it ("fb88.com", "service:zalo", "category:social"), and in parts.
import type { Target } from "../api/types";

export function aboutOf(target: Target): string {
  if (target.service != null) return `service:${target.service}`;
  if (target.category != null) return `category:${target.category}`;
  return target.name ?? "";
}

export function targetOf(about: string): Target {
  const [kind = "", ...rest] = about.split(":");
  const id = rest.join(":");
  if (kind === "service" && id !== "") return { service: id };
  if (kind === "category" && id !== "") return { category: id };
  return { name: about };
}
