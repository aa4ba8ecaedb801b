// Making and ending exceptions; ending can be taken back.
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { Exception, ExceptionForm } from "../api/types";
import { targetOf } from "../util/target";
import { useToast } from "../ui/toast";
import { useChange } from "./use-change";
import { useTargetName } from "./use-names";

const STALE = ["exceptions", "name", "overview"];

function remove({ id }: Exception): Promise<unknown> {
  return ask(api.DELETE("/exceptions/{id}", { params: { path: { id } } }));
}

export function useAddException(done: () => void) {
  const { t } = useTranslation();
  const show = useToast();
  const targetName = useTargetName();
  const undo = useChange({ run: remove, stale: STALE });
  return useChange({
    run: (body: ExceptionForm) => ask(api.POST("/exceptions", { body })),
    stale: STALE,
    isQuiet: true,
    done: (exception) => {
      done();
      show({
        text: t("exception.added", { what: targetName(targetOf(exception.about)) }),
        action: {
          label: t("action.undo"),
          run: () => {
            undo.mutate(exception);
          },
        },
      });
    },
  });
}

export function useEndException() {
  const { t } = useTranslation();
  const show = useToast();
  const targetName = useTargetName();
  const undo = useChange({ run: (body: ExceptionForm) => ask(api.POST("/exceptions", { body })), stale: STALE });
  return useChange({
    run: remove,
    stale: STALE,
    done: (_, exception) => {
      const { about, action, group, reason, until } = exception;
      show({
        text: t("exception.ended", { what: targetName(targetOf(about)) }),
        action: {
          label: t("action.undo"),
          run: () => {
            undo.mutate({ about, action, reason, ...(group != null && { group }), ...(until != null && { until }) });
          },
        },
      });
    },
  });
}
