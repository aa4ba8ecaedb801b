// Where there is no page, and where one broke.
import { Anchor, Container } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "../ui/ErrorBox";
import { Page } from "../ui/Page";

export function Lost() {
  const { t } = useTranslation();
  return (
    <Container size="sm" py="xl" component="main">
      <Page title={t("lost.title")} lead={t("lost.lead")}>
        <Anchor component={Link} to="/">
          {t("lost.home")}
        </Anchor>
      </Page>
    </Container>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const client = useQueryClient();
  return (
    <Container size="sm" py="xl">
      <ErrorBox
        error={error}
        retry={() => {
          void client.invalidateQueries();
          reset();
          void router.invalidate();
        }}
      />
    </Container>
  );
}
