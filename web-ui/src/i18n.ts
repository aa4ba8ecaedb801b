// Vietnamese is built in; English is fetched when somebody wants it.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Language } from "./api/types";
import type { SafeTexts } from "./locales/safe-vi";
import type { TrialTexts } from "./locales/trial-vi";
import type { WentBackTexts } from "./locales/went-back-vi";
import { type Texts, vi } from "./locales/vi";

// Texts that come with the one page that needs them.
interface PageTexts {
  safe: SafeTexts;
  trial: TrialTexts;
  wentBack: WentBackTexts;
}

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Texts } & PageTexts;
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

// Called by a page as it is loaded: its own texts in both languages, for which the first load has no room.
export function addTexts<K extends keyof PageTexts>(page: K, inVietnamese: PageTexts[K], inEnglish: PageTexts[K]): void {
  i18next.addResourceBundle("vi", page, inVietnamese);
  i18next.addResourceBundle("en", page, inEnglish);
}
