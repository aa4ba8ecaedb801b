// What is opened or closed: a name, a category or a service. In parts, and as exceptions write it ("fb88.com",
// "service:zalo", "category:social").
import type { Target } from "../api/types";

export const KINDS = ["name", "service", "category"] as const;
export type Kind = (typeof KINDS)[number];

export function targetAs(kind: Kind, id: string): Target {
  switch (kind) {
    case "name":
      return { name: id };
    case "service":
      return { service: id };
    case "category":
      return { category: id };
  }
}

export function partsOf(target: Target): { kind: Kind; id: string } {
  if ("service" in target) return { kind: "service", id: target.service };
  if ("category" in target) return { kind: "category", id: target.category };
  return { kind: "name", id: target.name };
}

export function aboutOf(target: Target): string {
  const { kind, id } = partsOf(target);
  return kind === "name" ? id : `${kind}:${id}`;
}

export function targetOf(about: string): Target {
  const [kind = "", ...rest] = about.split(":");
  const id = rest.join(":");
  return (kind === "service" || kind === "category") && id !== "" ? targetAs(kind, id) : { name: about };
}
