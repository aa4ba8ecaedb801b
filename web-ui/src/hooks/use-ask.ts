// A teacher asks the administrator. What she asked she can take back from the message that tells of it.
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { AskForm } from "../api/types";
import { useToast } from "../ui/toast";
import { useChange } from "./use-change";

export function useAsk(done: () => void) {
  const { t } = useTranslation();
  const show = useToast();
  const takeBack = useChange({
    run: (id: number) => ask(api.POST("/requests/{id}/answer", { params: { path: { id } }, body: { answer: "refuse" } })),
    stale: ["requests", "overview"],
    done: () => {
      show({ text: t("ask.takenBack") });
    },
  });
  return useChange({
    run: (form: AskForm) => ask(api.POST("/requests", { body: form })),
    stale: ["requests", "overview"],
    isQuiet: true,
    done: ({ id, name }) => {
      done();
      show({
        text: t("ask.sent", { name }),
        action: {
          label: t("ask.takeBack"),
          run: () => {
            takeBack.mutate(id);
          },
        },
      });
    },
  });
}
