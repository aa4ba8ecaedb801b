import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "../../src/locales/en";
import { safeEn } from "../../src/locales/safe-en";
import { safeVi } from "../../src/locales/safe-vi";
import { trialEn } from "../../src/locales/trial-en";
import { trialVi } from "../../src/locales/trial-vi";
import { wentBackEn } from "../../src/locales/went-back-en";
import { wentBackVi } from "../../src/locales/went-back-vi";
import { vi } from "../../src/locales/vi";

interface Tree {
  [key: string]: string | Tree;
}

function flat(tree: Tree, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string" ? [[`${prefix}${key}`, value] as const] : [...flat(value, `${prefix}${key}.`)],
    ),
  );
}

// All texts, and those that come with one page only.
const TEXTS = { all: [vi, en], safe: [safeVi, safeEn], trial: [trialVi, trialEn], wentBack: [wentBackVi, wentBackEn] } as const;

const placeholders = (text: string) => [...text.matchAll(/\{\{[^}]+\}\}/g)].map(([found]) => found).sort();

const SOURCE = new URL("../../src/", import.meta.url).pathname;

function source(): string {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("locales"))
    .map((name) => readFileSync(join(SOURCE, name), "utf8"))
    .join("\n");
}

describe.each(Object.keys(TEXTS) as (keyof typeof TEXTS)[])("the texts of %s", (part) => {
  const [vietnamese, english] = TEXTS[part].map((texts) => flat(texts)) as [Map<string, string>, Map<string, string>];

  test("are the same in both languages, to the last key", () => {
    expect([...english.keys()]).toEqual([...vietnamese.keys()]);
  });

  test("have the same placeholders in both languages", () => {
    for (const [key, text] of vietnamese) expect([key, placeholders(english.get(key) ?? "")]).toEqual([key, placeholders(text)]);
  });

  test("are never empty", () => {
    for (const [key, text] of [...vietnamese, ...english]) expect(text.trim(), key).not.toBe("");
  });

  test("are translated: no English in the Vietnamese ones", () => {
    // Of the field, the same in both.
    const same = new Set(["account.scheme", "target.service", "format.dnsmasq", "format.unbound"]);
    for (const [key, text] of vietnamese) {
      const isSame = english.get(key) === text && /[a-z]{3}/i.test(text.replace(/\{\{[^}]+\}\}/g, ""));
      expect(isSame && !same.has(key), `${key}: ${text}`).toBe(false);
    }
  });

  test("are composed letters (NFC), as search and fonts expect", () => {
    for (const text of vietnamese.values()) expect(text).toBe(text.normalize("NFC"));
  });

  test("are all in use", () => {
    const code = source();
    const stems = [...code.matchAll(/`([a-z][\w.]*\.)\$\{[^}]+\}(\.?\w*)`/gi)].map(([, stem = "", tail = ""]) => ({ stem, tail }));
    // Words for what the box names: looked up by the box's own ids.
    const isWord = (key: string) => /^(?:audit\.(?:act|key)|why\.level)\./.test(key);
    const isUsed = (key: string) =>
      isWord(key) ||
      code.includes(`"${key}"`) || stems.some(({ stem, tail }) => key.startsWith(stem) && key.endsWith(tail));
    expect([...vietnamese.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });
});
