// Answering a request. What was opened can be shut again from the message that tells of it.
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { AnswerForm, Request } from "../api/types";
import { useToast } from "../ui/toast";
import { aboutOf } from "../util/target";
import { useChange } from "./use-change";

interface Input {
  request: Request;
  form: AnswerForm;
}

// Ends what the answer opened: the group's pass for this very name, or the exception where it has no end.
async function shut({ request, form }: Input): Promise<void> {
  if (form.until == null && (await shutForGood(request))) return;
  const { items } = await ask(api.GET("/passes"));
  const passes = items.filter((pass) => pass.group === request.group && aboutOf(pass.target) === request.name);
  for (const { id } of passes) await ask(api.DELETE("/passes/{id}", { params: { path: { id } } }));
}

// Whether there was an exception; only administrators make them.
async function shutForGood(request: Request): Promise<boolean> {
  const { items } = await ask(api.GET("/exceptions", { params: { query: { limit: 50 } } }));
  const made = items.find((entry) => entry.holds && entry.about === request.name && entry.group === request.group);
  if (made) await ask(api.DELETE("/exceptions/{id}", { params: { path: { id: made.id } } }));
  return made !== undefined;
}

export function useAnswer() {
  const { t } = useTranslation();
  const show = useToast();
  const undo = useChange({
    run: shut,
    stale: ["passes", "exceptions"],
    done: () => {
      show({ text: t("requests.shutAgain") });
    },
  });
  return useChange({
    run: ({ request: { id }, form }: Input) =>
      ask(api.POST("/requests/{id}/answer", { params: { path: { id } }, body: form })),
    stale: ["requests", "passes", "exceptions", "overview"],
    done: (_, { request, form }) => {
      show({
        text: t(`requests.did.${form.answer}`, { name: request.name, group: request.group_name ?? t("blocks.noGroup") }),
        ...(form.answer === "open" && {
          action: {
            label: t("requests.shut"),
            run: () => {
              undo.mutate({ request, form });
            },
          },
        }),
      });
    },
  });
}
