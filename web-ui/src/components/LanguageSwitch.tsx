// Each language by its own name, as those look for it who do not read the other.
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Language } from "../api/types";

const NAMES: Record<Language, string> = { vi: "Tiếng Việt", en: "English" };
const LANGUAGES: readonly Language[] = ["vi", "en"];

export function LanguageSwitch({ onChange }: { onChange: (language: Language) => void }) {
  const { i18n, t } = useTranslation();
  return (
    <Group gap={4} role="group" aria-label={t("account.language")}>
      {LANGUAGES.map((language) => (
        <Button
          key={language}
          lang={language}
          size="compact-md"
          variant={i18n.language === language ? "filled" : "default"}
          aria-pressed={i18n.language === language}
          onClick={() => {
            onChange(language);
          }}
        >
          {NAMES[language]}
        </Button>
      ))}
    </Group>
  );
}
