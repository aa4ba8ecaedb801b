// An account reads one language everywhere, and the box answers it in that one: the pages follow.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { switchLanguage } from "../i18n";
import { useAccount } from "./use-session";

export function useAccountLanguage(): void {
  const { language } = useAccount();
  const { i18n } = useTranslation();
  const client = useQueryClient();
  useEffect(() => {
    if (i18n.language === language) return;
    void switchLanguage(language).then(() =>
      // Names and reasons that the box said in the other language.
      client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== queries.session.queryKey[0] }),
    );
  }, [client, i18n, language]);
}
