// What only the school opens: a pupil's waiting request is handed to the administrator; without one there are words to send.
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { useAnswer } from "../hooks/use-answer";
import { useToast } from "../ui/toast";

export function AskAdmin({ name }: { name: string }) {
  const { t } = useTranslation();
  const show = useToast();
  const answer = useAnswer();
  const open = useInfiniteQuery(queries.requests("open")).data?.pages.flatMap((page) => page.items) ?? [];
  const waiting = open.find((request) => request.name === name && request.state === "open");
  const copy = async () => {
    await navigator.clipboard.writeText(t("ask.words", { name, address: globalThis.location.href }));
    show({ text: t("ask.copied") });
  };
  return (
    <Button
      loading={answer.isPending}
      onClick={() => {
        if (waiting) answer.mutate({ request: waiting, form: { answer: "forward" } });
        else void copy();
      }}
    >
      {waiting ? t("ask.forward") : t("ask.copy")}
    </Button>
  );
}
