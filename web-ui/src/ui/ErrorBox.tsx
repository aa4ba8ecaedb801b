// An error in words: what happened, and what the reader can do.
import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ApiProblem, NoAnswer } from "../api/errors";

export function useErrorText(): (error: unknown) => { title: string; detail?: string } {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof ApiProblem) {
      const title = error.title || t("error.unknown");
      const wait = error.retryAfter === undefined ? undefined : t("error.wait", { seconds: error.retryAfter });
      return { title, detail: error.detail ?? wait };
    }
    if (error instanceof NoAnswer) return { title: t("error.noAnswer"), detail: t("error.noAnswerHint") };
    return { title: t("error.unknown") };
  };
}

export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const { title, detail } = useErrorText()(error);
  return (
    <Alert color="red" title={title} role="alert">
      {detail !== undefined && <Text size="sm">{detail}</Text>}
      {retry && (
        <Group mt="xs">
          <Button variant="default" onClick={retry}>
            {t("action.retry")}
          </Button>
        </Group>
      )}
    </Alert>
  );
}
