// Opening for a lesson and ending it; each can be taken back from the message that tells of it.
import { useTranslation } from "react-i18next";
import { api, ask } from "../api/client";
import type { Pass, PassForm } from "../api/types";
import { useToast } from "../ui/toast";
import { useChange } from "./use-change";
import { useTargetName } from "./use-names";

const STALE = ["passes", "name", "overview"];

function usePost() {
  return useChange({ run: (body: PassForm) => ask(api.POST("/passes", { body })), stale: STALE });
}

function useDelete() {
  return useChange({
    run: (id: number) => ask(api.DELETE("/passes/{id}", { params: { path: { id } } })),
    stale: STALE,
  });
}

export function useOpen(done?: () => void) {
  const { t } = useTranslation();
  const show = useToast();
  const targetName = useTargetName();
  const undo = useDelete();
  return useChange({
    run: (body: PassForm) => ask(api.POST("/passes", { body })),
    stale: STALE,
    isQuiet: true,
    done: (pass) => {
      done?.();
      show({
        text: t("pass.opened", { what: targetName(pass.target), group: pass.group_name ?? t("blocks.noGroup") }),
        action: {
          label: t("action.undo"),
          run: () => {
            undo.mutate(pass.id);
          },
        },
      });
    },
  });
}

// What a pass that was ended by mistake is opened as again.
function again(pass: Pass, now: number): PassForm {
  const { group, target, reason } = pass;
  const minutes = Math.max(1, Math.ceil(((pass.until ?? now) - now) / 60));
  return { group, target, reason, until: pass.ends === "bell" ? "bell" : { minutes } };
}

export function useEnd() {
  const { t } = useTranslation();
  const show = useToast();
  const targetName = useTargetName();
  const undo = usePost();
  return useChange({
    run: async (pass: Pass) => {
      await ask(api.DELETE("/passes/{id}", { params: { path: { id: pass.id } } }));
      return pass;
    },
    stale: STALE,
    done: (pass) => {
      show({
        text: t("pass.ended", { what: targetName(pass.target), group: pass.group_name ?? t("blocks.noGroup") }),
        action: {
          label: t("action.undo"),
          run: () => {
            undo.mutate(again(pass, Date.now() / 1000));
          },
        },
      });
    },
  });
}
