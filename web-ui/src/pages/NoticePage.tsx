// "Nhật ký nào được ghi": what this school's box records, made from its live settings, to print for parents.
import { Button, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../api/queries";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { moment } from "../util/format";

export function NoticePage() {
  const { t } = useTranslation();
  const query = useQuery(queries.notice);
  return (
    <Page
      title={t("nav.notice")}
      lead={query.data?.school}
      actions={
        <Button
          variant="default"
          onClick={() => {
            globalThis.print();
          }}
        >
          {t("action.print")}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) => (
          <Paper component="article" p="lg">
            <Stack>
              <Text>{t("notice.lead")}</Text>
              {[false, true].map((recorded) => (
                <div key={String(recorded)}>
                  <Title order={2} mb={6}>
                    {recorded ? t("notice.recorded") : t("notice.never")}
                  </Title>
                  <List spacing={4}>
                    {items
                      .filter((item) => item.recorded === recorded)
                      .map((item) => (
                        <List.Item key={item.code}>{item.text}</List.Item>
                      ))}
                  </List>
                </div>
              ))}
              <Text size="sm" c="dimmed">
                {t("notice.made", { time: moment(query.dataUpdatedAt / 1000) })}
              </Text>
            </Stack>
          </Paper>
        )}
      </Loaded>
    </Page>
  );
}
