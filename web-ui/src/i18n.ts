// Vietnamese is built in; English is fetched when somebody wants it.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Language } from "./api/types";
import { type Texts, vi } from "./locales/vi";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Texts };
    returnNull: false;
  }
}

const STORED = "lachan-language";

function storedLanguage(): Language | undefined {
  const stored = localStorage.getItem(STORED);
  return stored === "vi" || stored === "en" ? stored : undefined;
}

export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "vi",
    fallbackLng: "vi",
    resources: { vi: { translation: vi } },
    // React escapes.
    interpolation: { escapeValue: false },
  });
  const stored = storedLanguage();
  if (stored) await switchLanguage(stored);
}

export async function switchLanguage(language: Language): Promise<void> {
  if (language === "en" && !i18next.hasResourceBundle("en", "translation")) {
    const { en } = await import("./locales/en");
    i18next.addResourceBundle("en", "translation", en);
  }
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}
