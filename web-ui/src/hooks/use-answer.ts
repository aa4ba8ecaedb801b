// Answering a pupil's request. What was opened can be shut again from the message that tells of it.
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

// Ends what the answer opened: the group's pass for this very name.
async function shut(request: Request): Promise<void> {
  const { items } = await ask(api.GET("/passes"));
  const passes = items.filter((pass) => pass.group === request.group && aboutOf(pass.target) === request.name);
  for (const { id } of passes) await ask(api.DELETE("/passes/{id}", { params: { path: { id } } }));
}

export function useAnswer() {
  const { t } = useTranslation();
  const show = useToast();
  const undo = useChange({
    run: shut,
    stale: ["passes"],
    done: () => {
      show({ text: t("requests.shutAgain") });
    },
  });
  return useChange({
    run: ({ request: { id }, form }: Input) =>
      ask(api.POST("/requests/{id}/answer", { params: { path: { id } }, body: form })),
    stale: ["requests", "passes", "overview"],
    done: (_, { request, form }) => {
      show({
        text: t(`requests.did.${form.answer}`, { name: request.name, group: request.group_name ?? t("blocks.noGroup") }),
        ...(form.answer === "open" && {
          action: {
            label: t("requests.shut"),
            run: () => {
              undo.mutate(request);
            },
          },
        }),
      });
    },
  });
}
