// Where the API says "string" and this UI knows a few words: an unknown role gets the least rights, an unknown side none.
import type { components } from "./schema";
import { type Language, type Role, ROLES, type Side } from "./types";

type Schemas = components["schemas"];

export interface Account extends Omit<Schemas["AccountView"], "role" | "language"> {
  role: Role;
  language: Language;
}

export interface Session extends Omit<Schemas["SessionView"], "account" | "language" | "side"> {
  account: Account | undefined;
  language: Language;
  side: Side;
}

const SIDES: readonly Side[] = ["management", "staff", "pupils"];

function languageOf(text: string): Language {
  return text === "en" ? "en" : "vi";
}

export function readAccount(view: Schemas["AccountView"]): Account {
  const role = ROLES.find((known) => known === view.role) ?? "inspector";
  return { ...view, role, language: languageOf(view.language) };
}

export function readSession(view: Schemas["SessionView"]): Session {
  return {
    ...view,
    account: view.account == null ? undefined : readAccount(view.account),
    language: languageOf(view.language),
    side: SIDES.find((known) => known === view.side) ?? "pupils",
  };
}
